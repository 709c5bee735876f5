import type { Depot } from './depot.ts';
import { verifyCommitId } from './refs.ts';

/** What two commits have that the other lacks, newest first, one line each: `<short id> <subject>`. */
export interface Sides {
  ours: string[];
  theirs: string[];
}

/** More would not be read. */
const MOST_COMMITS = 12;

/** What parts a commit (`ours`) from the target (`theirs`): the landings that it does not know, and its own commits. */
export async function sidesOf(depot: Depot, target: string, commit: string): Promise<Sides> {
  const [from, to] = [verifyCommitId(target), verifyCommitId(commit)];
  return {
    ours: await subjects(depot, ['--no-merges', to, `^${from}`]),
    theirs: await subjects(depot, ['--first-parent', from, `^${to}`]),
  };
}

async function subjects(depot: Depot, range: string[]): Promise<string[]> {
  const args = ['log', `--max-count=${MOST_COMMITS}`, '--format=%h %s', ...range, '--'];
  return (await depot.git.text(args)).split('\n').filter((line) => line !== '');
}

const DIFF = ['diff', '--no-ext-diff', '--no-textconv', '--no-color', '--stat', '--patch'];

/** What a commit changed since it parted from the target, as a patch of at most `most` characters. */
export async function changeSince(
  depot: Depot,
  { target, commit, most }: { target: string; commit: string; most: number },
): Promise<string> {
  const ids = [verifyCommitId(target), verifyCommitId(commit)];
  const base = (await depot.git.run(['merge-base', ...ids], { ok: [0, 1] })).stdout.trim();
  if (base === '') return '';
  const patch = await depot.git.text([...DIFF, base, commit, '--']);
  return patch.length <= most ? patch : `${patch.slice(0, most)}\n(cut off here)`;
}
