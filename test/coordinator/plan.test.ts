import { expect, test } from 'vitest';
import * as fc from 'fast-check';
import { plan } from '../../src/coordinator/plan.ts';
import type { Observation } from '../../src/coordinator/plan.ts';
import type { Entry, Lease } from '../../src/queue/name.ts';

const policy = { heartbeatMs: 10_000, staleMs: 60_000 };
const entry = (id: string) => ({ id, place: 'pending', file: id }) as Entry;
const lease = (id: string, run = 'r1') => ({ id, place: 'claimed', file: id, agent: 'a1', run }) as Lease;
const free = (...agents: string[]) => agents.map((agent) => ({ agent, is: 'free' as const }));

const resting: Observation = {
  mode: 'running',
  untilEmpty: false,
  seats: free('a1', 'a2'),
  pending: [],
  mine: [],
  foreign: [],
  ready: [],
  landing: false,
  publishing: false,
  gate: 'open',
  waiting: [],
  exchangeDue: [],
  catchingUp: false,
};
const decide = (seen: Partial<Observation>) => plan({ ...resting, ...seen }, policy);
const waiting = (id: string, more = {}) => ({ entry: entry(id), blocked: false, readyInMs: 0, ...more });

test('an idle run with an empty queue does nothing', () => {
  expect(decide({})).toEqual([]);
});

test('free agents take the first claimable items, one each', () => {
  const pending = [
    waiting('x', { blocked: true }),
    waiting('y'),
    waiting('z', { readyInMs: 5 }),
    waiting('w'),
  ];
  expect(decide({ pending })).toEqual([
    { do: 'claim', entry: entry('y'), agent: 'a1' },
    { do: 'claim', entry: entry('w'), agent: 'a2' },
  ]);
});

test.each(['paused', 'draining', 'stopping'] as const)('nothing new is started while %s', (mode) => {
  expect(decide({ mode, pending: [waiting('x')] }).map((one) => one.do)).not.toContain('claim');
});

test('what keeps things alive comes before repair, landing and new work', () => {
  const actions = decide({
    mine: [{ lease: lease('m'), renewedMsAgo: 10_000 }],
    foreign: [{ lease: lease('f', 'r0'), unchangedMs: 60_000, dead: false }],
    ready: [lease('l')],
    pending: [waiting('x')],
  });
  expect(actions.map((one) => one.do)).toEqual(['renew', 'reclaim', 'land', 'claim']);
});

test('a lease is renewed when its heartbeat is due and not before', () => {
  expect(decide({ mine: [{ lease: lease('m'), renewedMsAgo: 9_999 }] })).toEqual([]);
});

test('a foreign lease is taken back when its holder is dead or no change was seen for the stale time', () => {
  const fresh = { lease: lease('f', 'r0'), unchangedMs: 59_999, dead: false };
  expect(decide({ foreign: [fresh] })).toEqual([]);
  expect(decide({ foreign: [{ ...fresh, dead: true }] })).toMatchObject([
    { do: 'reclaim', reason: 'dead-holder' },
  ]);
  expect(decide({ foreign: [{ ...fresh, unchangedMs: 60_000 }] })).toMatchObject([
    { do: 'reclaim', reason: 'stale' },
  ]);
});

test('a run that ends when it is empty waits for leases of others, which may come back as work', () => {
  const foreign = [{ lease: lease('f', 'r0'), unchangedMs: 0, dead: false }];
  expect(decide({ untilEmpty: true, foreign })).toEqual([]);
  expect(decide({ untilEmpty: true })).toEqual([{ do: 'end', why: 'empty' }]);
});

test('only one landing is in flight', () => {
  expect(decide({ ready: [lease('l')], landing: true })).toEqual([]);
});

test('an overdue attempt is told why', () => {
  const mine = [{ lease: lease('m'), renewedMsAgo: 0, overdue: 'too long' }];
  expect(decide({ mine })).toEqual([{ do: 'expire', lease: lease('m'), why: 'too long' }]);
});

test('a drain ends when nothing runs and everything ready has landed', () => {
  const working = [{ agent: 'a1', is: 'working' as const }];
  expect(decide({ mode: 'draining', seats: working })).toEqual([]);
  expect(decide({ mode: 'draining', ready: [lease('l')] })).toEqual([{ do: 'land', lease: lease('l') }]);
  expect(decide({ mode: 'draining', landing: true })).toEqual([]);
  expect(decide({ mode: 'draining', publishing: true })).toEqual([]);
  expect(decide({ mode: 'draining' })).toEqual([{ do: 'end', why: 'drained' }]);
});

test('a stop ends without waiting for landings that have not begun', () => {
  expect(decide({ mode: 'stopping', ready: [lease('l')] })).toEqual([
    { do: 'stop-attempts' },
    { do: 'end', why: 'stopped' },
  ]);
});

test('until-empty waits for backoff, and ends when only blocked items are left', () => {
  expect(decide({ untilEmpty: true, pending: [waiting('x', { readyInMs: 1000 })] })).toEqual([]);
  expect(decide({ untilEmpty: true, pending: [waiting('x', { blocked: true })] })).toEqual([
    { do: 'end', why: 'empty' },
  ]);
  expect(decide({ untilEmpty: true })).toEqual([{ do: 'end', why: 'empty' }]);
});

test('until-empty ends as stuck when work is left and every agent is parked', () => {
  const seats = [{ agent: 'a1', is: 'parked' as const }];
  expect(decide({ untilEmpty: true, seats, pending: [waiting('x')] })).toEqual([{ do: 'end', why: 'stuck' }]);
});

test('no observation makes two agents claim one item, or ends a run that still works', () => {
  const seat = fc.record({
    agent: fc.constantFrom('a1', 'a2', 'a3'),
    is: fc.constantFrom('free', 'working', 'waiting', 'parked'),
  });
  const item = fc.record({
    entry: fc.constantFrom('u', 'v', 'w', 'x').map(entry),
    blocked: fc.boolean(),
    readyInMs: fc.integer({ min: -5, max: 5 }),
  });
  const observation = fc.record({
    mode: fc.constantFrom('running', 'paused', 'draining', 'stopping'),
    untilEmpty: fc.boolean(),
    seats: fc.uniqueArray(seat, { selector: (one) => one.agent }),
    pending: fc.uniqueArray(item, { selector: (one) => one.entry.id }),
    mine: fc.constant([]),
    foreign: fc.constant([]),
    ready: fc.array(fc.constantFrom('l', 'm', 'n').map((id) => lease(id))),
    landing: fc.boolean(),
    publishing: fc.boolean(),
    gate: fc.constantFrom('open', 'probe', 'wait'),
    waiting: fc.constant([]),
    exchangeDue: fc.constant([]),
    catchingUp: fc.boolean(),
  });
  fc.assert(
    fc.property(observation, (seen) => {
      const actions = plan(seen, policy);
      const claims = actions.filter((one) => one.do === 'claim');
      expect(new Set(claims.map((one) => one.entry.id)).size).toBe(claims.length);
      expect(new Set(claims.map((one) => one.agent)).size).toBe(claims.length);
      const busy = seen.landing || seen.publishing || seen.seats.some((one) => one.is === 'working');
      if (busy) expect(actions.map((one) => one.do)).not.toContain('end');
    }),
  );
});

test('exchanges with the user come before landings, and nothing new begins before the first of them', () => {
  const pending = [waiting('x')];
  expect(decide({ exchangeDue: ['app'], catchingUp: true, pending, ready: [lease('l')] })).toEqual([
    { do: 'exchange', rig: 'app' },
    { do: 'land', lease: lease('l') },
  ]);
  expect(decide({ exchangeDue: ['app'], mode: 'stopping' }).map((one) => one.do)).not.toContain('exchange');
});
