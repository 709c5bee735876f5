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
  | 'session-lost'
  | 'session-start'
  | 'agent-parked'
  | 'silent'
  | 'timeout'
  | 'rounds'
  | 'budget'
  | 'run-budget'
  | 'limit'
  | 'interrupted'
  | 'cancelled'
  | 'held'
  | 'question'
  | 'changed'
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
  cause: 'limit' | 'api' | 'login' | 'billing' | 'model' | 'incident';
  text: string;
  /** When it is said to be over; wall clock, ms. */
  resetAtMs?: number | undefined;
}

/** What an attempt has used up so far. */
export interface Used {
  /** Findings that were sent back. */
  corrections: number;
  /** Deaths and stalls of its session in mid-turn that were not pardoned. */
  deaths: number;
  /** Its conversation was lost and begun anew, which is done once. */
  anew: boolean;
}

/**
 * Where an attempt is:
 * preparing -> implementing -> verifying -> (correcting -> verifying)* -> ended, and from every turn
 * waiting-for-limit -> resuming -> verifying, or after a death
 * recovering (wait for the supervisor, then resume, else begin anew from the evidence) -> verifying.
 */
export type AttemptState =
  | { phase: 'preparing' }
  | ({ phase: 'implementing' } & Used)
  | ({ phase: 'waiting-for-limit'; refusal: Refusal } & Used)
  | ({ phase: 'resuming'; refusal: Refusal } & Used)
  | ({ phase: 'recovering'; how: 'wait' | 'resume' | 'anew'; cause: Finding } & Used)
  | ({ phase: 'verifying' } & Used)
  | ({ phase: 'correcting'; finding: Finding } & Used)
  | { phase: 'ended'; outcome: Outcome };

/** What can happen to an attempt. */
export type AttemptEvent =
  /** `returned`: its landing was refused for this reason, for the how-many-th time. */
  | { is: 'prepared'; returned?: { finding: Finding; times: number } }
  | { is: 'answered' }
  | { is: 'refused'; refusal: Refusal }
  | { is: 'released' }
  /** The session died or stalled in mid-turn. */
  | { is: 'died'; finding: Finding }
  /** The supervisor lets it go on; pardoned: it was no fault of this agent's. */
  | { is: 'revived'; pardoned: boolean }
  /** The conversation cannot be gone on with. */
  | { is: 'lost'; finding: Finding }
  | { is: 'verified'; work: ReadyWork }
  | { is: 'found'; finding: Finding }
  | { is: 'broken'; finding: Finding };

export const START: AttemptState = { phase: 'preparing' };

/** Reasons that lie outside the item: such an attempt does not count against its budget. */
const UNCHARGED: ReadonlySet<Reason> = new Set<Reason>([
  'session-start',
  'interrupted',
  'cancelled',
  'held',
  'question',
  'changed',
  'lease-lost',
  'machine',
  'agent-parked',
  'run-budget',
  'limit',
]);

/** This many deaths in one attempt are taken for the item's doing. */
export const MOST_DEATHS = 3;

/**
 * The next state of an attempt. Pure: a finding during verification costs one correction turn while there are some
 * left, anything broken ends the attempt, and events that do not fit the state change nothing.
 */
export function step(state: AttemptState, event: AttemptEvent, maxCorrections: number): AttemptState {
  if (state.phase === 'ended') return state;
  if (event.is === 'broken') return ended(event.finding);
  switch (state.phase) {
    case 'preparing':
      if (event.is === 'prepared') return prepared(event.returned);
      return event.is === 'found' ? ended(event.finding) : state;
    case 'implementing':
    case 'correcting':
    case 'resuming':
      return turnEnded(state, event);
    case 'recovering':
      return event.is === 'revived' ? revived(state, event.pardoned) : turnEnded(state, event);
    case 'waiting-for-limit':
      return event.is === 'released' ? { ...state, phase: 'resuming' } : state;
    case 'verifying':
      if (event.is === 'verified') {
        return { phase: 'ended', outcome: { is: 'ready', work: event.work } };
      }
      if (event.is !== 'found') return state;
      if (state.corrections >= maxCorrections) return ended(event.finding);
      return {
        ...usedBy(state),
        phase: 'correcting',
        corrections: state.corrections + 1,
        finding: event.finding,
      };
    default:
      return state satisfies never;
  }
}

/** A return costs a correction like any other finding, so that no attempt goes back and forth for ever. */
function prepared(returned: { finding: Finding; times: number } | undefined): AttemptState {
  const used = { corrections: returned?.times ?? 0, deaths: 0, anew: false };
  return returned
    ? { phase: 'correcting', ...used, finding: returned.finding }
    : { phase: 'implementing', ...used };
}

const usedBy = ({ corrections, deaths, anew }: Used): Used => ({ corrections, deaths, anew });

function turnEnded(state: AttemptState & Used, event: AttemptEvent): AttemptState {
  const used = usedBy(state);
  switch (event.is) {
    case 'answered':
      return { phase: 'verifying', ...used };
    case 'refused':
      return { phase: 'waiting-for-limit', ...used, refusal: event.refusal };
    case 'died':
      return { phase: 'recovering', how: 'wait', ...used, deaths: used.deaths + 1, cause: event.finding };
    case 'lost':
      if (used.anew) return ended({ reason: 'session-lost', text: event.finding.text });
      return { phase: 'recovering', how: 'anew', ...used, anew: true, cause: event.finding };
    case 'prepared':
    case 'released':
    case 'revived':
    case 'verified':
    case 'found':
    case 'broken':
      return state;
    default:
      return event satisfies never;
  }
}

function revived(state: Extract<AttemptState, { phase: 'recovering' }>, pardoned: boolean): AttemptState {
  const deaths = pardoned ? state.deaths - 1 : state.deaths;
  if (deaths < MOST_DEATHS) return { ...state, how: 'resume', deaths };
  // That it would not even start is not the item's doing.
  const reason = state.cause.reason === 'session-start' ? 'session-start' : 'session-died';
  const text = `the session died or stalled ${deaths} times in this attempt, last: ${state.cause.text}`;
  return ended({ reason, text });
}

const ended = (finding: Finding): AttemptState => ({ phase: 'ended', outcome: unready(finding) });

/** The outcome of an attempt that a finding ended: charged to the item, or not. */
export function unready(finding: Finding): Outcome {
  return { is: UNCHARGED.has(finding.reason) ? 'given-back' : 'failed', finding };
}
