import { expect, test } from 'vitest';
import * as fc from 'fast-check';
import { EVENTS } from './events.ts';
import { MOST_DEATHS, START, step } from '../../src/agent/agent.ts';
import type { AttemptEvent, AttemptState, Finding, Rung } from '../../src/agent/agent.ts';

const finding: Finding = { reason: 'check-failed', text: 'npm test exited with 1' };
const work = { commit: 'c', target: 't', merge: 'm' };
const prepared: AttemptEvent = { is: 'prepared', aim: 'work' };
const NONE = { aim: 'work', corrections: 0, revisions: 0, rungs: 0, deaths: 0, anew: false } as const;
const LADDER: readonly Rung[] = ['nudge', 'redirect', 'stronger', 'anew'];
const follow = (events: AttemptEvent[], corrections = 2, from: AttemptState = START) =>
  events.reduce((state, event) => step(state, event, { corrections, ladder: LADDER }), from);

test('an attempt whose evidence is right at once becomes ready', () => {
  expect(follow([prepared, { is: 'answered' }, { is: 'verified', work }])).toEqual({
    phase: 'ended',
    outcome: { is: 'ready', work },
  });
});

test('a finding goes back as a correction turn, and the next evidence counts', () => {
  const corrected = follow([prepared, { is: 'answered' }, { is: 'found', finding }]);
  expect(corrected).toEqual({ phase: 'correcting', ...NONE, corrections: 1, finding });
  expect(follow([{ is: 'answered' }, { is: 'verified', work }], 2, corrected)).toMatchObject({
    outcome: { is: 'ready' },
  });
});

test('an attempt whose landing was refused begins with that finding, and every return costs a correction', () => {
  const returned = { is: 'prepared', aim: 'work', returned: { finding, times: 2 } } as const;
  expect(follow([returned])).toEqual({
    phase: 'correcting',
    ...NONE,
    corrections: 2,
    finding,
  });
  expect(follow([returned, { is: 'answered' }, { is: 'found', finding }])).toMatchObject({
    outcome: { is: 'failed' },
  });
});

test('the attempt fails with the last finding when its corrections are used up', () => {
  const again: AttemptEvent[] = [{ is: 'found', finding }, { is: 'answered' }];
  const state = follow([prepared, { is: 'answered' }, ...again, ...again, { is: 'found', finding }]);
  expect(state).toEqual({ phase: 'ended', outcome: { is: 'failed', finding } });
});

test('without corrections the first finding fails the attempt', () => {
  expect(follow([prepared, { is: 'answered' }, { is: 'found', finding }], 0)).toMatchObject({
    outcome: { is: 'failed' },
  });
});

test.each(['session-start', 'interrupted', 'lease-lost', 'machine', 'agent-parked'] as const)(
  'an attempt that ended by %s is given back without a charge',
  (reason) => {
    const state = follow([prepared, { is: 'broken', finding: { reason, text: '' } }]);
    expect(state).toMatchObject({ phase: 'ended', outcome: { is: 'given-back' } });
  },
);

test.each(['session-died', 'timeout', 'turn-failed', 'internal'] as const)(
  'an attempt that ended by %s is charged',
  (reason) => {
    const state = follow([prepared, { is: 'broken', finding: { reason, text: '' } }]);
    expect(state).toMatchObject({ phase: 'ended', outcome: { is: 'failed' } });
  },
);

test('a turn that the account refused waits and is resumed, and costs no correction', () => {
  const refused: AttemptEvent = { is: 'refused', refusal: { cause: 'limit', text: 'limit', resetAtMs: 5 } };
  const waiting = follow([prepared, refused]);
  expect(waiting).toMatchObject({ phase: 'waiting-for-limit', corrections: 0 });
  expect(follow([{ is: 'answered' }], 2, waiting)).toEqual(waiting);
  expect(follow([{ is: 'released' }, refused, { is: 'released' }, { is: 'answered' }], 2, waiting)).toEqual({
    phase: 'verifying',
    ...NONE,
  });
});

const cause: Finding = { reason: 'session-died', text: 'SIGKILL' };
const died: AttemptEvent = { is: 'died', finding: cause };
const revived: AttemptEvent = { is: 'revived', pardoned: false };

test('a turn whose session died waits for the supervisor, is resumed, and is verified like any other', () => {
  const recovering = follow([prepared, died]);
  expect(recovering).toMatchObject({ phase: 'recovering', how: 'wait', deaths: 1, cause });
  expect(follow([revived], 2, recovering)).toMatchObject({ phase: 'recovering', how: 'resume', deaths: 1 });
  expect(follow([revived, { is: 'answered' }], 2, recovering)).toMatchObject({
    phase: 'verifying',
    deaths: 1,
  });
});

test('an attempt in which the session keeps dying is charged to the item', () => {
  const deaths = Array.from({ length: MOST_DEATHS }, () => [died, revived]).flat();
  expect(follow([prepared, ...deaths])).toMatchObject({
    outcome: { is: 'failed', finding: { reason: 'session-died', text: expect.stringContaining('3 times') } },
  });
});

test('deaths that were pardoned do not count', () => {
  const pardoned: AttemptEvent = { is: 'revived', pardoned: true };
  const many = Array.from({ length: 20 }, () => [died, pardoned]).flat();
  expect(follow([prepared, ...many])).toMatchObject({ phase: 'recovering', deaths: 0 });
});

test('a session that does not start any more is not charged to the item', () => {
  const start: AttemptEvent = { is: 'died', finding: { reason: 'session-start', text: 'not ready' } };
  const state = follow([prepared, died, revived, start, revived, start, revived]);
  expect(state).toMatchObject({ outcome: { is: 'given-back', finding: { reason: 'session-start' } } });
});

test('a conversation that is lost is begun anew once, then the attempt fails', () => {
  const lost: AttemptEvent = { is: 'lost', finding: cause };
  const anew = follow([prepared, died, revived, lost]);
  expect(anew).toMatchObject({ phase: 'recovering', how: 'anew', anew: true });
  expect(follow([{ is: 'answered' }], 2, anew)).toMatchObject({ phase: 'verifying', anew: true });
  expect(follow([lost], 2, anew)).toMatchObject({
    outcome: { is: 'failed', finding: { reason: 'session-lost' } },
  });
});

test('planning comes first where it is wanted, and a plan that is not whole goes back a few times', () => {
  const orient: AttemptEvent = { is: 'prepared', aim: 'orient' };
  const unplanned: AttemptEvent = { is: 'unplanned', finding: { reason: 'plan-incomplete', text: 'Risks' } };
  expect(follow([orient])).toMatchObject({ phase: 'orienting', aim: 'orient' });
  const planning = follow([orient, { is: 'answered' }]);
  expect(planning).toEqual({ phase: 'planning', ...NONE, aim: 'plan' });
  expect(follow([{ is: 'planned' }], 2, planning)).toEqual({ phase: 'implementing', ...NONE });
  expect(follow([unplanned], 2, planning)).toMatchObject({ phase: 'planning', revisions: 1, corrections: 0 });
  expect(follow([unplanned, unplanned, unplanned], 2, planning)).toMatchObject({ outcome: { is: 'failed' } });
  // What was written too early is told with the first prompt for the plan, and is no revision of one.
  expect(follow([orient, unplanned])).toMatchObject({ phase: 'planning', aim: 'plan', revisions: 0 });
});

test('what is cut off while it plans goes on planning', () => {
  const planning: AttemptEvent = { is: 'prepared', aim: 'plan' };
  const back = follow([
    planning,
    { is: 'refused', refusal: { cause: 'limit', text: '' } },
    { is: 'released' },
  ]);
  expect(follow([{ is: 'planned' }], 2, back)).toMatchObject({ phase: 'implementing', aim: 'work' });
  expect(follow([planning, died, revived, { is: 'planned' }])).toMatchObject({
    phase: 'implementing',
    aim: 'work',
  });
});

test('a question ends the attempt as held, and so does what waits for a person', () => {
  const question: Finding = { reason: 'question', text: 'Which limit?' };
  const asked = follow([
    { is: 'prepared', aim: 'plan' },
    { is: 'asked', finding: question },
  ]);
  expect(asked).toMatchObject({ phase: 'waiting-for-answer', finding: question });
  const left: AttemptEvent = { is: 'left', finding: question, proposed: [] };
  expect(follow([left], 2, asked)).toEqual({
    phase: 'ended',
    outcome: { is: 'held', finding: question, proposed: [] },
  });
});

const stuck: AttemptEvent = { is: 'stuck', finding: { reason: 'looping', text: 'again' } };
const nothing: AttemptEvent = { is: 'found', finding: { reason: 'no-commits', text: 'none' } };

test('an agent that gets nowhere climbs the ladder to its end, and no correction is spent on that', () => {
  const phases = [];
  let state = follow([prepared]);
  for (const event of [stuck, nothing, stuck, nothing, { is: 'answered' } as const, nothing]) {
    if (event === nothing) state = follow([{ is: 'answered' }], 2, state);
    state = follow([event], 2, state);
    phases.push('rung' in state ? state.rung : state.phase);
  }
  expect(phases).toEqual(['nudge', 'redirect', 'stronger', 'handing-over', 'recovering', 'ended']);
  expect(state).toMatchObject({ outcome: { is: 'failed', finding: { reason: 'no-commits' } } });
});

test.each<AttemptEvent>([{ is: 'answered' }, stuck, died, { is: 'lost', finding: cause }])(
  'whatever comes of the hand-over (%o), a new conversation begins',
  (event) => {
    const state: AttemptState = { phase: 'handing-over', ...NONE, finding };
    expect(follow([event], 2, state)).toMatchObject({ phase: 'recovering', how: 'anew', anew: false });
  },
);

const anyEvent = fc.constantFrom<AttemptEvent>(...EVENTS);

test('no sequence of events leaves an attempt without a way out, or does anything more often than allowed', () => {
  fc.assert(
    fc.property(fc.array(anyEvent, { maxLength: 60 }), fc.nat(5), (events, corrections) => {
      let state: AttemptState = START;
      for (const event of events) {
        state = follow([event], corrections, state);
        if (state.phase === 'ended' || state.phase === 'preparing') continue;
        // A refused landing comes with what it has cost already.
        expect(state.corrections).toBeLessThanOrEqual(Math.max(corrections, 1));
        expect(state.revisions).toBeLessThanOrEqual(corrections);
        expect(state.rungs).toBeLessThanOrEqual(LADDER.length);
        expect(state.deaths).toBeLessThanOrEqual(MOST_DEATHS);
      }
      const out = follow([{ is: 'broken', finding }], corrections, state);
      expect(out.phase).toBe('ended');
      expect(follow(events, corrections, out)).toEqual(out);
      // Also without anything breaking, the usual events lead out of it.
      expect(usualEnd(state, corrections).phase).toBe('ended');
    }),
  );
});

/** What happens if from here on everything goes well. */
function usualEnd(from: AttemptState, corrections: number): AttemptState {
  let state = from;
  for (let steps = 0; state.phase !== 'ended' && steps < 12; steps++) {
    state = follow(WELL, corrections, state);
  }
  return state;
}

const WELL: AttemptEvent[] = [
  prepared,
  { is: 'revived', pardoned: true },
  { is: 'released' },
  { is: 'left', finding, proposed: [] },
  { is: 'planned' },
  { is: 'answered' },
  { is: 'verified', work },
];
