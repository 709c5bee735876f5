import { existsSync } from 'node:fs';
import type { Depot } from './depot.ts';
import { ownMoves } from './guard.ts';
import { Worktree } from './worktree.ts';

/** What an attempt was begun with. */
interface Begun {
  /** The name of the worktree. */
  tree: string;
  branch: string;
  /** The commit id that the branch was cut from. */
  base: string;
}

/**
 * Takes over a worktree whose agent worked on an attempt's branch when an earlier coordinator died; its processes must have
 * ended. The branch is the agent's again from then on. Returns why it cannot be gone on with there, if so: then nothing changed.
 */
export async function takeOver(depot: Depot, { tree, branch, base }: Begun): Promise<string | undefined> {
  const ref = `refs/heads/${branch}`;
  if (!existsSync(`${depot.folder}/${tree}`)) return 'its worktree is gone';
  const worktree = await Worktree.ensure(depot, tree);
  const now = await worktree.status();
  if (now.branch !== branch) return `its worktree is not on ${branch}`;
  if (now.head === undefined || now.head !== (await depot.resolve(ref)))
    return `${branch} is not at its HEAD`;
  if (!(await depot.isAncestor(base, now.head))) return `${branch} does not come from ${base.slice(0, 12)}`;
  // Git itself wrote down every move that the agent made.
  if (ownMoves(worktree.entry, ref).at(-1) !== now.head) return `${branch} was moved by somebody else`;
  await worktree.unlock();
  depot.own(ref, now.head, worktree);
  return undefined;
}
