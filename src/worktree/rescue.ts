import { copyFileSync, existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { randomText } from '../clock.ts';
import { readSmallFile } from '../durable.ts';
import { HarnessError } from '../errors.ts';
import { unfinishedIn } from './entry.ts';
import { isCommitId, NOTHING, rescueRef } from './refs.ts';
import { unhide } from './worktree.ts';
import type { Worktree } from './worktree.ts';

/** A big tree is hashed anew where its index is gone. */
const TIMEOUT_MS = 10 * 60_000;

/** How often a save is tried again because somebody else saved under the same name. */
const TRIES = 3;

/**
 * Saves what is in a worktree but not in a branch: changed, staged, deleted and untracked files (ignored ones not),
 * and commits of a detached HEAD. Touches neither the tree nor its index, so it works beside a stale `index.lock` and in
 * the middle of a merge. Saves of one attempt are chained, the same content is not saved twice.
 * Returns the commit id at `refs/harness/rescue/<item>.<attempt>`; undefined if there is nothing to save.
 */
export async function rescue(
  worktree: Worktree,
  { item, attempt }: { item: string; attempt: number },
): Promise<string | undefined> {
  const ref = rescueRef(item, attempt);
  const index = join(worktree.entry.gitDir, `rescue.${randomText(6)}`);
  try {
    for (let tried = 0; tried < TRIES; tried++) {
      const save = await prepare(worktree, ref, index);
      if (save.is === 'nothing') return undefined;
      if (save.is === 'saved') return save.commit;
      if (await worktree.depot.swap(ref, save.previous ?? NOTHING, save.commit)) return save.commit;
    }
  } finally {
    rmSync(index, { force: true });
    rmSync(`${index}.lock`, { force: true });
  }
  throw new HarnessError('failed', `${ref} in ${worktree.depot.gitDir} moved while work was saved there`);
}

type Save =
  | { is: 'nothing' }
  | { is: 'saved'; commit: string }
  | { is: 'new'; commit: string; previous: string | undefined };

async function prepare(worktree: Worktree, ref: string, index: string): Promise<Save> {
  const { depot, git } = worktree;
  const head = await git.text(['rev-parse', '--verify', 'HEAD^{commit}']);
  const { tree, staged, trouble } = await snapshot(worktree, index);
  const previous = await depot.resolve(ref);
  const others = await pointedAt(worktree);
  const isDirty = tree !== (await treeOf(worktree, head));
  if (!isDirty && staged === undefined && others.length === 0) {
    if (await isKept(worktree, head)) return { is: 'nothing' };
    if (previous === undefined) return { is: 'new', commit: head, previous };
  }
  if (previous !== undefined && tree === (await treeOf(worktree, previous))) {
    if (await depot.isAncestor(head, previous)) return { is: 'saved', commit: previous };
  }
  const parents = [head, previous, ...others].filter((id) => id !== undefined);
  if (staged !== undefined) parents.push(await commit(worktree, staged, [head], 'What was staged'));
  const what = [`Unfinished work of ${ref.slice('refs/harness/rescue/'.length)}`, '', ...notes(worktree, trouble)];
  const saved = await commit(worktree, tree, [...new Set(parents)], what.join('\n').trim());
  return { is: 'new', commit: saved, previous };
}

/** The trees of the files as they are, and of what is staged if that is a third thing; written through an own index. */
async function snapshot(worktree: Worktree, index: string) {
  const { git } = worktree;
  const env = { GIT_INDEX_FILE: index };
  const real = join(worktree.entry.gitDir, 'index');
  if (existsSync(real)) copyFileSync(real, index);
  if (!existsSync(real) || !(await unhide(git, env))) {
    rmSync(index, { force: true });
    await git.run(['read-tree', 'HEAD'], { env });
  }
  const before = await git.run(['write-tree'], { env, ok: [0, 128] }); // fails in the middle of a conflict
  const options = { env, ok: [0, 1, 128], timeoutMs: TIMEOUT_MS };
  const added = await git.run(['add', '--all', '--ignore-errors'], options);
  const tree = (await git.run(['write-tree'], { env })).stdout.trim();
  const stagedTree = before.stdout.trim();
  const known = [tree, await treeOf(worktree, 'HEAD'), ''];
  return {
    tree,
    staged: known.includes(stagedTree) ? undefined : stagedTree,
    trouble: added.code === 0 ? '' : added.stderr.trim().slice(0, 2_000),
  };
}

const treeOf = (worktree: Worktree, commit: string): Promise<string> =>
  worktree.git.text(['rev-parse', '--verify', `${commit}^{tree}`]);

/** Commits that half-done operations point at and that nothing else may keep. */
async function pointedAt(worktree: Worktree): Promise<string[]> {
  const found: string[] = [];
  for (const name of ['MERGE_HEAD', 'CHERRY_PICK_HEAD', 'rebase-merge/autostash', 'rebase-merge/orig-head']) {
    const file = join(worktree.entry.gitDir, name);
    for (const id of existsSync(file) ? (readSmallFile(file, 4096) ?? '').split('\n') : []) {
      if (!isCommitId(id) || (await worktree.depot.resolve(id)) === undefined) continue;
      if (!(await isKept(worktree, id))) found.push(id);
    }
  }
  return found;
}

/** Whether a branch has this commit, and so keeps it. */
async function isKept(worktree: Worktree, id: string): Promise<boolean> {
  const args = ['for-each-ref', '--count=1', '--format=%(refname)', `--contains=${id}`];
  return (await worktree.depot.git.text([...args, 'refs/heads', 'refs/harness'])) !== '';
}

async function commit(
  worktree: Worktree,
  tree: string,
  parents: string[],
  message: string,
): Promise<string> {
  const args = ['commit-tree', tree, ...parents.flatMap((id) => ['-p', id]), '-F', '-'];
  return (await worktree.git.run(args, { input: `${message}\n` })).stdout.trim();
}

function notes(worktree: Worktree, trouble: string): string[] {
  const unfinished = unfinishedIn(worktree.entry);
  return [
    ...(unfinished === undefined ? [] : [`In the middle of a ${unfinished}.`]),
    ...(trouble === '' ? [] : [`Could not be saved: ${trouble}`]),
  ];
}
