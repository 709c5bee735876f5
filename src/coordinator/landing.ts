import { unready } from '../agent/agent.ts';
import type { Finding, ReadyWork } from '../agent/agent.ts';
import { findingOf } from '../agent/broken.ts';
import { commandText, conflictText, theirSide } from '../agent/evidence.ts';
import type { Lease } from '../queue/name.ts';
import type { AttemptRecord } from '../queue/records.ts';
import type { WorkItem } from '../queue/work-item.ts';
import { land, landedAlready } from '../worktree/merge.ts';
import { changeSince, sidesOf } from '../worktree/sides.ts';
import type { RigWorks, Run } from './run.ts';
import { verifyCommit } from './checks.ts';
import type { AttemptEnd } from './work.ts';

/** An attempt that passed its checks and waits for its landing. */
export interface Ready {
  lease: Lease;
  item: WorkItem;
  work: ReadyWork;
  record: AttemptRecord;
}

export type LandingEnd =
  | { is: 'landed'; commit: string }
  /** `evidence`: what it had changed, for an attempt that begins anew. */
  | { is: 'refused'; finding: Finding; evidence: string }
  | { is: 'interrupted' }
  | { is: 'trouble'; finding: Finding };

/**
 * Lands one ready attempt: asks first whether it has landed already, merges and checks again only if the target
 * moved, and moves the target by compare-and-swap. May be repeated after a crash at any step. Never rejects.
 */
export async function landReady(
  run: Run,
  works: RigWorks,
  ready: Ready,
  abort: AbortSignal,
): Promise<LandingEnd> {
  try {
    for (;;) {
      const already = await landedAlready(works.depot, ready.item.id);
      if (already !== undefined) return { is: 'landed', commit: already };
      const merge = await freshMerge(run, works, ready, abort);
      if (abort.aborted) return { is: 'interrupted' };
      if ('reason' in merge) return { is: 'refused', finding: merge, evidence: await changeOf(works, ready) };
      if (!run.queue.renew(ready.lease)) return { is: 'interrupted' };
      const landed = await land(works.depot, { item: ready.item.id, from: merge.target, to: merge.merge });
      if (landed !== undefined) return { is: 'landed', commit: landed };
    }
  } catch (error) {
    return { is: 'trouble', finding: findingOf(error) };
  }
}

/** How much of a change is told to whoever begins anew, in characters. */
const PATCH_CHARACTERS = 12_000;

async function changeOf({ depot }: RigWorks, { work, record }: Ready): Promise<string> {
  const of = { target: await depot.target(), commit: work.commit, most: PATCH_CHARACTERS };
  const where = `The commits of that attempt end in ${work.commit} (branch ${record.branch}): see git show and git cherry-pick.`;
  return `${where} All it had changed:\n${await changeSince(depot, of)}`;
}

/** The checked merge with the target as it is now: the one from the attempt, unless the target moved meanwhile. */
async function freshMerge(
  run: Run,
  works: RigWorks,
  { item, work }: Ready,
  abort: AbortSignal,
): Promise<{ target: string; merge: string } | Finding> {
  if ((await works.depot.target()) === work.target) return work;
  const result = await verifyCommit(run, works, {
    item,
    commit: work.commit,
    spare: 'spare-landing',
    isUrgent: true,
    abort,
  });
  switch (result.is) {
    case 'passed':
      return result;
    case 'conflict':
      return { reason: 'conflict', text: conflictText(result, work.commit) };
    case 'contained':
      return { reason: 'no-commits', text: `everything in ${work.commit} is part of the target already` };
    case 'failed': {
      const { theirs } = await sidesOf(works.depot, result.target, work.commit);
      const failed = commandText(result.command, result.result);
      const text = `After merging with the target, commit ${result.target}: ${failed}\n${theirSide(theirs)}`;
      return { reason: 'check-failed', text };
    }
    default:
      return result satisfies never;
  }
}

/** What a landing means for the attempt. */
export function outcomeOf(end: LandingEnd): AttemptEnd['outcome'] {
  switch (end.is) {
    case 'landed':
      return { is: 'landed-already', commit: end.commit };
    case 'refused':
      return { is: 'given-back', finding: { ...end.finding, text: `${end.finding.text}\n${end.evidence}` } };
    case 'interrupted':
      return { is: 'given-back', finding: { reason: 'interrupted', text: 'the run was stopped' } };
    case 'trouble':
      return unready(end.finding);
    default:
      return end satisfies never;
  }
}
