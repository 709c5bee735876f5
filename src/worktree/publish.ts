import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { readSmallFile } from '../durable.ts';
import type { Depot } from './depot.ts';
import { COPY_TIMEOUT_MS, FETCH, Git } from './git.ts';
import { TARGET_REF } from './refs.ts';

/** How publishing ended. */
export type Published =
  /** The user's repository has the target at this commit id (perhaps it already had). */
  | { published: string }
  /** The user's branch has commits that the target lacks, up to this commit id; they are in the depot now. */
  | { ahead: string }
  /** It was left as it is; one sentence says why. */
  | { refused: string };

/** How often the user's branch is looked at again because somebody moved it meanwhile. */
const TRIES = 3;

/**
 * Brings the target into the user's repository as the branch that the rig names: objects first, then that one ref, only
 * forward, by compare-and-swap. No hook runs; index, files, settings, stash, FETCH_HEAD and all other refs stay untouched.
 * Where the branch is checked out, its tree goes with it (`merge --ff-only`), if there are no changes in it.
 */
export async function publish(depot: Depot): Promise<Published> {
  const users = new Git(depot.commonDir, { gitDir: depot.commonDir });
  const { target: name } = depot.rig;
  const ref = `refs/heads/${name}`;
  const target = await depot.target();
  for (let tried = 0; tried < TRIES; tried++) {
    const there = await users.run(['rev-parse', '--verify', '--quiet', ref], { ok: [0, 1, 128] });
    const old = there.code === 0 ? there.stdout.trim() : '';
    if (old === target) return { published: target };
    if (old !== '' && !(await hasOf(depot, target, old))) return { ahead: old };
    if (isRebased(depot.commonDir, ref)) {
      return { refused: `${name} is being rebased or bisected in ${depot.rig.path}; end that first` };
    }
    await users.run([...FETCH, depot.ownView, TARGET_REF], { timeoutMs: COPY_TIMEOUT_MS });
    const [tree, second] = await checkedOutIn(users, ref);
    if (second !== undefined)
      return { refused: `${name} is checked out in ${tree} and ${second}; only one can follow` };
    if (tree !== undefined) return forward(tree, name, target);
    const args = ['update-ref', '--create-reflog', '-m', 'harness: publish', ref, target, old];
    const moved = await users.run(args, { ok: [0, 128] });
    if (moved.code === 0) return afterwards(users, name, target);
    if (!/cannot lock ref/.test(moved.stderr))
      return { refused: `${depot.rig.path}: ${moved.stderr.trim()}` };
  }
  return { refused: `${name} in ${depot.rig.path} keeps moving; it is tried again later` };
}

/** Whether the target has a commit of the user's repository; one that the depot does not know is fetched first. */
async function hasOf(depot: Depot, target: string, id: string): Promise<boolean> {
  if ((await depot.resolve(id)) === undefined) await depot.take(id);
  return depot.isAncestor(id, target);
}

/** Looks again after the swap: somebody may have checked the branch out in between, and then sees old files as changes. */
async function afterwards(users: Git, name: string, target: string): Promise<Published> {
  const [tree] = await checkedOutIn(users, `refs/heads/${name}`);
  if (tree === undefined) return { published: target };
  const what = `${name} was checked out in ${tree} while it moved to ${target.slice(0, 12)}`;
  return { refused: `${what}; look at git status there before you commit` };
}

/** Moves a branch that is checked out together with its tree, as `git merge --ff-only` does; or says why not. */
async function forward(tree: string, name: string, target: string): Promise<Published> {
  const git = new Git(tree);
  const where = `${name} is checked out in ${tree}`;
  if (await isSparse(git)) return { refused: `${where} sparsely; check out another branch there` };
  const status = await git.run(['status', '--porcelain', '--untracked-files=no'], { ok: [0, 128] });
  if (status.code !== 0 || status.stdout !== '') {
    return { refused: `${where} with uncommitted changes; commit or stash them there` };
  }
  // The branch was checked out when it was looked at: what the person does in between is seen below.
  const merged = await git.run(['merge', '--ff-only', '--no-autostash', '--quiet', target], {
    ok: [0, 1, 128],
    timeoutMs: COPY_TIMEOUT_MS,
  });
  if (merged.code !== 0) {
    const said = merged.stderr.trim().replaceAll(/\s+/g, ' ');
    return { refused: `${where}, and git does not move it: ${said}` };
  }
  const head = await git.run(['symbolic-ref', '--quiet', '--short', 'HEAD'], { ok: [0, 1] });
  const now = head.stdout.trim() || 'no branch';
  if (now === name) return { published: target };
  return {
    refused: `${tree} was switched to ${now} in the very moment, which was moved to ${target.slice(0, 12)} instead of ${name}; see git reflog there`,
  };
}

/** Whether only a part of a tree is checked out. Asked file by file, since our own settings say no to every git call. */
async function isSparse(git: Git): Promise<boolean> {
  const said = ['--local', '--worktree'].map(async (scope) => {
    const options = { ok: [0, 1, 5, 128] };
    const { stdout } = await git.run(
      ['config', scope, '--type=bool', '--get', 'core.sparseCheckout'],
      options,
    );
    return stdout.trim() === 'true';
  });
  return (await Promise.all(said)).includes(true);
}

/** The work trees of the user's that have a branch checked out. */
async function checkedOutIn(users: Git, ref: string): Promise<string[]> {
  const list = await users.text(['worktree', 'list', '--porcelain', '-z']);
  const trees = list.split('\0\0').map((block) => block.split('\0'));
  const those = trees.filter((lines) => lines.includes(`branch ${ref}`));
  return those.map(([first = '']) => first.replace(/^worktree /, ''));
}

/** Whether some work tree is in the middle of rebasing this branch: HEAD is detached then, but the branch is in use. */
function isRebased(commonDir: string, ref: string): boolean {
  const others = join(commonDir, 'worktrees');
  const dirs = [commonDir, ...namesIn(others).map((name) => join(others, name))];
  const short = ref.replace('refs/heads/', '');
  return dirs.some((dir) =>
    ['rebase-merge/head-name', 'rebase-apply/head-name', 'BISECT_START'].some((file) => {
      const said = textOf(join(dir, file))?.trim();
      return said === ref || said === short;
    }),
  );
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // there are no other work trees
  }
}

function textOf(file: string): string | undefined {
  try {
    return readSmallFile(file, 4096);
  } catch {
    return undefined;
  }
}
