import { verifyCommitId } from './refs.ts';
import type { Worktree } from './worktree.ts';

/** Writing a big tree anew takes a while. */
const TIMEOUT_MS = 10 * 60_000;

/**
 * Gives a clean work tree the files that were saved in a commit (`rescue`): changed, new and deleted ones, uncommitted as they
 * were. HEAD, branch and index stay; what was staged is not.
 */
export async function restore(worktree: Worktree, commit: string): Promise<void> {
  const source = `--source=${verifyCommitId(commit)}`;
  await worktree.git.run(['restore', source, '--worktree', '--quiet', '--', ':/'], { timeoutMs: TIMEOUT_MS });
}
