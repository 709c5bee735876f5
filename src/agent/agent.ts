import { unready } from './outcome.ts';
import type { Finding, Outcome, Proposal, Reason, ReadyWork, Refusal } from './outcome.ts';

export { unready } from './outcome.ts';
export type { Finding, Outcome, Proposal, Reason, ReadyWork, Refusal } from './outcome.ts';

/** What the turn under way, or the next one, is for: its end is looked at accordingly. */
export type Aim = 'orient' | 'plan' | 'work';

/** What is done about an agent that gets nowhere, one rung after the other. */
export type Rung = 'nudge' | 'redirect' | 'stronger' | 'anew';

/** What an attempt has used up so far. */
export interface Used {
  aim: Aim;
  /** Findings that were sent back. */
  corrections: number;
  /** Plans that were sent back. */
  revisions: number;
  /** Rungs of the ladder that were climbed. */
  rungs: number;
  /** Deaths and stalls of its session in mid-turn that were not pardoned. */
  deaths: number;
  /** Its conversation was lost and begun anew, which is done once. */
  anew: boolean;
}

/** How often what may be done in an attempt. */
export interface Allowance {
  corrections: number;
  ladder: readonly Rung[];
}

/** Where an attempt is; the diagram of it is in ARCHITECTURE.md. */
export type AttemptState =
  | { phase: 'preparing' }
  | ({ phase: 'orienting' } & Used)
  /** `finding`: what is wrong with the plan that there is, or with what came before it. */
  | ({ phase: 'planning'; finding?: Finding | undefined } & Used)
  | ({ phase: 'implementing' } & Used)
  | ({ phase: 'verifying' } & Used)
  | ({ phase: 'correcting'; finding: Finding } & Used)
  | ({ phase: 'nudged'; rung: Exclude<Rung, 'anew'>; finding: Finding } & Used)
  | ({ phase: 'handing-over'; finding: Finding } & Used)
  | ({ phase: 'waiting-for-limit'; refusal: Refusal } & Used)
  | ({ phase: 'waiting-for-answer'; finding: Finding } & Used)
  | ({ phase: 'resuming'; refusal: Refusal } & Used)
  | ({ phase: 'recovering'; how: 'wait' | 'resume' | 'anew'; cause: Finding } & Used)
  | { phase: 'ended'; outcome: Outcome };

export type Phase = AttemptState['phase'];
type Running<P extends Phase> = Extract<AttemptState, { phase: P }>;

/** What can happen to an attempt. */
export type AttemptEvent =
  /** The tree is ready; `aim`: what the first turn is for. `returned`: its landing was refused for the how-many-th time. */
  | { is: 'prepared'; aim: Aim; returned?: { finding: Finding; times: number } | undefined }
  | { is: 'answered' }
  /** The plan is whole, or it is not. */
  | { is: 'planned' }
  | { is: 'unplanned'; finding: Finding }
  /** A person is needed: an answer brings the attempt back, anything else ends it. */
  | { is: 'asked'; finding: Finding }
  | { is: 'left'; finding: Finding; proposed: readonly Proposal[] }
  /** The turn gets nowhere; it may still run. */
  | { is: 'stuck'; finding: Finding }
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

/**
 * What ends a phase that does not end by itself: the time of the whole attempt, besides that the patience with a session that says
 * nothing, or (time stands still meanwhile) the account's gate.
 */
export const DEADLINES: Readonly<Record<Phase, 'attempt' | 'silence' | 'gate' | 'none'>> = {
  preparing: 'attempt',
  orienting: 'silence',
  planning: 'silence',
  implementing: 'silence',
  verifying: 'attempt',
  correcting: 'silence',
  nudged: 'silence',
  'handing-over': 'silence',
  'waiting-for-limit': 'gate',
  'waiting-for-answer': 'attempt',
  resuming: 'silence',
  recovering: 'silence',
  ended: 'none',
};

export const START: AttemptState = { phase: 'preparing' };

/** This many deaths in one attempt are taken for the item's doing. */
export const MOST_DEATHS = 3;

/** Findings that another way of working helps against: they climb the ladder. All others are corrected. */
const GETS_NOWHERE: ReadonlySet<Reason> = new Set<Reason>([
  'no-commits',
  'plan-only',
  'asked-nobody',
  'false-claim',
]);

/**
 * The next state of an attempt. Pure: a finding costs a correction turn or a rung of the ladder while there are some left,
 * anything broken ends the attempt, and events that do not fit the state change nothing.
 */
export function step(state: AttemptState, event: AttemptEvent, allowance: Allowance): AttemptState {
  if (state.phase === 'ended') return state;
  if (event.is === 'broken') return ended(event.finding);
  switch (state.phase) {
    case 'preparing':
      if (event.is === 'prepared') return prepared(event);
      return event.is === 'found' ? ended(event.finding) : state;
    case 'orienting':
    case 'planning':
    case 'implementing':
    case 'correcting':
    case 'nudged':
    case 'resuming':
      return inTurn(state, event, allowance);
    case 'recovering':
      if (state.how !== 'wait') return inTurn(state, event, allowance);
      return event.is === 'revived' ? revived(state, event.pardoned) : state;
    case 'handing-over':
      return endsTurn(event)
        ? { phase: 'recovering', how: 'anew', cause: state.finding, ...usedBy(state) }
        : state;
    case 'waiting-for-limit':
      return event.is === 'released' ? { ...state, phase: 'resuming' } : state;
    case 'waiting-for-answer':
      return event.is === 'left' ? held(event) : state;
    case 'verifying':
      return verifying(state, event, allowance);
    default:
      return state satisfies never;
  }
}

function prepared({ aim, returned }: Extract<AttemptEvent, { is: 'prepared' }>): AttemptState {
  const used: Used = { aim, corrections: 0, revisions: 0, rungs: 0, deaths: 0, anew: false };
  // A return costs a correction like any other finding, so that no attempt goes back and forth for ever.
  if (returned) {
    return {
      phase: 'correcting',
      ...used,
      aim: 'work',
      corrections: returned.times,
      finding: returned.finding,
    };
  }
  return begin(used);
}

const FIRST = { orient: 'orienting', plan: 'planning', work: 'implementing' } as const;

const begin = (used: Used): AttemptState => ({ phase: FIRST[used.aim], ...used });

const usedBy = ({ aim, corrections, revisions, rungs, deaths, anew }: Used): Used => ({
  aim,
  corrections,
  revisions,
  rungs,
  deaths,
  anew,
});

/** What can happen while a turn runs. */
function inTurn(state: AttemptState & Used, event: AttemptEvent, allowance: Allowance): AttemptState {
  const used = usedBy(state);
  switch (event.is) {
    case 'answered':
      return answered(state, used);
    case 'planned':
      return used.aim === 'plan' ? begin({ ...used, aim: 'work' }) : state;
    case 'unplanned':
      return used.aim === 'work' ? state : unplanned(used, event.finding, allowance);
    case 'asked':
      return { phase: 'waiting-for-answer', ...used, finding: event.finding };
    case 'left':
      return held(event);
    case 'stuck':
      return climb(used, event.finding, allowance);
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

/** The answer to a plan is judged before it gets here. */
function answered(state: AttemptState, used: Used): AttemptState {
  if (used.aim === 'work') return { phase: 'verifying', ...used };
  return used.aim === 'orient' ? begin({ ...used, aim: 'plan' }) : state;
}

const endsTurn = ({ is }: AttemptEvent): boolean =>
  ['answered', 'planned', 'unplanned', 'stuck', 'refused', 'died', 'lost'].includes(is);

function unplanned(used: Used, finding: Finding, { corrections }: Allowance): AttemptState {
  // What was written while getting to know the repository is told with the prompt for the plan.
  if (used.aim === 'orient') return { phase: 'planning', ...used, aim: 'plan', finding };
  if (used.revisions >= corrections) return ended(finding);
  return { phase: 'planning', ...used, revisions: used.revisions + 1, finding };
}

function verifying(state: Running<'verifying'>, event: AttemptEvent, allowance: Allowance): AttemptState {
  if (event.is === 'verified') return { phase: 'ended', outcome: { is: 'ready', work: event.work } };
  if (event.is !== 'found') return state;
  const used = usedBy(state);
  if (GETS_NOWHERE.has(event.finding.reason)) return climb(used, event.finding, allowance);
  if (used.corrections >= allowance.corrections) return ended(event.finding);
  return { phase: 'correcting', ...used, corrections: used.corrections + 1, finding: event.finding };
}

/** The next rung of the ladder; at its end the item is given back. */
function climb(used: Used, finding: Finding, { ladder }: Allowance): AttemptState {
  const rung = ladder[used.rungs];
  if (rung === undefined) return ended(finding);
  const more = { ...used, rungs: used.rungs + 1 };
  if (rung === 'anew') return { phase: 'handing-over', ...more, finding };
  return { phase: 'nudged', ...more, rung, finding };
}

function revived(state: Running<'recovering'>, pardoned: boolean): AttemptState {
  const deaths = pardoned ? state.deaths - 1 : state.deaths;
  if (deaths < MOST_DEATHS) return { ...state, how: 'resume', deaths };
  // That it would not even start is not the item's doing.
  const reason = state.cause.reason === 'session-start' ? 'session-start' : 'session-died';
  const text = `the session died or stalled ${deaths} times in this attempt, last: ${state.cause.text}`;
  return ended({ reason, text });
}

const ended = (finding: Finding): AttemptState => ({ phase: 'ended', outcome: unready(finding) });

const held = ({ finding, proposed }: Extract<AttemptEvent, { is: 'left' }>): AttemptState => ({
  phase: 'ended',
  outcome: { is: 'held', finding, proposed },
});
