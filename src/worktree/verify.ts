import type { CommandResult } from '../command.ts';
import type { Depot } from './depot.ts';
import { commitMerge, mergeTree } from './merge.ts';
import { sidesOf } from './sides.ts';
import type { Sides } from './sides.ts';
import { distrustSetUp, setUp } from './set-up.ts';
import type { SetUp } from './set-up.ts';
import { commitAs } from './strategy.ts';
import type { Strategy } from './strategy.ts';
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

/** How a command of the user's is run in a folder. */
type RunIn = (command: string, folder: string, kind: 'setup' | 'check') => Promise<CommandResult>;

interface Verification {
  item: { id?: string; title: string };
  commit: string;
  /** Name of the spare worktree that the checks run in. */
  spare: string;
  strategy: Strategy;
  setup: SetUp | undefined;
  checks: readonly string[];
  run: RunIn;
  /** Called for a check that failed and then passed on the same tree. */
  flaky: (command: string) => void;
}

/**
 * Merges a commit with the target as it is now and runs the checks on the result in a spare worktree, after `setup`: a
 * turn's result is a claim, checks on the merged tree are the proof. The agent's own worktree is not touched.
 */
export async function verify(depot: Depot, passed: PassedChecks, wanted: Verification): Promise<Verified> {
  const { commit, checks } = wanted;
  const target = await depot.target();
  const merged = await mergeTree(depot, target, commit);
  if (merged.is === 'conflict') {
    return { is: 'conflict', target, files: merged.paths, sides: await sidesOf(depot, target, commit) };
  }
  if (merged.is === 'contained' && merged.by !== undefined) return { is: 'contained', target };
  const spare = () => Worktree.ensure(depot, wanted.spare);
  const merge = await commitOf(depot, wanted, {
    target,
    tree: merged.is === 'merged' ? merged.tree : await depot.treeOf(target),
    spare,
  });
  const tree = await depot.treeOf(merge);
  const missing = checks.filter((check) => !passed.has(key(tree, check)));
  if (missing.length === 0) return { is: 'passed', target, merge };
  const place = await spare();
  await place.detach(merge);
  const failed = await runAll({ ...wanted, checks: missing }, place, (check) => passed.add(key(tree, check)));
  return failed ? { is: 'failed', target, ...failed } : { is: 'passed', target, merge };
}

async function commitOf(
  depot: Depot,
  { item, commit, strategy }: Verification,
  { target, tree, spare }: { target: string; tree: string; spare: () => Promise<Worktree> },
): Promise<string> {
  const { id, title } = item;
  const merge = { target, commit, tree, title };
  if (id !== undefined) return commitAs(strategy, depot, { ...merge, item: id }, spare);
  // What others committed on top of the target needs no merge of its own.
  return (await depot.isAncestor(target, commit)) ? commit : commitMerge(depot, merge);
}

type Failed = Pick<Extract<Verified, { is: 'failed' }>, 'during' | 'command' | 'result'>;

/** Set-up, then the checks in their order; the first that fails. A check gets a second chance, unless its time was up. */
async function runAll(
  { setup, checks, run, flaky }: Verification,
  place: Worktree,
  passed: (check: string) => void,
): Promise<Failed | undefined> {
  if (setup !== undefined) {
    const { command } = setup;
    const result = await setUp(place, setup, () => run(command, place.path, 'setup'));
    if (result && result.code !== 0) return { during: 'setup', command, result };
  }
  for (const command of checks) {
    let result = await run(command, place.path, 'check');
    if (result.code !== 0 && !result.timedOut && !result.stopped) {
      result = await run(command, place.path, 'check');
      if (result.code === 0) flaky(command);
    }
    if (result.code !== 0) {
      distrustSetUp(place);
      return { during: 'check', command, result };
    }
    passed(command);
  }
  return undefined;
}

const key = (tree: string, check: string) => `${tree} ${check}`;
