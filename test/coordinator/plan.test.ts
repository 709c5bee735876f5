import { expect, test } from 'vitest';
import * as fc from 'fast-check';
import { plan } from '../../src/coordinator/plan.ts';
import type { Observation } from '../../src/coordinator/plan.ts';
import type { Entry, Lease } from '../../src/queue/name.ts';

const policy = { heartbeatMs: 10_000, staleMs: 60_000, limits: {} };
const entry = (id: string) => ({ id, place: 'pending', file: id }) as Entry;
const lease = (id: string, run = 'r1') => ({ id, place: 'claimed', file: id, agent: 'a1', run }) as Lease;
const free = (...agents: string[]) => agents.map((agent) => ({ agent, is: 'free' as const }));

const resting: Observation = {
  mode: 'running',
  untilEmpty: false,
  seats: free('a1', 'a2'),
  pending: [],
  later: 0,
  hopeless: [],
  mine: [],
  foreign: [],
  ready: [],
  returns: [],
  landing: false,
  publishing: false,
  gate: 'open',
  waiting: [],
  heldBack: false,
  exchangeDue: [],
  catchingUp: false,
  noRoom: false,
  isWell: true,
};
const decide = (seen: Partial<Observation>, limits = {}) =>
  plan({ ...resting, ...seen }, { ...policy, limits });
const waiting = (id: string, rig = 'r', ...labels: string[]) => ({
  entry: entry(id),
  rig,
  keys: [`rig:${rig}`, ...labels.map((label) => `label:${label}`)],
});
const claim = (id: string, agent: string) => ({ do: 'claim', entry: entry(id), agent });

test('an idle run with an empty queue does nothing', () => {
  expect(decide({})).toEqual([]);
});

test('free agents take the first items, one each', () => {
  const pending = [waiting('x'), waiting('y'), waiting('z')];
  expect(decide({ pending })).toEqual([claim('x', 'a1'), claim('y', 'a2')]);
});

test('an item goes to the agent that is warm for its rig, a cold one goes before one that is warm for another', () => {
  const seats = [
    { agent: 'a1', is: 'free' as const, rig: 'web' },
    { agent: 'a2', is: 'free' as const },
    { agent: 'a3', is: 'free' as const, rig: 'api' },
  ];
  const pending = [waiting('x', 'api'), waiting('y', 'docs')];
  expect(decide({ seats, pending })).toEqual([claim('x', 'a3'), claim('y', 'a2')]);
});

test('what was answered waits for its own agent and keeps nobody else waiting, unless there is no such agent', () => {
  const busy = { agent: 'a1', is: 'working' as const };
  const mine = (id: string, agent: string) => ({ ...waiting(id), agent });
  const pending = [mine('x', 'a1'), waiting('y')];
  expect(decide({ pending })).toEqual([claim('x', 'a1'), claim('y', 'a2')]);
  expect(decide({ pending: [mine('x', 'a2'), waiting('y')] })).toEqual([claim('x', 'a2'), claim('y', 'a1')]);
  expect(decide({ pending, seats: [busy, ...free('a2')] })).toEqual([claim('y', 'a2')]);
  expect(decide({ pending, seats: [{ ...busy, is: 'parked' }, ...free('a2')] })).toEqual([claim('x', 'a2')]);
  expect(decide({ pending: [mine('x', 'a9')] })).toEqual([claim('x', 'a1')]);
  // One agent asked twice: one after the other.
  expect(decide({ pending: [mine('x', 'a1'), mine('z', 'a1')] })).toEqual([claim('x', 'a1')]);
  expect(decide({ pending, seats: [busy], untilEmpty: true })).toEqual([]);
});

test('no item waits because no agent is warm for it: the first ones are begun, whoever is free', () => {
  const seats = [{ agent: 'a1', is: 'free' as const, rig: 'web' }];
  const pending = [waiting('x', 'api'), waiting('y', 'web')];
  expect(decide({ seats, pending })).toEqual([claim('x', 'a1')]);
});

test('limits by rig and label count what runs and what is begun at this look', () => {
  const seats = [
    { agent: 'a1', is: 'working' as const, keys: ['rig:web', 'label:db'] },
    ...free('a2', 'a3', 'a4'),
  ];
  const pending = [
    waiting('x', 'web', 'db'),
    waiting('y', 'web'),
    waiting('z', 'web'),
    waiting('u', 'api', 'db'),
    waiting('v', 'api'),
  ];
  expect(decide({ seats, pending }, { 'rig:web': 2, 'label:db': 1 })).toEqual([
    claim('y', 'a2'),
    claim('v', 'a3'),
  ]);
});

test('what can never be begun is given up', () => {
  const one = { entry: entry('x'), reason: 'skipped' as const, why: 'it comes after y' };
  expect(decide({ hopeless: [one] })).toEqual([{ do: 'give-up', ...one }]);
});

test.each(['paused', 'draining', 'stopping'] as const)('nothing new is started while %s', (mode) => {
  expect(decide({ mode, pending: [waiting('x')] }).map((one) => one.do)).not.toContain('claim');
});

test('what keeps things alive comes before repair, landing and new work', () => {
  const actions = decide({
    mine: [{ lease: lease('m'), renewedMsAgo: 10_000 }],
    foreign: [{ lease: lease('f', 'r0'), unchangedMs: 60_000, suspected: true }],
    ready: [lease('l')],
    pending: [waiting('x')],
  });
  expect(actions.map((one) => one.do)).toEqual(['renew', 'reclaim', 'land', 'claim']);
});

test('C07: a lease is renewed when its heartbeat is due and not before', () => {
  expect(decide({ mine: [{ lease: lease('m'), renewedMsAgo: 9_999 }] })).toEqual([]);
});

test('C06: a foreign lease without a heartbeat is suspected first, and taken back if it stays so', () => {
  const fresh = { lease: lease('f', 'r0'), unchangedMs: 59_999, suspected: false };
  expect(decide({ foreign: [fresh] })).toEqual([]);
  const stale = { ...fresh, unchangedMs: 60_000 };
  expect(decide({ foreign: [stale] })).toEqual([{ do: 'suspect', lease: stale.lease }]);
  expect(decide({ foreign: [{ ...stale, suspected: true }] })).toEqual([
    { do: 'reclaim', lease: stale.lease },
  ]);
  expect(decide({ foreign: [{ ...fresh, suspected: true }] })).toEqual([]);
});

test('an attempt whose item was changed is told so', () => {
  const mine = [{ lease: lease('m'), renewedMsAgo: 10_000, changed: true }];
  expect(decide({ mine })).toMatchObject([{ do: 'renew' }, { do: 'expire', reason: 'changed' }]);
});

test('a run that ends when it is empty waits for leases of others, which may come back as work', () => {
  const foreign = [{ lease: lease('f', 'r0'), unchangedMs: 0, suspected: false }];
  expect(decide({ untilEmpty: true, foreign })).toEqual([]);
  expect(decide({ untilEmpty: true })).toEqual([{ do: 'end', why: 'empty' }]);
});

test('only one landing is in flight', () => {
  expect(decide({ ready: [lease('l')], landing: true })).toEqual([]);
});

test('an overdue attempt is told why', () => {
  const mine = [{ lease: lease('m'), renewedMsAgo: 0, overdue: 'too long' }];
  expect(decide({ mine })).toEqual([{ do: 'expire', lease: lease('m'), reason: 'timeout', why: 'too long' }]);
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
  expect(decide({ untilEmpty: true, later: 1 })).toEqual([]);
  expect(
    decide({
      untilEmpty: true,
      mode: 'running',
      seats: [{ agent: 'a1', is: 'waiting' }],
      pending: [waiting('x')],
    }),
  ).toEqual([]);
  expect(decide({ untilEmpty: true })).toEqual([{ do: 'end', why: 'empty' }]);
});

test('until-empty ends as stuck when work is left and every agent is parked', () => {
  const seats = [{ agent: 'a1', is: 'parked' as const }];
  expect(decide({ untilEmpty: true, seats, pending: [waiting('x')] })).toEqual([{ do: 'end', why: 'stuck' }]);
});

test('no observation makes two agents claim one item, or ends a run that still works', () => {
  const seatName = fc.constantFrom('a1', 'a2', 'a3');
  const seat = fc.record({
    agent: seatName,
    is: fc.constantFrom('free', 'working', 'waiting', 'parked'),
  });
  const item = fc.record({
    entry: fc.constantFrom('u', 'v', 'w', 'x').map(entry),
    rig: fc.constantFrom('r', 's'),
    keys: fc.constantFrom(['rig:r'], ['rig:s'], ['rig:r', 'label:l']),
  });
  const observation = fc.record({
    mode: fc.constantFrom('running', 'paused', 'draining', 'stopping'),
    untilEmpty: fc.boolean(),
    seats: fc.uniqueArray(seat, { selector: (one) => one.agent }),
    pending: fc.uniqueArray(item, { selector: (one) => one.entry.id }),
    later: fc.nat(2),
    hopeless: fc.constant([]),
    mine: fc.constant([]),
    foreign: fc.constant([]),
    ready: fc.array(fc.constantFrom('l', 'm', 'n').map((id) => lease(id))),
    returns: fc.array(
      fc.record({ lease: fc.constantFrom('i', 'j', 'k').map((id) => lease(id)), agent: seatName }),
    ),
    landing: fc.boolean(),
    publishing: fc.boolean(),
    gate: fc.constantFrom('open', 'probe', 'wait'),
    waiting: fc.constant([]),
    heldBack: fc.boolean(),
    exchangeDue: fc.constant([]),
    catchingUp: fc.boolean(),
    noRoom: fc.boolean(),
    isWell: fc.boolean(),
  });
  fc.assert(
    fc.property(observation, (seen) => {
      const actions = plan(seen, policy);
      const claims = actions.filter((one) => one.do === 'claim');
      expect(new Set(claims.map((one) => one.entry.id)).size).toBe(claims.length);
      const begun = actions.filter((one) => one.do === 'claim' || one.do === 'take-up');
      expect(new Set(begun.map((one) => one.agent)).size).toBe(begun.length);
      if (seen.returns.length > 0 && seen.mode !== 'stopping')
        expect(actions.map((one) => one.do)).not.toContain('end');
      const busy = seen.landing || seen.publishing || seen.seats.some((one) => one.is === 'working');
      if (busy) expect(actions.map((one) => one.do)).not.toContain('end');
    }),
  );
});

test('without room on the disk nothing new begins, but what is begun goes on', () => {
  const returns = [{ lease: lease('l'), agent: 'a2' }];
  expect(decide({ noRoom: true, pending: [waiting('x')], ready: [lease('m')], returns })).toEqual([
    { do: 'land', lease: lease('m') },
    { do: 'take-up', lease: lease('l'), agent: 'a2' },
  ]);
});

test('a refused landing goes back to its author before new work, and only when that one is free', () => {
  const returns = [{ lease: lease('l'), agent: 'a2' }];
  const back = { do: 'take-up', lease: lease('l'), agent: 'a2' };
  const pending = [waiting('x'), waiting('y')];
  expect(decide({ returns, pending })).toEqual([back, claim('x', 'a1')]);
  const seats = [...free('a1'), { agent: 'a2', is: 'working' as const }];
  expect(decide({ returns, pending, seats })).toEqual([claim('x', 'a1')]);
  expect(decide({ returns, mode: 'draining' })).toEqual([back]);
  expect(decide({ returns, mode: 'paused' })).toEqual([]);
  expect(decide({ returns, gate: 'wait' })).toEqual([]);
  expect(decide({ returns, pending, gate: 'probe' })).toEqual([back, { do: 'admit', agent: 'a2' }]);
});

test('a refused landing whose author is lost or late is given up, and until then no run ends', () => {
  const returns = [{ lease: lease('l'), agent: 'a2', lost: 'a2 was busy for too long' }];
  const given = { do: 'renounce', lease: lease('l'), why: 'a2 was busy for too long' };
  expect(decide({ returns, untilEmpty: true })).toEqual([given]);
  expect(decide({ returns, mode: 'paused' })).toEqual([given]);
});

test('exchanges with the user come before landings, and nothing new begins before the first of them', () => {
  const pending = [waiting('x')];
  expect(decide({ exchangeDue: ['app'], catchingUp: true, pending, ready: [lease('l')] })).toEqual([
    { do: 'exchange', rig: 'app' },
    { do: 'land', lease: lease('l') },
  ]);
  expect(decide({ exchangeDue: ['app'], mode: 'stopping' }).map((one) => one.do)).not.toContain('exchange');
});

test('while a usage limit is near nothing new is begun, and what waits for its landing lands', () => {
  const near = { heldBack: true, pending: [waiting('x')], ready: [lease('l')] };
  expect(decide(near)).toEqual([{ do: 'land', lease: lease('l') }]);
  expect(decide({ ...near, heldBack: false })).toContainEqual(claim('x', 'a1'));
});

test('a session without a sign of life is woken, unless its attempt ends anyway', () => {
  const mine = { lease: lease('x'), renewedMsAgo: 0, silent: 'no sign of life' };
  expect(decide({ mine: [mine] })).toEqual([{ do: 'wake', lease: lease('x'), why: 'no sign of life' }]);
  expect(decide({ mine: [{ ...mine, overdue: 'time is up' }] }).map((action) => action.do)).toEqual([
    'expire',
  ]);
});

test('with three parked agents nothing new is begun, and a run that waits for nothing else ends as stuck', () => {
  const seats = [
    ...['a1', 'a2', 'a3'].map((agent) => ({ agent, is: 'parked' as const })),
    { agent: 'a4', is: 'free' as const },
  ];
  const pending = [waiting('x')];
  expect(decide({ seats, pending })).toEqual([]);
  expect(decide({ seats, pending, untilEmpty: true })).toEqual([{ do: 'end', why: 'stuck' }]);
  expect(decide({ seats: seats.slice(1), pending })).toEqual([claim('x', 'a4')]);
});

test('an attempt whose processes eat the machine is ended, and only that one', () => {
  const mine = [
    { lease: lease('l'), renewedMsAgo: 0, excess: 'too much' },
    { lease: lease('m'), renewedMsAgo: 0 },
  ];
  expect(decide({ mine })).toEqual([{ do: 'expire', lease: lease('l'), reason: 'overuse', why: 'too much' }]);
});
