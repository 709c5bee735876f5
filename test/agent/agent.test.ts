import { expect, test } from 'vitest';
import * as fc from 'fast-check';
import { MOST_DEATHS, START, step } from '../../src/agent/agent.ts';
import type { AttemptEvent, AttemptState, Finding } from '../../src/agent/agent.ts';

const finding: Finding = { reason: 'check-failed', text: 'npm test exited with 1' };
const work = { commit: 'c', target: 't', merge: 'm' };
const follow = (events: AttemptEvent[], corrections = 2, from: AttemptState = START) =>
  events.reduce((state, event) => step(state, event, corrections), from);

test('an attempt whose evidence is right at once becomes ready', () => {
  expect(follow([{ is: 'prepared' }, { is: 'answered' }, { is: 'verified', work }])).toEqual({
    phase: 'ended',
    outcome: { is: 'ready', work },
  });
});

test('a finding goes back as a correction turn, and the next evidence counts', () => {
  const corrected = follow([{ is: 'prepared' }, { is: 'answered' }, { is: 'found', finding }]);
  expect(corrected).toEqual({ phase: 'correcting', corrections: 1, deaths: 0, anew: false, finding });
  expect(follow([{ is: 'answered' }, { is: 'verified', work }], 2, corrected)).toMatchObject({
    outcome: { is: 'ready' },
  });
});

test('an attempt whose landing was refused begins with that finding, and every return costs a correction', () => {
  const returned = { is: 'prepared', returned: { finding, times: 2 } } as const;
  expect(follow([returned])).toEqual({
    phase: 'correcting',
    corrections: 2,
    deaths: 0,
    anew: false,
    finding,
  });
  expect(follow([returned, { is: 'answered' }, { is: 'found', finding }])).toMatchObject({
    outcome: { is: 'failed' },
  });
});

test('the attempt fails with the last finding when its corrections are used up', () => {
  const again: AttemptEvent[] = [{ is: 'found', finding }, { is: 'answered' }];
  const state = follow([
    { is: 'prepared' },
    { is: 'answered' },
    ...again,
    ...again,
    { is: 'found', finding },
  ]);
  expect(state).toEqual({ phase: 'ended', outcome: { is: 'failed', finding } });
});

test('without corrections the first finding fails the attempt', () => {
  expect(follow([{ is: 'prepared' }, { is: 'answered' }, { is: 'found', finding }], 0)).toMatchObject({
    outcome: { is: 'failed' },
  });
});

test.each(['session-start', 'interrupted', 'lease-lost', 'machine', 'agent-parked'] as const)(
  'an attempt that ended by %s is given back without a charge',
  (reason) => {
    const state = follow([{ is: 'prepared' }, { is: 'broken', finding: { reason, text: '' } }]);
    expect(state).toMatchObject({ phase: 'ended', outcome: { is: 'given-back' } });
  },
);

test.each(['session-died', 'timeout', 'turn-failed', 'internal'] as const)(
  'an attempt that ended by %s is charged',
  (reason) => {
    const state = follow([{ is: 'prepared' }, { is: 'broken', finding: { reason, text: '' } }]);
    expect(state).toMatchObject({ phase: 'ended', outcome: { is: 'failed' } });
  },
);

test('a turn that the account refused waits and is resumed, and costs no correction', () => {
  const refused: AttemptEvent = { is: 'refused', refusal: { cause: 'limit', text: 'limit', resetAtMs: 5 } };
  const waiting = follow([{ is: 'prepared' }, refused]);
  expect(waiting).toMatchObject({ phase: 'waiting-for-limit', corrections: 0 });
  expect(follow([{ is: 'answered' }], 2, waiting)).toEqual(waiting);
  expect(follow([{ is: 'released' }, refused, { is: 'released' }, { is: 'answered' }], 2, waiting)).toEqual({
    phase: 'verifying',
    corrections: 0,
    deaths: 0,
    anew: false,
  });
});

const cause: Finding = { reason: 'session-died', text: 'SIGKILL' };
const died: AttemptEvent = { is: 'died', finding: cause };
const revived: AttemptEvent = { is: 'revived', pardoned: false };

test('a turn whose session died waits for the supervisor, is resumed, and is verified like any other', () => {
  const recovering = follow([{ is: 'prepared' }, died]);
  expect(recovering).toMatchObject({ phase: 'recovering', how: 'wait', deaths: 1, cause });
  expect(follow([revived], 2, recovering)).toMatchObject({ phase: 'recovering', how: 'resume', deaths: 1 });
  expect(follow([revived, { is: 'answered' }], 2, recovering)).toMatchObject({
    phase: 'verifying',
    deaths: 1,
  });
});

test('an attempt in which the session keeps dying is charged to the item', () => {
  const deaths = Array.from({ length: MOST_DEATHS }, () => [died, revived]).flat();
  expect(follow([{ is: 'prepared' }, ...deaths])).toMatchObject({
    outcome: { is: 'failed', finding: { reason: 'session-died', text: expect.stringContaining('3 times') } },
  });
});

test('deaths that were pardoned do not count', () => {
  const pardoned: AttemptEvent = { is: 'revived', pardoned: true };
  const many = Array.from({ length: 20 }, () => [died, pardoned]).flat();
  expect(follow([{ is: 'prepared' }, ...many])).toMatchObject({ phase: 'recovering', deaths: 0 });
});

test('a session that does not start any more is not charged to the item', () => {
  const start: AttemptEvent = { is: 'died', finding: { reason: 'session-start', text: 'not ready' } };
  const state = follow([{ is: 'prepared' }, died, revived, start, revived, start, revived]);
  expect(state).toMatchObject({ outcome: { is: 'given-back', finding: { reason: 'session-start' } } });
});

test('a conversation that is lost is begun anew once, then the attempt fails', () => {
  const lost: AttemptEvent = { is: 'lost', finding: cause };
  const anew = follow([{ is: 'prepared' }, died, revived, lost]);
  expect(anew).toMatchObject({ phase: 'recovering', how: 'anew', anew: true });
  expect(follow([{ is: 'answered' }], 2, anew)).toMatchObject({ phase: 'verifying', anew: true });
  expect(follow([lost], 2, anew)).toMatchObject({
    outcome: { is: 'failed', finding: { reason: 'session-lost' } },
  });
});

const anyEvent = fc.constantFrom<AttemptEvent>(
  { is: 'prepared' },
  { is: 'answered' },
  { is: 'verified', work },
  { is: 'found', finding },
  { is: 'refused', refusal: { cause: 'limit', text: '' } },
  { is: 'released' },
  died,
  revived,
  { is: 'revived', pardoned: true },
  { is: 'lost', finding: cause },
  { is: 'broken', finding: { reason: 'session-died', text: '' } },
);

test('no sequence of events leaves an attempt without a way out, or corrects more often than allowed', () => {
  fc.assert(
    fc.property(fc.array(anyEvent, { maxLength: 40 }), fc.nat(5), (events, corrections) => {
      let state: AttemptState = START;
      for (const event of events) {
        state = step(state, event, corrections);
        if (state.phase === 'correcting') expect(state.corrections).toBeLessThanOrEqual(corrections);
      }
      const out = follow([{ is: 'broken', finding }], corrections, state);
      expect(out.phase).toBe('ended');
      expect(follow(events, corrections, out)).toEqual(out);
    }),
  );
});
