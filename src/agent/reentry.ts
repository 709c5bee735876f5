import type { AttemptState, Finding, Used } from './agent.ts';

/** How an attempt was left, as far as it was written down. */
export interface Left {
  /** The state in its record. */
  state: unknown;
  /** Whether the session was asked something that it had not answered. */
  isAsked: boolean;
  /** Whether turns may begin now: who waited for the account then need not wait any more. */
  isAdmitted: boolean;
}

const CAUSE: Finding = { reason: 'session-died', text: 'the harness was ended and started again' };

/**
 * Where an attempt goes on that an earlier process of the harness left in the middle. Undefined if there is nothing to go on with:
 * it was still being prepared, had ended, or its agent had not been asked anything.
 */
export function reentry({ state, isAsked, isAdmitted }: Left): AttemptState | undefined {
  if (!isMidway(state)) return undefined;
  const { aim, corrections, revisions, rungs, deaths, anew } = state;
  const used: Used = { aim, corrections, revisions, rungs, deaths, anew };
  switch (state.phase) {
    case 'verifying':
    case 'waiting-for-answer':
      return state;
    case 'waiting-for-limit':
      return isAdmitted ? { phase: 'resuming', refusal: state.refusal, ...used } : state;
    case 'orienting':
    case 'planning':
    case 'implementing':
    case 'recovering':
      return isAsked ? { phase: 'recovering', how: 'resume', cause: CAUSE, ...used } : undefined;
    case 'handing-over':
      return { phase: 'recovering', how: 'anew', cause: state.finding, ...used };
    case 'correcting':
    case 'nudged':
    case 'resuming':
      // A prompt that was not sent yet is sent now.
      return isAsked ? { phase: 'recovering', how: 'resume', cause: CAUSE, ...used } : state;
    default:
      return state satisfies never;
  }
}

const PHASES = (
  'orienting planning implementing waiting-for-limit waiting-for-answer resuming recovering verifying correcting nudged ' +
  'handing-over'
).split(' ');
const AIMS = ['orient', 'plan', 'work'];

/** Whether what a record says is a state that has begun and not ended; other versions may have written others. */
function isMidway(value: unknown): value is Exclude<AttemptState, { phase: 'preparing' | 'ended' }> {
  if (typeof value !== 'object' || value === null) return false;
  const { phase, aim, corrections, revisions, rungs, deaths, anew } = value as Record<string, unknown>;
  const counts = [corrections, revisions, rungs, deaths].every((one) => Number.isSafeInteger(one));
  return counts && typeof anew === 'boolean' && AIMS.includes(String(aim)) && PHASES.includes(String(phase));
}
