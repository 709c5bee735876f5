/** Why an attempt did not become ready: the reason codes of records, names and reports. */
export type Reason =
  | 'no-commits'
  | 'dirty-tree'
  | 'wrong-branch'
  | 'check-failed'
  | 'conflict'
  | 'setup-failed'
  | 'turn-failed'
  | 'session-died'
  | 'session-start'
  | 'silent'
  | 'timeout'
  | 'interrupted'
  | 'lease-lost'
  | 'out-of-bounds'
  | 'machine'
  | 'internal';

/** What was observed, in the words that the agent, the record and the person get to read. */
export interface Finding {
  reason: Reason;
  text: string;
}

/** Commits that passed the checks merged with the target as it was then. */
export interface ReadyWork {
  /** The head of the attempt's branch. */
  commit: string;
  /** The target that it was merged with, and the merge commit that the checks ran on. */
  target: string;
  merge: string;
}

/** How an attempt ended. `failed` is charged to the item, `given-back` is not: the item did not cause it. */
export type Outcome =
  | { is: 'ready'; work: ReadyWork }
  | { is: 'failed'; finding: Finding }
  | { is: 'given-back'; finding: Finding };

/** A refusal that lies with the account, not with the item: the attempt waits for it and then goes on. */
export interface Refusal {
  cause: 'limit' | 'api' | 'login';
  text: string;
  /** When it is said to be over; wall clock, ms. */
  resetAtMs?: number | undefined;
}

/**
 * Where an attempt is:
 * preparing -> implementing -> verifying -> (correcting -> verifying)* -> ended, and from every turn
 * waiting-for-limit -> resuming -> verifying.
 */
export type AttemptState =
  | { phase: 'preparing' }
  | { phase: 'implementing' }
  | { phase: 'waiting-for-limit'; corrections: number; refusal: Refusal }
  | { phase: 'resuming'; corrections: number; refusal: Refusal }
  | { phase: 'verifying'; corrections: number }
  | { phase: 'correcting'; corrections: number; finding: Finding }
  | { phase: 'ended'; outcome: Outcome };

/** What can happen to an attempt. */
export type AttemptEvent =
  | { is: 'prepared' }
  | { is: 'answered' }
  | { is: 'refused'; refusal: Refusal }
  | { is: 'released' }
  | { is: 'verified'; work: ReadyWork }
  | { is: 'found'; finding: Finding }
  | { is: 'broken'; finding: Finding };

export const START: AttemptState = { phase: 'preparing' };

/** Reasons that lie outside the item: such an attempt does not count against its budget. */
const UNCHARGED: ReadonlySet<Reason> = new Set<Reason>([
  'session-start',
  'interrupted',
  'lease-lost',
  'machine',
]);

/**
 * The next state of an attempt. Pure: a finding during verification costs one correction turn while there are some
 * left, anything broken ends the attempt, and events that do not fit the state change nothing.
 */
export function step(state: AttemptState, event: AttemptEvent, maxCorrections: number): AttemptState {
  if (state.phase === 'ended') return state;
  if (event.is === 'broken') return ended(event.finding);
  switch (state.phase) {
    case 'preparing':
      if (event.is === 'prepared') return { phase: 'implementing' };
      return event.is === 'found' ? ended(event.finding) : state;
    case 'implementing':
      return turnEnded(state, event, 0);
    case 'correcting':
    case 'resuming':
      return turnEnded(state, event, state.corrections);
    case 'waiting-for-limit':
      return event.is === 'released' ? { ...state, phase: 'resuming' } : state;
    case 'verifying':
      if (event.is === 'verified') {
        return { phase: 'ended', outcome: { is: 'ready', work: event.work } };
      }
      if (event.is !== 'found') return state;
      if (state.corrections >= maxCorrections) return ended(event.finding);
      return { phase: 'correcting', corrections: state.corrections + 1, finding: event.finding };
    default:
      return state satisfies never;
  }
}

function turnEnded(state: AttemptState, event: AttemptEvent, corrections: number): AttemptState {
  if (event.is === 'answered') return { phase: 'verifying', corrections };
  return event.is === 'refused' ? { phase: 'waiting-for-limit', corrections, refusal: event.refusal } : state;
}

const ended = (finding: Finding): AttemptState => ({ phase: 'ended', outcome: unready(finding) });

/** The outcome of an attempt that a finding ended: charged to the item, or not. */
export function unready(finding: Finding): Outcome {
  return { is: UNCHARGED.has(finding.reason) ? 'given-back' : 'failed', finding };
}
