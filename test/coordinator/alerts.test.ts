import { expect, test } from 'vitest';
import { hear, NO_ALERTS, watch } from '../../src/coordinator/alerts.ts';
import type { Alerts } from '../../src/coordinator/alerts.ts';
import type { Happening } from '../../src/journal/event.ts';

const START = Date.parse('2026-11-20T20:00:00Z');
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** Hears events at minutes after the start, looking every minute; what is told of them, in words. */
function told(list: readonly (readonly [number, Happening])[], untilMinute = 0, kept = NO_ALERTS) {
  let alerts: Alerts = kept;
  const words: string[] = [];
  const add = (minute: number, heard: ReturnType<typeof hear>) => {
    alerts = heard.alerts;
    for (const one of heard.news) words.push(`${minute} ${one.is === 'alert' ? '' : 'over: '}${one.text}`);
  };
  const last = Math.max(untilMinute, ...list.map(([minute]) => minute));
  for (let minute = 0; minute <= last; minute++) {
    const at = new Date(START + minute * MINUTE).toISOString();
    for (const [when, happening] of list)
      if (when === minute) add(minute, hear(alerts, { at, run: 'r1', ...happening }));
    add(minute, watch(alerts, START + minute * MINUTE, HOUR));
  }
  return { words, alerts };
}

const of = { item: 'x', attempt: 1, agent: 'a1' };
const claimed: Happening = { ...of, is: 'claimed', title: 'x' };
const landed: Happening = { ...of, is: 'landed', commit: 'c' };
const closed: Happening = { is: 'gate-closed', cause: 'limit', text: 'limit reached', until: 'x' };
const opened: Happening = { is: 'gate-opened', cause: 'limit', ms: 1 };
const parked = (agent: string): Happening => ({ is: 'agent-parked', agent, reason: '5 deaths' });
const started = (more: object = {}): Happening => ({
  is: 'run-started',
  agents: 3,
  pid: 1,
  untilEmpty: false,
  command: 'x',
  ...more,
});

test('an episode is told when it begins and when it ends, however often it is heard of in between', () => {
  const { words, alerts } = told([
    [0, closed],
    [5, closed],
    [10, { ...closed, text: 'limit reached, again' }],
    [20, opened],
    [21, opened],
  ]);
  expect(words).toEqual(['0 limit reached', '20 over: limit reached, again']);
  expect(alerts.open).toEqual([]);
});

test('a login that ends what a limit began is an episode of its own', () => {
  expect(
    told([
      [0, closed],
      [1, { ...closed, cause: 'login', text: 'log in' }],
      [2, opened],
    ]).words,
  ).toEqual(['0 limit reached', '1 over: limit reached', '1 log in', '2 over: log in']);
});

test('an agent that begins something is not parked any more, and one that the next run does not have is none', () => {
  expect(
    told([
      [0, parked('a1')],
      [3, claimed],
    ]).words,
  ).toEqual(['0 a1 is parked: 5 deaths', '3 over: a1 is parked: 5 deaths']);
  expect(
    told([
      [0, parked('a3')],
      [3, started({ agents: 3 })],
      [4, started({ agents: 2 })],
    ]).words,
  ).toEqual(['0 a3 is parked: 5 deaths', '4 over: a3 is parked: 5 deaths']);
});

test('a killed coordinator, a quarantined file and a broken run are told once and have no end', () => {
  const { words, alerts } = told([
    [0, started()],
    [1, started({ after: 'restarted' })],
    [2, { is: 'quarantined', what: 'pending/x: no item' }],
    [3, { is: 'run-ended', why: 'broken', exitCode: 1, landed: 0, failed: 0, left: 1 }],
  ]);
  expect(words).toEqual([
    '1 the coordinator was killed; run r1 goes on',
    '2 quarantined into queue/corrupt: pending/x: no item',
    '3 run r1 could not go on (broken)',
  ]);
  expect(alerts.open).toEqual([]);
});

test('the budget of a day is over when somebody begins again', () => {
  const used: Happening = { is: 'budget-used-up', of: 'day', text: 'the budget of the day is used up' };
  const again = told([
    [0, claimed],
    [1, used],
    [200, claimed],
  ]).words;
  expect(again.map((one) => one.slice(0, 20))).toEqual(['1 the budget of the ', '200 over: the budget']);
});

test('nothing that lands for an hour is told once, and is over with the next landing', () => {
  const back: Happening = { ...of, is: 'given-back', reason: 'check-failed', charged: true };
  // Attempts that come and go are no landing.
  expect(
    told([
      [0, claimed],
      [30, back],
      [31, claimed],
      [200, landed],
    ]).words,
  ).toEqual(['60 nothing landed for 60 minutes', '200 over: nothing landed for 60 minutes']);
});

test.each<[string, readonly (readonly [number, Happening])[]]>([
  [
    'there is no work',
    [
      [0, claimed],
      [10, { is: 'queue-empty', blocked: 0, held: 0, failed: 1 }],
    ],
  ],
  [
    'the run ended',
    [
      [0, claimed],
      [10, { is: 'run-ended', why: 'drained', exitCode: 0, landed: 0, failed: 0, left: 1 }],
    ],
  ],
  [
    'the run is paused',
    [
      [0, claimed],
      [10, { is: 'paused' }],
    ],
  ],
  [
    'the account is at its limit',
    [
      [0, claimed],
      [10, closed],
    ],
  ],
  [
    'the machine is full',
    [
      [0, claimed],
      [10, { is: 'starts-closed', why: 'disk' }],
    ],
  ],
])('nothing lands, and nobody is told so, while %s', (_, list) => {
  expect(told(list, 300).words.filter((one) => one.includes('nothing landed'))).toEqual([]);
});

test('an hour in which the machine slept is not one in which nothing landed', () => {
  const slept: Happening = { is: 'standstill', kind: 'slept', ms: 50 * MINUTE };
  expect(
    told(
      [
        [0, claimed],
        [55, slept],
      ],
      109,
    ).words,
  ).toEqual([]);
  expect(
    told(
      [
        [0, claimed],
        [55, slept],
      ],
      110,
    ).words,
  ).toEqual(['110 nothing landed for 60 minutes']);
});

test('a storm of a hundred alerts of a cause is four, and a sum when the hour is over; other causes are told', () => {
  const storm = Array.from({ length: 100 }, (_, n): readonly [number, Happening] => [
    Math.floor(n / 2),
    { is: 'quarantined', what: `pending/${n}` },
  ]);
  const { words, alerts } = told([...storm, [50, closed]], 130);
  expect(words).toEqual([
    ...[0, 1, 2, 3].map((n) => `${Math.floor(n / 2)} quarantined into queue/corrupt: pending/${n}`),
    '50 limit reached',
    '60 96 more like this within the last hour: quarantined into queue/corrupt: pending/99',
  ]);
  expect(alerts.muted).toEqual({});
});

test('neither beginning nor end is told of one too many, and what is kept stays small', () => {
  const flapping = Array.from({ length: 50 }, (_, n): (readonly [number, Happening])[] => [
    [n, closed],
    [n, opened],
  ]).flat();
  const { words, alerts } = told(flapping);
  expect(words).toHaveLength(8);
  const many = told(Array.from({ length: 5_000 }, (_, n) => [0, parked(`a${n}`)] as const)).alerts;
  expect(JSON.stringify(many).length).toBeLessThan(50_000);
  expect(alerts.open).toEqual([]);
});

test('who goes on with what was kept tells nothing twice', () => {
  const before = told([
    [0, claimed],
    [1, closed],
    [1, parked('a2')],
  ]).alerts;
  const kept = JSON.parse(JSON.stringify(before)) as Alerts;
  const after = told(
    [
      [2, closed],
      [2, parked('a2')],
      [3, opened],
    ],
    3,
    kept,
  );
  expect(after.words).toEqual(['3 over: limit reached']);
});

test('after the clock was set back by more than an hour, what was told before mutes nothing', () => {
  let alerts = NO_ALERTS;
  const park = (n: number, ms: number) => {
    const at = new Date(START + ms).toISOString();
    const heard = hear(alerts, { at, run: 'r1', ...parked(`a${n}`) });
    alerts = heard.alerts;
    return heard.news.length;
  };
  expect([1, 2, 3, 4, 5].map((n) => park(n, 0))).toEqual([1, 1, 1, 1, 0]);
  expect(park(6, -2 * HOUR)).toBe(1);
});

test('a full disk is one episode, and explains why nothing lands', () => {
  const short: Happening = { is: 'disk-short', why: '80 MB are left' };
  const { words, alerts } = told(
    [
      [0, claimed],
      [1, short],
      [100, { is: 'disk-free' }],
    ],
    150,
  );
  expect(words).toEqual([
    '1 nothing new is started: 80 MB are left',
    '100 over: nothing new is started: 80 MB are left',
  ]);
  expect(alerts.open).toEqual([]);
});

test.each<[string, Happening]>([
  ['it is answered', { ...of, is: 'question-answered', answer: 'left' }],
  ['its item is begun anew', claimed],
  ['its item is given up', { ...of, is: 'failed', reason: 'cancelled' }],
])('a question calls a person with the command that answers it, until %s', (_, end) => {
  const asked: Happening = { ...of, is: 'question-asked', question: 'Left or right?' };
  const { words, alerts } = told([
    [0, asked],
    [9, end],
  ]);
  const text = 'a1 asks about x: Left or right?; harness answer x "…"';
  expect(words).toEqual([`0 ${text}`, `9 over: ${text}`]);
  expect(alerts.open).toEqual([]);
});
