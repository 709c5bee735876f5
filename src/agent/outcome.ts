/** Why an attempt did not become ready: the reason codes of records, names and reports. */
export type Reason =
  | 'no-commits'
  /** It answered with a plan, with a question to nobody, or with a claim that the facts deny, instead of doing the work. */
  | 'plan-only'
  | 'asked-nobody'
  | 'false-claim'
  /** The same call with the same result again and again, or the same failure. */
  | 'looping'
  | 'same-failure'
  /** Its plan lacks a section, it wrote while it planned, or it worked outside of its folder. */
  | 'plan-incomplete'
  | 'wrote-in-plan'
  | 'outside'
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
  | 'overuse'
  | 'limit'
  | 'interrupted'
  | 'cancelled'
  | 'held'
  /** It waits for a person: for the answer to a question, a plan to be approved, an item to be cut into smaller ones. */
  | 'question'
  | 'approval'
  | 'too-big'
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
  | { is: 'given-back'; finding: Finding }
  /** A person decides how it goes on; not charged. */
  | { is: 'held'; finding: Finding; proposed: readonly Proposal[] };

/** A smaller item that the agent would make of one that is too big. */
export interface Proposal {
  title: string;
  body: string;
}

/** A refusal that lies with the account, not with the item: the attempt waits for it and then goes on. */
export interface Refusal {
  cause: 'limit' | 'api' | 'login' | 'billing' | 'model' | 'incident';
  text: string;
  /** When it is said to be over; wall clock, ms. */
  resetAtMs?: number | undefined;
}

/** Reasons that lie outside the item: such an attempt does not count against its budget. */
const UNCHARGED: ReadonlySet<Reason> = new Set<Reason>([
  'session-start',
  'interrupted',
  'cancelled',
  'held',
  'question',
  'approval',
  'too-big',
  'changed',
  'lease-lost',
  'machine',
  'agent-parked',
  'run-budget',
  'limit',
]);

/** The outcome of an attempt that a finding ended: charged to the item, or not. */
export function unready(finding: Finding): Outcome {
  return { is: UNCHARGED.has(finding.reason) ? 'given-back' : 'failed', finding };
}
