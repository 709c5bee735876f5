import { afterEach, beforeEach, expect, test } from 'vitest';
import { ended, Sandbox } from './sandbox.ts';

let box: Sandbox;
beforeEach(() => {
  box = new Sandbox();
});
afterEach(() => box.close());

const run = (agents = 1) => box.harness(['parallel', '--agents', String(agents), '--until-empty']);
const configure = (text: string) => box.write({ '.harness/config.yaml': text });
const turns = () => box.journal().flatMap((one) => (one.is === 'turn-ended' ? [one] : []));
const happened = (is: string) => box.journal().filter((one) => one.is === is);
const ONCE = { place: 'done', attempts: [{ attempt: 1, outcome: 'landed' }] };

/** Nobody was blamed for a refusal. */
function expectNobodyBlamed(): void {
  for (const is of ['failed', 'given-back', 'agent-parked', 'dies-often', 'session-replaced', 'incident'])
    expect(happened(is)).toEqual([]);
}

test.each([
  ['429 without a reset', '[[fault:rate_limit|429|API Error: Request rejected (429)]]'],
  ['529', '[[api-error:529]]'],
  ['500', '[[api-error:500]]'],
  ['a dropped connection', '[[fault:server_error|0|API Error: Connection error]]'],
])('L01 after %s the agent waits and goes on in the same attempt, uncharged', async (_name, marker) => {
  const id = await box.add('one', `[[bash:echo one >> a.txt]]${marker}[[bash:echo two >> a.txt]]`);
  expect(await run()).toMatchObject({ code: 0, stderr: '' });
  expect(await box.show(id)).toMatchObject(ONCE);
  expect(box.git('show', 'harness/integration:a.txt')).toBe('one\ntwo');
  expect(happened('gate-closed')).toMatchObject([{ cause: 'api' }]);
  expectNobodyBlamed();
});

test.each([
  ['the CLI of today', '[[limit:2]]'],
  ['words and a time', "[[fault:rate_limit|0|You've hit your limit · resets 4am (UTC)]]"],
  ['an older wording', '[[fault:unknown|0|Claude AI usage limit reached]]'],
  ['words that nobody knows', '[[fault:rate_limit|0|Too much for today, friend]]'],
])('L02 a limit in %s closes the gate, and the attempt waits', async (_name, marker) => {
  const id = await box.add('one', `[[bash:echo one >> a.txt]]${marker}[[bash:echo two >> a.txt]]`);
  const going = ended(box.start(['parallel', '--agents', '1', '--until-empty']));
  const closed = await box.happens('gate-closed');
  const isUnknown = marker.includes('friend');
  expect(closed.cause).toBe(isUnknown ? 'api' : 'limit');
  if (marker.includes('4am')) {
    expect(closed.until).toMatch(/T(04:0[0-4]|0[0-9]:|1[0-9]:|2[0-3]:)/);
    await box.harness(['stop']);
    await going;
    expect(await box.show(id)).toMatchObject({ place: 'pending', attempts: [{ charged: false }] });
    return;
  }
  expect(await going).toMatchObject({ code: 0, stderr: '' });
  expect(await box.show(id)).toMatchObject(ONCE);
  expect(box.git('show', 'harness/integration:a.txt')).toBe('one\ntwo');
  expectNobodyBlamed();
});

test('L04 a limit that one of three hits parks all: nobody asks before the reset, one tries, then all go on', async () => {
  const meet = `[[bash:touch ${box.root}/$(git branch --show-current | tr / _); while ! test $(ls ${box.root} | grep -c harness_) = 3; do sleep 0.02; done]]`;
  const ids = [
    await box.add('limited', `${meet}[[limit:4]][[write:a.txt|1]]`, '--priority', 'low'),
    await box.add('second', `${meet}[[no-commit]][[turn]][[write:b.txt|1]]`),
    await box.add('third', `${meet}[[no-commit]][[turn]][[write:c.txt|1]]`, '--priority', 'high'),
    await box.add('fourth', '[[write:d.txt|1]]', '--priority', 'low'),
  ];
  const going = ended(box.start(['parallel', '--agents', '3', '--until-empty']));
  const closed = await box.happens('gate-closed');
  await box.until('all three wait', () => box.journal().filter(({ is }) => is === 'turn-ended').length === 3);
  await new Promise((resolve) => setTimeout(resolve, 500));
  const { gate, agents } = await box.status();
  expect(gate).toMatchObject({ is: 'closed', cause: 'limit', waiting: ['a1', 'a2', 'a3'] });
  expect(agents.map(({ reason }) => reason)).toEqual(Array(3).fill(expect.stringContaining('5-hour limit')));
  expect(await going).toMatchObject({ code: 0, stderr: '' });
  for (const id of ids) expect(await box.show(id)).toMatchObject(ONCE);
  const opened = await box.happens('gate-opened');
  const late = turns().slice(3);
  for (const one of late) expect(one.at > closed.until).toBe(true);
  expect(late.filter((one) => one.at < opened.at)).toEqual([]);
  expect(late[0]?.item).toBe(ids[2]);
  expect(turns().filter(({ end }) => end === 'error')).toHaveLength(1);
  expectNobodyBlamed();
});

test.each([
  ['a login', '[[auth-failure]]', 'login', /run claude \/login .* long-lived token/],
  ['a credit', '[[fault:billing_error|400|Credit balance is too low]]', 'billing', /add credit/],
  [
    'a model',
    '[[fault:model_not_found|404|There is an issue with the selected model]]',
    'model',
    /models.implement/,
  ],
])(
  'L05 without %s all agents stop and say so, one tries now and then, nothing is charged',
  async (_name, marker, cause, advice) => {
    box.env.HARNESS_TIME_SCALE = '100';
    const ids = [
      await box.add('one', `[[write:a.txt|1]]${marker}[[say:on]]`),
      await box.add('two', '[[sleep:1]][[write:b.txt|1]]'),
      await box.add('three', '[[write:c.txt|1]]'),
    ];
    const going = ended(box.start(['parallel', '--agents', '2', '--until-empty']));
    const closed = await box.happens('gate-closed');
    expect(closed).toMatchObject({ cause, text: expect.stringMatching(advice) });
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect((await box.status()).problems).toEqual([expect.stringMatching(advice)]);
    expect(await going).toMatchObject({ code: 0, stderr: '' });
    for (const id of ids) expect(await box.show(id)).toMatchObject(ONCE);
    const opened = await box.happens('gate-opened');
    expect(turns().filter(({ at, item }) => at > closed.at && at < opened.at && item !== ids[1])).toEqual([]);
    expect(happened('failed')).toEqual([]);
  },
);

test('L07 an item that is never committed is not tried for ever', async () => {
  configure('retry: { first: 1s, most: 1s }\n');
  const id = await box.add(
    'never',
    '[[write:a.txt|1]][[no-commit]][[turn]][[no-commit]][[turn]][[no-commit]]',
  );
  expect(await run()).toMatchObject({ code: 1 });
  const shown = await box.show(id);
  expect(shown).toMatchObject({ place: 'failed' });
  expect(shown.attempts.length).toBeLessThanOrEqual(3);
  // Each attempt climbs the whole ladder: told, redirected, another conversation.
  expect(turns().length).toBeLessThanOrEqual(15);
}, 60_000);

test('L08 a coordinator that is killed while all wait keeps the wait, and the limited turn goes on', async () => {
  const id = await box.add('limited', '[[bash:echo one >> a.txt]][[limit:6]][[bash:echo two >> a.txt]]');
  const going = ended(box.start(['parallel', '--agents', '1', '--until-empty']));
  const closed = await box.happens('gate-closed');
  process.kill(await box.coordinator(), 'SIGKILL');
  expect(await going).toMatchObject({ code: 0 });
  expect(await box.show(id)).toMatchObject({ place: 'done' });
  expect(box.git('show', 'harness/integration:a.txt')).toBe('one\ntwo');
  const after = turns().filter(({ end }) => end === 'answered');
  expect(after).toHaveLength(1);
  for (const { at } of after) expect(at > closed.until.slice(0, 19)).toBe(true);
  expect(turns().filter(({ end }) => end === 'error')).toHaveLength(1);
});

test('a limit that is near lets what runs go on and holds new items back until it resets', async () => {
  const first = await box.add('first', '[[warn:five_hour|0.95|4]][[write:a.txt|1]]', '--priority', 'high');
  const second = await box.add('second', '[[write:b.txt|1]]');
  expect(await run()).toMatchObject({ code: 0, stderr: '' });
  const held = await box.happens('held-back');
  const landed = await box.happens('landed', ({ item }) => item === first);
  const claimed = await box.happens('claimed', ({ item }) => item === second);
  expect(landed.at < held.until).toBe(true);
  expect(claimed.at >= held.until).toBe(true);
});

test('on_limit: stop ends the run in order, with the work saved, uncharged, and exit code 1', async () => {
  configure('on_limit: stop\n');
  const id = await box.add('limited', '[[write:a.txt|1]][[limit:600]]');
  const other = await box.add('other', '[[write:b.txt|1]]', '--priority', 'low');
  expect(await run()).toMatchObject({ code: 1, stderr: '' });
  expect(await box.show(id)).toMatchObject({
    place: 'pending',
    attempts: [{ reason: 'limit', charged: false, rescued: expect.any(String) }],
  });
  expect(await box.show(other)).toMatchObject({ place: 'pending', attempts: [] });
  const again = await run();
  expect(again.code).toBe(1);
  expect(turns()).toHaveLength(1);
});
