import { copyFileSync, rmSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { randomText } from '../clock.ts';
import { HarnessError } from '../errors.ts';
import { dropForeign, textOf, unfinishedIn } from './entry.ts';
import { Git } from './git.ts';
import { isCommitId, NOTHING, rescueRef } from './refs.ts';
import { parseStatus, STATUS } from './status.ts';
import { bulkOf, leftOutText, MOST, setAside } from './bulk.ts';
import type { Bulk, Most } from './bulk.ts';
import { hiddenFiles, unhide } from './hidden.ts';
import type { Worktree } from './worktree.ts';

/** A big tree is hashed anew where its index is gone. */
const TIMEOUT_MS = 10 * 60_000;

/** How often a save is tried again because somebody else saved under the same name. */
const TRIES = 3;

/**
 * Saves what is in a worktree but not in a branch: changed, staged, deleted and untracked files (ignored ones not),
 * and commits of a detached HEAD. Touches neither the tree nor its index, so it works beside a stale `index.lock` and in
 * the middle of a merge. Saves of one attempt are chained, the same content is not saved twice.
 * Files that are too big are left out, and moved to `keepIn` if the tree is about to be reset. Returns the commit id at
 * `refs/harness/rescue/<item>.<attempt>`; undefined if there is nothing to save.
 */
export async function rescue(
  worktree: Worktree,
  { item, attempt }: { item: string; attempt: number },
  { keepIn, most = MOST }: { keepIn?: string | undefined; most?: Most } = {},
): Promise<string | undefined> {
  const ref = rescueRef(item, attempt);
  dropForeign(worktree.entry);
  if (await isUntouched(worktree)) return undefined;
  const index = join(worktree.entry.gitDir, `rescue.${randomText(6)}`);
  try {
    for (let tried = 0; tried < TRIES; tried++) {
      const state = await prepare(worktree, { ref, index, keepIn, most });
      if (state.is === 'nothing') return undefined;
      if (state.is === 'saved') return state.commit;
      if (await worktree.depot.swap(ref, state.previous ?? NOTHING, state.commit)) return state.commit;
    }
  } finally {
    rmSync(index, { force: true });
    rmSync(`${index}.lock`, { force: true });
  }
  throw new HarnessError('failed', `${ref} in ${worktree.depot.gitDir} moved while work was saved there`);
}

/** The quick answer for the usual case; whatever is doubtful goes the long way. */
async function isUntouched(worktree: Worktree): Promise<boolean> {
  const status = await worktree.git.run(STATUS, { ok: [0, 128], timeoutMs: TIMEOUT_MS });
  const { head, branch, dirty } = parseStatus(status.stdout);
  if (status.code !== 0 || head === undefined || branch === undefined || dirty.length > 0) return false;
  return unfinishedIn(worktree.entry) === undefined && (await hiddenFiles(worktree.git))?.length === 0;
}

type Save =
  | { is: 'nothing' }
  | { is: 'saved'; commit: string }
  | { is: 'new'; commit: string; previous: string | undefined };

interface Wanted {
  ref: string;
  /** An index of its own. */
  index: string;
  keepIn: string | undefined;
  most: Most;
}

async function prepare(worktree: Worktree, wanted: Wanted): Promise<Save> {
  const { depot, git } = worktree;
  const { ref, keepIn } = wanted;
  const args = ['rev-parse', '--verify', '--quiet', 'HEAD^{commit}'];
  const head = (await git.run(args, { ok: [0, 1, 128] })).stdout.trim() || undefined; // none on an orphan branch
  const { tree, staged, trouble, bulk } = await snapshot(worktree, head, wanted);
  const lost = keepIn === undefined ? [] : setAside(bulk, worktree.path, keepIn);
  const previous = await depot.resolve(ref);
  const others = await pointedAt(worktree);
  if (
    head !== undefined &&
    tree === (await treeOf(worktree, head)) &&
    staged === undefined &&
    others.length === 0 &&
    bulk.length === 0
  ) {
    if (await isKept(worktree, head)) return { is: 'nothing' };
    if (previous === undefined) return { is: 'new', commit: head, previous };
  }
  const isMoved = keepIn !== undefined && bulk.length > 0;
  if (previous !== undefined && !isMoved && tree === (await treeOf(worktree, previous))) {
    if (head === undefined || (await depot.isAncestor(head, previous)))
      return { is: 'saved', commit: previous };
  }
  const parents = [head, previous, ...others].filter((id) => id !== undefined);
  if (staged !== undefined)
    parents.push(await save(worktree, staged, head === undefined ? [] : [head], 'What was staged'));
  const what = [
    `Unfinished work of ${ref.slice('refs/harness/rescue/'.length)}`,
    '',
    ...notes(worktree, [trouble, ...lost].filter((text) => text !== '').join('\n')),
    ...leftOutText(bulk, keepIn),
  ];
  const saved = await save(worktree, tree, [...new Set(parents)], what.join('\n').trim());
  return { is: 'new', commit: saved, previous };
}

/** The trees of the files as they are, and of what is staged if that is a third thing; written through an own index. */
async function snapshot(worktree: Worktree, head: string | undefined, { index, most }: Wanted) {
  const { git } = worktree;
  const env = { GIT_INDEX_FILE: index };
  const isCopied = copyIndex(join(worktree.entry.gitDir, 'index'), index);
  if (!isCopied || !(await unhide(git, env))) {
    rmSync(index, { force: true });
    await git.run(['read-tree', head ?? '--empty'], { env });
  }
  const before = await git.run(['write-tree'], { env, ok: [0, 128] }); // fails in the middle of a conflict
  const stagedTree = before.stdout.trim();
  const { tree, trouble, bulk } = await treeOfFolder(worktree, worktree.path, { index, most });
  const known = [tree, head === undefined ? '' : await treeOf(worktree, head), ''];
  return { tree, staged: known.includes(stagedTree) ? undefined : stagedTree, trouble, bulk };
}

/**
 * Copies an index with its time, rounded down: a file that changed in the very moment in which the index was written has the
 * size and the time that the index knows, and git looks into it only if the index is not younger.
 */
function copyIndex(from: string, to: string): boolean {
  const stat = statSync(from, { throwIfNoEntry: false });
  if (!stat) return false;
  copyFileSync(from, to);
  const seconds = Math.floor(stat.mtimeMs) / 1000;
  utimesSync(to, seconds, seconds);
  return true;
}

/**
 * The tree of a folder's files, added to an index. Repositories that an agent made inside are saved as plain files
 * (without their history): git itself would note no more than the id of their HEAD, or give up where there is none.
 */
async function treeOfFolder(
  worktree: Worktree,
  folder: string,
  { index, most }: Pick<Wanted, 'index' | 'most'>,
): Promise<{ tree: string; trouble: string; bulk: Bulk[] }> {
  const git = new Git(folder, {
    gitDir: worktree.entry.gitDir,
    workTree: folder,
    commonDir: worktree.depot.ownView,
  });
  const env = { GIT_INDEX_FILE: index };
  const others = await git.run(['ls-files', '--others', '--exclude-standard', '-z'], {
    env,
    timeoutMs: TIMEOUT_MS,
  });
  const nested = others.stdout.split('\0').filter((path) => path.endsWith('/'));
  const files = others.stdout.split('\0').filter((path) => !path.endsWith('/'));
  const bulk = await bulkOf(git, files, { folder, env, most });
  const without = [...nested, ...bulk.map(({ path }) => path)].map(
    (path) => `:(top,exclude,literal)${path}\0`,
  );
  const options = { env, ok: [0, 1, 128], timeoutMs: TIMEOUT_MS, input: `:(top)\0${without.join('')}` };
  const add = ['add', '--all', '--ignore-errors', '--pathspec-from-file=-', '--pathspec-file-nul'];
  const added = await git.run(add, options);
  const troubles = [added.code === 0 ? '' : added.stderr.trim().slice(0, 2_000)];
  for (const path of nested) {
    const inner = `${index}.${randomText(4)}`;
    const { tree, trouble, ...more } = await treeOfFolder(worktree, join(folder, path), {
      index: inner,
      most,
    });
    bulk.push(...more.bulk.map((one) => ({ ...one, path: join(path, one.path) })));
    rmSync(inner, { force: true });
    const put = await git.run(['read-tree', `--prefix=${path}`, tree], { env, ok: [0, 128] });
    troubles.push(trouble, put.code === 0 ? '' : put.stderr.trim());
  }
  const tree = (await git.run(['write-tree'], { env })).stdout.trim();
  return { tree, trouble: troubles.filter((text) => text !== '').join('\n'), bulk };
}

const treeOf = (worktree: Worktree, commit: string): Promise<string> =>
  worktree.git.text(['rev-parse', '--verify', `${commit}^{tree}`]);

/** Commits that half-done operations point at and that nothing else may keep. */
async function pointedAt(worktree: Worktree): Promise<string[]> {
  const found: string[] = [];
  for (const name of ['MERGE_HEAD', 'CHERRY_PICK_HEAD', 'rebase-merge/autostash', 'rebase-merge/orig-head']) {
    const file = join(worktree.entry.gitDir, name);
    for (const id of (textOf(file) ?? '').split('\n')) {
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

async function save(worktree: Worktree, tree: string, parents: string[], message: string): Promise<string> {
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
