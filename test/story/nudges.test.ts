import { afterEach, beforeEach, expect, test } from 'vitest';
import { Sandbox } from './sandbox.ts';

let box: Sandbox;
beforeEach(() => {
  box = new Sandbox();
});
afterEach(() => box.close());

const steps = () =>
  box
    .journal()
    .flatMap((one) =>
      one.is === 'phase' ? [one.detail === undefined ? one.phase : `${one.phase} ${one.detail}`] : [],
    );
const run = (env: Record<string, string> = {}) =>
  box.harness(['parallel', '--agents', '1', '--until-empty'], { env });

test.each<[string, string, string]>([
  ['done without commits', '[[write:a.txt|x]][[no-commit]]', 'no-commits'],
  ['a plan in place of work', '[[say:Here is my plan: first I read.]][[no-commit]]', 'plan-only'],
  ['a question to nobody', '[[say:Should the limit be 1 or 2?]][[no-commit]]', 'asked-nobody'],
  ['a claim against the facts', '[[say:All changes are committed.]][[no-commit]]', 'false-claim'],
])('%s is met with a nudge, and the work then lands', async (_, first, reason) => {
  const id = await box.add('nudge me', `${first}[[turn]][[write:a.txt|x]][[commit]]`);
  expect(await run()).toMatchObject({ code: 0 });
  expect(steps()).toEqual(['preparing', 'implementing', 'verifying', `nudged nudge: ${reason}`, 'verifying']);
  expect(box.landings()).toEqual({ [id]: 1 });
  expect(box.journal().filter((one) => one.is === 'session-started')).toHaveLength(1);
});

test('an agent that gets nowhere climbs the ladder to its end, and the attempt fails with its evidence', async () => {
  const id = await box.add(
    'never',
    '[[no-commit]][[say:…]][[turn]][[no-commit]][[turn]][[no-commit]][[turn]][[no-commit]]',
  );
  expect(await run({ HARNESS_MAX_ATTEMPTS: '1', HARNESS_MODELS_STRONGER: 'opus' })).toMatchObject({
    code: 1,
  });
  expect(steps()).toEqual([
    'preparing',
    'implementing',
    'verifying',
    'nudged nudge: no-commits',
    'verifying',
    'nudged redirect: no-commits',
    'verifying',
    'nudged stronger: no-commits',
    'verifying',
    'handing-over no-commits',
    expect.stringMatching(/^recovering anew: There are no commits/),
    'verifying',
  ]);
  expect(box.journal().filter((one) => one.is === 'session-started')).toHaveLength(2);
  const item = await box.show(id);
  expect(item).toMatchObject({ place: 'failed', reason: 'no-commits' });
  expect(item.attempts[0]).toMatchObject({ finding: expect.stringContaining('The turn made') });
});

test('the same failing call again and again is met while the turn runs', async () => {
  const failing = '[[bash:echo red; exit 1]]'.repeat(3);
  const id = await box.add('circles', `${failing}[[sleep:2]][[turn]][[write:a.txt|x]][[commit]]`);
  expect(await run({ HARNESS_NUDGES_SAME: '3' })).toMatchObject({ code: 0 });
  expect(steps()).toEqual(['preparing', 'implementing', 'nudged nudge: same-failure', 'verifying']);
  expect(box.landings()).toEqual({ [id]: 1 });
});

test('who goes on in circles after the nudge is interrupted and redirected', async () => {
  const failing = '[[bash:sleep 0.3; echo red; exit 1]]'.repeat(3);
  const id = await box.add('circles', `${failing.repeat(2)}[[sleep:60]][[write:a.txt|x]][[commit]]`);
  expect(await run({ HARNESS_NUDGES_SAME: '3' })).toMatchObject({ code: 0 });
  expect(steps()).toEqual([
    'preparing',
    'implementing',
    'nudged nudge: same-failure',
    'nudged redirect: same-failure',
    'verifying',
  ]);
  expect(box.landings()).toEqual({ [id]: 1 });
});

test('who does not get out of it loses the turn with its cost booked, and the attempt fails', async () => {
  const failing = '[[bash:echo red; exit 1]]'.repeat(12);
  const id = await box.add('circles', `${failing}[[sleep:60]]`);
  const env = { HARNESS_NUDGES_SAME: '3', HARNESS_NUDGES_MOST: '0', HARNESS_MAX_ATTEMPTS: '1' };
  expect(await run(env)).toMatchObject({ code: 1 });
  expect(await box.show(id)).toMatchObject({ place: 'failed', reason: 'same-failure' });
  const ends = box.journal().flatMap((one) => (one.is === 'turn-ended' ? [one.end] : []));
  expect(ends.at(-1)).toBe('interrupted');
});

test('a file outside of the folder is out of bounds, and the agent is told to take it back', async () => {
  const path = `${box.root}/outside.txt`;
  const id = await box.add(
    'stray',
    `[[write:${path}|x]][[write:a.txt|x]][[commit]][[turn]][[bash:rm ${path}]]`,
  );
  expect(await run({ HARNESS_NUDGES_SAME: '3' })).toMatchObject({ code: 0 });
  expect(box.journal().filter((one) => one.is === 'verdict')).toMatchObject([
    { verdict: 'out-of-bounds', reason: 'outside', detail: expect.stringContaining(path) },
    { verdict: 'accepted' },
  ]);
  expect(box.landings()).toEqual({ [id]: 1 });
});

test('the next attempt is told what the last one showed, and the same failure three times ends it', async () => {
  const id = await box.add(
    'red',
    '[[write:a.txt|x]][[commit]]',
    '--check',
    'echo "not ok 1 - always red"; exit 1',
  );
  expect(await run({ HARNESS_MAX_ATTEMPTS: '9', HARNESS_CORRECTIONS: '0' })).toMatchObject({ code: 1 });
  const item = await box.show(id);
  expect(item).toMatchObject({ place: 'failed', reason: 'quarantined' });
  expect(item.attempts.map((one) => one.signature)).toEqual(
    Array.from({ length: 3 }, () => 'check-failed: always red'),
  );
  expect(item.attempts[0]).toMatchObject({ measured: { commits: 1, files: 1 } });
});
