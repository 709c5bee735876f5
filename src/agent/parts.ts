import type { CommandResult } from '../command.ts';
import type { Measured } from '../queue/records.ts';
import type { Planning, WorkItem } from '../queue/work-item.ts';
import type { SessionEvent } from '../session/protocol.ts';
import type { Session } from '../session/session.ts';
import type { TurnEnd } from '../session/turn.ts';
import type { Verified } from '../worktree/verify.ts';
import type { Worktree } from '../worktree/worktree.ts';
import type { Aim, Allowance, AttemptEvent, AttemptState, Finding, Refusal } from './agent.ts';
import type { Going } from './prepare.ts';
import type { Scene } from './prompt.ts';
import type { Templates } from './template.ts';
import type { Verdict } from './verdict.ts';

/** What an attempt is given. It does not know that there is a queue. */
export interface Parts {
  item: WorkItem;
  branch: string;
  /** The commit id to start from. */
  base: string;
  worktree: Worktree;
  checks: readonly string[];
  /** What the agent is told, as texts with gaps. */
  templates: Templates;
  before?: Scene['before'];
  earlier?: Scene['earlier'];
  answers?: Scene['answers'];
  handedOver?: Scene['handedOver'];
  /** Goes on with an earlier attempt, instead of from the beginning. */
  going?: Going | undefined;
  /** How often what may be done about it. */
  allowance: Allowance;
  /** The same call with the same result so often in one turn is taken for a circle. */
  maxSame: number;
  /** Whether items are planned that do not say so themselves. */
  planning: Planning;
  /** The name of the repository. */
  repository: string;
  /** A plan that a person wants changed, and in which way. */
  draft?: string | undefined;
  wishes?: string | undefined;
  /** The plan that is accepted already. */
  plan?: string | undefined;
  /** Whether the agent's conversation has met this repository before. */
  isMet: boolean;
  /** Where it may write besides its folder. */
  temporary: readonly string[];
  /** Aborted when the lease is lost, the time is up or the run stops; `abort.reason` is a Finding. */
  abort: AbortSignal;
  /** It was ready, but its landing was refused: it goes on from that commit, in the conversation that made it. */
  returned?: Returned | undefined;
  /** Where an earlier process of the harness left this attempt, if it did. */
  from?: AttemptState | undefined;
  /** What the set-up left uncommitted, if it has run already. */
  untouched?: readonly string[];
  /** The agent's session, opened when it is first needed. */
  session(): Promise<Session>;
  /** Gives the session the model and the rights that a turn is for, from the next request on. */
  equip(session: Session, how: Equipment): Promise<void>;
  /** Hands every event of the session to `hear`, until what it returns is called. */
  listen(hear: (event: SessionEvent) => void): () => void;
  /** Saves what is in the folder and makes it what it was at the beginning. */
  restore(): Promise<void>;
  /** Keeps the plan with the item. */
  keepPlan(plan: string): void;
  /** The session that was cut off, gone on with; `prompt` is what it goes on with. Undefined if it cannot be. */
  resume(prompt: string): Promise<Session | undefined>;
  /** A new conversation in place of the one that is lost. */
  anew(cause: Finding): Promise<Session>;
  /**
   * What the supervisor says after a death, waited off if it is to be gone on with (`wait`); `pardoned`: that was no fault of
   * this agent's.
   */
  revive(how: { wait: boolean }): Promise<{ pardoned: boolean } | { parked: string }>;
  /** Sets the agent's worktree up, where that is needed. */
  setUp(): Promise<{ command: string; result: CommandResult } | undefined>;
  /** Merges a commit with the target and checks the result in a spare worktree. */
  verify(commit: string): Promise<Verified>;
  /** Looks what the agent did in its turn to things that are not its own; a finding ends the attempt. */
  guard(): Promise<Finding | undefined>;
  /** Whether another turn may be paid for, which may have to be waited for; else what ends the attempt. */
  afford(): Promise<AttemptEvent | undefined>;
  /** Waits until the account's gate lets this agent go on; else what ends the attempt. */
  waitForAccount(refusal: Refusal): Promise<AttemptEvent | undefined>;
  /** Tells what happens: the phase that begins, a turn that ended, what was said of it. */
  report(news: Report): void;
}

interface Returned {
  finding: Finding;
  /** What was to be landed: where its branch is. */
  commit: string;
  /** How often that has happened to this attempt. */
  times: number;
  /** The conversation that made it. */
  session: string | undefined;
}

export type Report =
  | { is: 'phase'; state: AttemptState; detail?: string }
  /** The tree is ready; `untouched` is what the set-up left uncommitted there. */
  | { is: 'prepared'; untouched: string[] }
  | { is: 'turn-ended'; end: TurnEnd }
  | { is: 'judged'; verdict: Verdict; measured: Measured };

/** What a turn needs: planning has a model of its own and writes nothing; `isStrong`: an agent that got nowhere gets another one. */
export interface Equipment {
  aim: Aim;
  isStrong: boolean;
}
