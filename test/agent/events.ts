import type { AttemptEvent, AttemptState, Finding, Phase, Used } from '../../src/agent/agent.ts';

const finding: Finding = { reason: 'check-failed', text: 'npm test exited with 1' };
const cause: Finding = { reason: 'session-died', text: 'SIGKILL' };
const refusal = { cause: 'limit', text: '' } as const;

/** One event of every kind, and of some more than one: all that differ in what they lead to. */
export const EVENTS: readonly AttemptEvent[] = [
  { is: 'prepared', aim: 'work' },
  { is: 'prepared', aim: 'plan' },
  { is: 'prepared', aim: 'orient' },
  { is: 'prepared', aim: 'work', returned: { finding, times: 1 } },
  { is: 'answered' },
  { is: 'planned' },
  { is: 'unplanned', finding: { reason: 'plan-incomplete', text: '' } },
  { is: 'asked', finding: { reason: 'question', text: '' } },
  { is: 'left', finding: { reason: 'too-big', text: '' }, proposed: [] },
  { is: 'stuck', finding: { reason: 'looping', text: '' } },
  { is: 'refused', refusal },
  { is: 'released' },
  { is: 'died', finding: cause },
  { is: 'revived', pardoned: false },
  { is: 'revived', pardoned: true },
  { is: 'lost', finding: cause },
  { is: 'verified', work: { commit: 'c', target: 't', merge: 'm' } },
  { is: 'found', finding },
  { is: 'found', finding: { reason: 'no-commits', text: '' } },
  { is: 'broken', finding: cause },
];

/** Every state that an attempt can be in, as far as they differ in what leads out of them. */
export function states(): AttemptState[] {
  const counts = { corrections: 0, revisions: 0, rungs: 0, deaths: 0, anew: false };
  const work: Used = { ...counts, aim: 'work' };
  const plan: Used = { ...counts, aim: 'plan' };
  const inTurn = (used: Used): AttemptState[] => [
    { phase: 'nudged', rung: 'nudge', finding, ...used },
    { phase: 'handing-over', finding, ...used },
    { phase: 'waiting-for-limit', refusal, ...used },
    { phase: 'waiting-for-answer', finding, ...used },
    { phase: 'resuming', refusal, ...used },
    { phase: 'recovering', how: 'wait', cause, ...used },
    { phase: 'recovering', how: 'resume', cause, ...used },
    { phase: 'recovering', how: 'anew', cause, ...used },
  ];
  return [
    { phase: 'preparing' },
    { phase: 'orienting', ...counts, aim: 'orient' },
    { phase: 'planning', ...plan },
    { phase: 'implementing', ...work },
    { phase: 'verifying', ...work },
    { phase: 'verifying', ...work, rungs: 1 },
    { phase: 'correcting', finding, ...work },
    ...inTurn(work),
    ...inTurn(plan),
    ...inTurn({ ...work, rungs: 1 }),
  ];
}

export const PHASES: ReadonlySet<Phase> = new Set<Phase>([...states().map(({ phase }) => phase), 'ended']);
