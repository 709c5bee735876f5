import type { Aim, AttemptEvent, Finding, Reason } from './agent.ts';

/** What is said of a turn before the next prompt: it did what it was for, it has to be put right, or it went where it must not. */
export type Verdict = { is: 'accepted' } | { is: 'correct' | 'out-of-bounds'; finding: Finding };

/** Work outside of the folder, on another branch, on what is not its own, or past where the turn ends. */
const OUT: ReadonlySet<Reason> = new Set<Reason>([
  'out-of-bounds',
  'outside',
  'wrong-branch',
  'wrote-in-plan',
]);

/**
 * The verdict that an event contains; undefined where none is due: the turn was cut off or still runs, or its work has yet to be
 * verified (`answered` in a turn of work).
 */
export function verdictOf(event: AttemptEvent, aim: Aim): Verdict | undefined {
  switch (event.is) {
    case 'planned':
    case 'asked':
    case 'left':
    case 'verified':
      return { is: 'accepted' };
    case 'answered':
      return aim === 'work' ? undefined : { is: 'accepted' };
    case 'unplanned':
    case 'found':
      return { is: OUT.has(event.finding.reason) ? 'out-of-bounds' : 'correct', finding: event.finding };
    case 'broken':
      return OUT.has(event.finding.reason) ? { is: 'out-of-bounds', finding: event.finding } : undefined;
    case 'prepared':
    case 'stuck':
    case 'refused':
    case 'released':
    case 'died':
    case 'revived':
    case 'lost':
      return undefined;
    default:
      return event satisfies never;
  }
}
