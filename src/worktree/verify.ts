import type { CommandResult } from '../command.ts';
import type { Depot } from './depot.ts';
import { commitMerge, mergeTree } from './merge.ts';
import { sidesOf } from './sides.ts';
import type { Sides } from './sides.ts';
import { Worktree } from './worktree.ts';

/** Checks that passed, by tree and command: a tree that was checked needs no second check. */
export type PassedChecks = Set<string>;

/** What came of merging a commit with the target and checking the result. */
export type Verified =
  | { is: 'passed'; target: string; merge: string }
  | { is: 'conflict'; target: string; files: string[]; sides: Sides }
  /** Every commit of the attempt is part of the target already, through somebody else. */
  | { is: 'contained'; target: string }
  | { is: 'failed'; target: string; during: 'setup' | 'check'; command: string; result: CommandResult };

interface Verification {
  item: { id?: string; title: string };
  commit: string;
  /** Name of the spare worktree that the checks run in. */
  spare: string;
  setup: string | undefined;
  checks: readonly string[];
  run: (command: string, folder: string, kind: 'setup' | 'check') => Promise<CommandResult>;
}

/**
 * Merges a commit with the target as it is now (DESIGN: a result is a claim, checks on the merged tree are the proof)
 * and runs the checks on the result in a spare worktree, after `setup`. The agent's own worktree is not touched.
 */
export async function verify(depot: Depot, passed: PassedChecks, wanted: Verification): Promise<Verified> {
  const { item, commit, setup, checks, run } = wanted;
  const target = await depot.target();
  const merged = await mergeTree(depot, target, commit);
  if (merged.is === 'conflict') {
    return { is: 'conflict', target, files: merged.paths, sides: await sidesOf(depot, target, commit) };
  }
  if (merged.is === 'contained' && merged.by !== undefined) return { is: 'contained', target };
  const tree = merged.is === 'merged' ? merged.tree : await depot.treeOf(target);
  // What others committed on top of the target needs no merge of its own.
  const isAhead = item.id === undefined && (await depot.isAncestor(target, commit));
  const merge = isAhead
    ? commit
    : await commitMerge(depot, {
        target,
        commit,
        tree,
        title: item.title,
        ...(item.id !== undefined && { item: item.id }),
      });
  const missing = checks.filter((check) => !passed.has(key(tree, check)));
  if (missing.length === 0) return { is: 'passed', target, merge };
  const spare = await Worktree.ensure(depot, wanted.spare);
  await spare.detach(merge);
  const steps = [
    ...(setup === undefined ? [] : [['setup', setup] as const]),
    ...missing.map((c) => ['check', c] as const),
  ];
  for (const [during, command] of steps) {
    const result = await run(command, spare.path, during);
    if (result.code !== 0) return { is: 'failed', target, during, command, result };
    if (during === 'check') passed.add(key(tree, command));
  }
  return { is: 'passed', target, merge };
}

const key = (tree: string, check: string) => `${tree} ${check}`;
