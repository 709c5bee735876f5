import type { Measured } from '../queue/records.ts';
import type { Verified } from '../worktree/verify.ts';
import type { TreeFacts } from '../worktree/worktree.ts';
import type { AttemptEvent, Reason } from './agent.ts';
import { appraise, isTest } from './appraisal.ts';
import type { Told } from './appraisal.ts';
import type { Dialogue } from './dialogue.ts';
import { commandText, conflictText } from './evidence.ts';
import type { Parts } from './parts.ts';

/** What the evidence says, and what was measured on the way. */
interface Proof {
  event: AttemptEvent;
  measured: Measured;
}

/** Looks at the evidence: the branch, the commits, the tree, and the checks on the merged result. */
export async function verify(
  parts: Parts,
  { told, strays }: Pick<Dialogue, 'told' | 'strays'>,
  untouched: ReadonlySet<string>,
): Promise<Proof> {
  const { branch, base, worktree } = parts;
  const seen = await worktree.facts(branch, base);
  const facts = { ...seen, dirty: seen.dirty.filter((path) => !untouched.has(path)) };
  const measured = { ...measure(facts), ...toldOf(told) };
  const finding = appraise({ branch, base, facts, told, strays });
  if (finding || facts.tip === undefined) {
    return { event: finding ? { is: 'found', finding } : missing(branch), measured };
  }
  return { event: judgeMerge(await parts.verify(facts.tip), facts.tip), measured };
}

const missing = (branch: string): AttemptEvent => found('wrong-branch', `The branch ${branch} is gone.`);

function measure({ commits, diffStat, paths }: TreeFacts): Measured {
  return { commits: commits.length, ...diffStat, tests: paths.filter(isTest).length };
}

/** What was measured of the turn itself. */
export function toldOf(told: Told | undefined): Measured {
  if (!told) return {};
  const { tools, toolErrors, denials, stopReason } = told;
  return { tools, toolErrors, denials, ...(stopReason !== undefined && { stopReason }) };
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
