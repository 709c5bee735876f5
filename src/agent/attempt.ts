import type { CommandResult } from '../command.ts';
import { codeOf, HarnessError, messageOf } from '../errors.ts';
import type { WorkItem } from '../queue/work-item.ts';
import type { Session } from '../session/session.ts';
import { StartError } from '../session/start-error.ts';
import type { TurnEnd } from '../session/turn.ts';
import type { Verified } from '../worktree/verify.ts';
import type { Worktree } from '../worktree/worktree.ts';
import { MOST_DEATHS, START, step } from './agent.ts';
import type { AttemptEvent, AttemptState, Finding, Outcome, Reason, Refusal } from './agent.ts';
import { Broken } from './broken.ts';
import { commandText, conflictText } from './evidence.ts';
import { judge } from './judge.ts';
import { prepare } from './prepare.ts';
import type { Going } from './prepare.ts';
import { correctPrompt, goOnPrompt, implementPrompt, list, recoverPrompt } from './prompt.ts';
import { resolvePrompt, resumePrompt } from './prompt.ts';
import type { Scene } from './prompt.ts';
import type { Templates } from './template.ts';

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
  before?: Finding | undefined;
  earlier?: Scene['earlier'];
  answers?: Scene['answers'];
  /** Goes on with an earlier attempt, instead of from the beginning. */
  going?: Going | undefined;
  maxCorrections: number;
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
  /** Tells what happens: the phase that begins, a turn that ended. */
  report(news: Report): void;
}

export interface Returned {
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
  | { is: 'turn-ended'; end: TurnEnd };

/**
 * The story of one attempt: prepare the tree, let the agent work, look at the evidence, send findings back, and say
 * how it ended. Never rejects. The agent's words count for nothing here: only commits, a clean tree and checks do.
 */
export async function runAttempt(parts: Parts): Promise<Outcome> {
  let state = parts.from ?? START;
  let untouched: ReadonlySet<string> = new Set(parts.untouched);
  for (;;) {
    if (state.phase === 'ended') return state.outcome;
    parts.report({ is: 'phase', state, ...detailOf(state) });
    let event: AttemptEvent;
    try {
      if (state.phase === 'preparing') {
        untouched = await prepare(parts);
        parts.report({ is: 'prepared', untouched: [...untouched] });
      }
      event = await perform(state, parts, untouched);
    } catch (error) {
      event = { is: 'broken', finding: findingOf(error) };
    }
    if (parts.abort.aborted) event = { is: 'broken', finding: abortFinding(parts.abort) };
    state = step(state, event, parts.maxCorrections);
  }
}

function detailOf(state: AttemptState): { detail?: string } {
  if (state.phase === 'correcting') return { detail: state.finding.reason };
  if (state.phase === 'recovering') return { detail: `${state.how}: ${state.cause.text}` };
  return state.phase === 'waiting-for-limit' ? { detail: state.refusal.text } : {};
}

/** What an error means for an attempt: the machine's fault, or one of ours. */
export function findingOf(error: unknown): Finding {
  if (error instanceof Broken) return error.finding;
  const isMachine = error instanceof HarnessError ? error.trouble === 'environment' : isOfMachine(error);
  return { reason: isMachine ? 'machine' : 'internal', text: messageOf(error) };
}

/** What a full or broken disk, or a machine without room, answers to any call: no item causes it. */
const OF_MACHINE = new Set(['ENOSPC', 'EDQUOT', 'EROFS', 'EIO', 'EMFILE', 'ENFILE', 'EAGAIN', 'ENOMEM']);
const isOfMachine = (error: unknown): boolean => OF_MACHINE.has(codeOf(error) ?? '');

function abortFinding(abort: AbortSignal): Finding {
  const given: unknown = abort.reason;
  const isFinding = typeof given === 'object' && given !== null && 'reason' in given && 'text' in given;
  return isFinding ? (given as Finding) : { reason: 'interrupted', text: 'the run was stopped' };
}

async function perform(
  state: Exclude<AttemptState, { phase: 'ended' }>,
  parts: Parts,
  untouched: ReadonlySet<string>,
): Promise<AttemptEvent> {
  switch (state.phase) {
    case 'preparing':
      return { is: 'prepared', ...(parts.returned && { returned: parts.returned }) };
    case 'implementing':
      return implement(parts);
    case 'correcting':
      return correct(parts, state.finding);
    case 'waiting-for-limit':
      return (await parts.waitForAccount(state.refusal)) ?? { is: 'released' };
    case 'resuming':
      return turn(
        parts,
        await sessionOf(parts.session()),
        resumePrompt(parts.templates, parts, state.refusal),
      );
    case 'recovering':
      return recover(state, parts);
    case 'verifying':
      return verify(parts, untouched);
    default:
      return state satisfies never;
  }
}

/** The first turn of the work itself, in the conversation that there is. */
async function implement(parts: Parts): Promise<AttemptEvent> {
  const session = await sessionOf(parts.session());
  const { templates, going } = parts;
  return turn(parts, session, (await going?.prompt(parts, session.id)) ?? implementPrompt(templates, parts));
}

/** Sends a finding back; a refused landing to whoever made the commits, else to one who is told all of it. */
async function correct(parts: Parts, finding: Finding): Promise<AttemptEvent> {
  const session = await sessionOf(parts.session());
  const { templates, branch, returned } = parts;
  const isReturned = finding === returned?.finding;
  if (!isReturned && finding.reason !== 'conflict')
    return turn(parts, session, correctPrompt(templates, parts, finding));
  const resolve = resolvePrompt(templates, parts, { finding, isReturned });
  if (!isReturned || session.id === returned?.session) return turn(parts, session, resolve);
  const facts = await parts.worktree.facts(branch, parts.base);
  return turn(parts, session, `${recoverPrompt(templates, parts, facts)}\n\n${resolve}`);
}

/** A session that was asked for; one that cannot be opened ends the attempt. */
async function sessionOf(opening: Promise<Session>): Promise<Session> {
  try {
    return await opening;
  } catch (error) {
    throw new Broken('session-start', messageOf(error));
  }
}

type Recovering = Extract<AttemptState, { phase: 'recovering' }>;

/** After a death: the supervisor's leave, then the same conversation, else a new one that is told what is found in the folder. */
async function recover({ how, cause, deaths }: Recovering, parts: Parts): Promise<AttemptEvent> {
  switch (how) {
    case 'wait': {
      const verdict = await parts.revive({ wait: deaths < MOST_DEATHS });
      if ('pardoned' in verdict) return { is: 'revived', pardoned: verdict.pardoned };
      return { is: 'broken', finding: { reason: 'agent-parked', text: verdict.parked } };
    }
    case 'resume':
      return resume(parts, cause);
    case 'anew': {
      const facts = await parts.worktree.facts(parts.branch, parts.base);
      return turn(parts, await sessionOf(parts.anew(cause)), recoverPrompt(parts.templates, parts, facts));
    }
    default:
      return how satisfies never;
  }
}

async function resume(parts: Parts, cause: Finding): Promise<AttemptEvent> {
  const prompt = goOnPrompt(parts.templates, parts, cause);
  let session: Session | undefined;
  try {
    session = await parts.resume(prompt);
  } catch (error) {
    const why = error instanceof StartError ? error.why : 'hopeless';
    if (why === 'hopeless') throw new Broken('session-start', messageOf(error));
    // The turn goes on as soon as the process is up: its death there is one in mid-turn.
    const reason = why === 'died' ? 'session-died' : 'session-start';
    return { is: 'died', finding: { reason, text: messageOf(error) } };
  }
  return session ? turn(parts, session, prompt, 'go-on') : { is: 'lost', finding: cause };
}

/** One turn, to its end or to the end of the attempt. */
async function turn(
  parts: Parts,
  session: Session,
  prompt: string,
  how: 'new' | 'go-on' = 'new',
): Promise<AttemptEvent> {
  const broke = how === 'new' ? await parts.afford() : undefined;
  if (broke) return broke;
  const interrupt = () => void session.interrupt();
  parts.abort.addEventListener('abort', interrupt, { once: true });
  if (parts.abort.aborted) return { is: 'broken', finding: abortFinding(parts.abort) };
  const end = await (how === 'new' ? session.turn(prompt) : session.goOn(prompt));
  parts.abort.removeEventListener('abort', interrupt);
  parts.report({ is: 'turn-ended', end });
  // Before the evidence is looked at, nothing of the turn goes on changing it.
  await session.atBoundary();
  const foul = await parts.guard();
  return foul === undefined ? judge(end) : { is: 'broken', finding: foul };
}

/** Looks at the evidence: the branch, the commits, the tree, and the checks on the merged result. */
async function verify(parts: Parts, untouched: ReadonlySet<string>): Promise<AttemptEvent> {
  const { branch, base, worktree } = parts;
  const facts = await worktree.facts(branch, base);
  if (!facts.onBranch || facts.tip === undefined) {
    const where = facts.branch ?? `no branch (detached at ${facts.head})`;
    return found('wrong-branch', `The folder is on ${where}, not on ${branch}.`);
  }
  const dirty = facts.dirty.filter((path) => !untouched.has(path));
  if (facts.commits.length === 0) {
    const more = dirty.length > 0 ? ` Uncommitted:\n${list(dirty)}` : '';
    return found('no-commits', `There are no commits on ${branch} since ${base}.${more}`);
  }
  if (facts.unfinished !== undefined)
    return found('dirty-tree', `A ${facts.unfinished} was begun and not ended.`);
  if (dirty.length > 0) return found('dirty-tree', `Uncommitted:\n${list(dirty)}`);
  return judgeMerge(await parts.verify(facts.tip), facts.tip);
}

/** What the merge with the target and the checks on the result say. */
function judgeMerge(result: Verified, commit: string): AttemptEvent {
  switch (result.is) {
    case 'passed':
      return { is: 'verified', work: { commit, target: result.target, merge: result.merge } };
    case 'conflict':
      return found('conflict', conflictText(result, commit));
    case 'contained':
      return found(
        'no-commits',
        `The target, commit ${result.target}, has every commit of this branch already.`,
      );
    case 'failed':
      return found(
        result.during === 'setup' ? 'setup-failed' : 'check-failed',
        commandText(result.command, result.result),
      );
    default:
      return result satisfies never;
  }
}

const found = (reason: Reason, text: string): AttemptEvent => ({ is: 'found', finding: { reason, text } });
