import type { Depot } from './depot.ts';
import { COPY_TIMEOUT_MS, FETCH, Git } from './git.ts';
import { TARGET, TARGET_REF } from './refs.ts';

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
 * Brings the target into the user's repository as its branch `harness/integration`: objects first, then that one ref, only
 * forward, by compare-and-swap. No hook runs; index, files, settings, stash, FETCH_HEAD and all other refs stay untouched.
 * The branch is left alone where it is checked out (its files would seem to undo the work) or has commits that the target lacks.
 */
export async function publish(depot: Depot): Promise<Published> {
  const users = new Git(depot.commonDir, { gitDir: depot.commonDir });
  const target = await depot.target();
  for (let tried = 0; tried < TRIES; tried++) {
    const there = await users.run(['rev-parse', '--verify', '--quiet', TARGET_REF], { ok: [0, 1, 128] });
    const old = there.code === 0 ? there.stdout.trim() : '';
    if (old === target) return { published: target };
    const tree = await checkedOutIn(users);
    if (tree !== undefined)
      return { refused: `${TARGET} is checked out in ${tree}; check out another branch there` };
    if (old !== '' && !(await hasOf(depot, target, old))) return { ahead: old };
    await users.run([...FETCH, depot.ownView, TARGET_REF], { timeoutMs: COPY_TIMEOUT_MS });
    const args = ['update-ref', '--create-reflog', '-m', 'harness: publish', TARGET_REF, target, old];
    const moved = await users.run(args, { ok: [0, 128] });
    if (moved.code === 0) return afterwards(users, target);
    if (!/cannot lock ref/.test(moved.stderr))
      return { refused: `${depot.rig.path}: ${moved.stderr.trim()}` };
  }
  return { refused: `${TARGET} in ${depot.rig.path} keeps moving; it is tried again later` };
}

/** Whether the target has a commit of the user's repository; one that the depot does not know is fetched first. */
async function hasOf(depot: Depot, target: string, id: string): Promise<boolean> {
  if ((await depot.resolve(id)) === undefined) {
    await depot.git.run([...FETCH, depot.commonDir, TARGET_REF], { timeoutMs: COPY_TIMEOUT_MS });
    // It moved on meanwhile: what is there now is looked at next time.
    if ((await depot.resolve(id)) === undefined) return false;
  }
  return depot.isAncestor(id, target);
}

/** Looks again after the swap: somebody may have checked the branch out in between, and then sees old files as changes. */
async function afterwards(users: Git, target: string): Promise<Published> {
  const tree = await checkedOutIn(users);
  if (tree === undefined) return { published: target };
  const what = `${TARGET} was checked out in ${tree} while it moved to ${target.slice(0, 12)}`;
  return { refused: `${what}; look at git status there before you commit` };
}

/** The work tree of the user's that has the branch checked out, if any. */
async function checkedOutIn(users: Git): Promise<string | undefined> {
  const list = await users.text(['worktree', 'list', '--porcelain', '-z']);
  const trees = list.split('\0\0').map((block) => block.split('\0'));
  const tree = trees.find((lines) => lines.includes(`branch ${TARGET_REF}`));
  return tree?.[0]?.replace(/^worktree /, '');
}
