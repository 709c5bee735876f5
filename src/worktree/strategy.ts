import type { Depot } from './depot.ts';
import { commitMerge } from './merge.ts';
import type { Merge } from './merge.ts';
import { verifyCommitId } from './refs.ts';
import type { Rig } from './rig.ts';
import type { Worktree } from './worktree.ts';

export type Strategy = NonNullable<Rig['strategy']>;

/**
 * Makes the commit that the target is to move to, in the way that the rig wants, and returns its id; nothing points at it yet.
 * Its tree is `merge.tree`, or for commits that are replayed whatever comes of that (it is to be checked, like any).
 */
export async function commitAs(
  strategy: Strategy,
  depot: Depot,
  merge: Merge & { item: string },
  spare: () => Promise<Worktree>,
): Promise<string> {
  if (strategy === 'merge') return commitMerge(depot, merge);
  const replayed = strategy === 'rebase' ? await replay(await spare(), merge) : undefined;
  return replayed ?? squash(depot, merge);
}

/** One commit with all of the work, written by who wrote the last of it. */
async function squash(depot: Depot, { target, commit, tree, title, item }: Merge): Promise<string> {
  const range = ['--no-merges', '--reverse', verifyCommitId(commit), `^${verifyCommitId(target)}`, '--'];
  const messages = await depot.git.text(['log', '--format=* %B', ...range]);
  const input = `${oneLine(title) || item}\n\n${messages.trim()}\n\nHarness-Item: ${item}\n`;
  const author = await depot.git.text(['log', '-1', '--format=%an%n%ae%n%aI', commit, '--']);
  const [name = '', email = '', date = ''] = author.split('\n');
  const env = { GIT_AUTHOR_NAME: name, GIT_AUTHOR_EMAIL: email, GIT_AUTHOR_DATE: date };
  const made = await depot.git.run(['commit-tree', tree, '-p', target, '-F', '-'], { input, env });
  return made.stdout.trim();
}

/** The commits one after the other on top of the target, the last one with the trailer; undefined if they cannot be. */
async function replay(spare: Worktree, { target, commit, item }: Merge): Promise<string | undefined> {
  await spare.detach(verifyCommitId(commit));
  const options = { ok: [0, 1, 128] };
  // Commits that come to nothing on the target are left out, merges are taken apart.
  const args = ['rebase', '--quiet', '--no-autostash', '--no-gpg-sign', '--no-update-refs'];
  const rebased = await spare.git.run([...args, verifyCommitId(target)], options);
  if (rebased.code !== 0) {
    await spare.git.run(['rebase', '--abort'], options);
    return undefined;
  }
  const head = await spare.git.text(['rev-parse', '--verify', 'HEAD^{commit}']);
  if (head === target) return undefined;
  const trailer = ['--trailer', `Harness-Item: ${item}`];
  await spare.git.run([
    'commit',
    '--quiet',
    '--amend',
    '--no-edit',
    '--no-verify',
    '--allow-empty',
    ...trailer,
  ]);
  return spare.git.text(['rev-parse', '--verify', 'HEAD^{commit}']);
}

const oneLine = (text: string): string => text.replaceAll(/\p{Cc}+/gu, ' ').trim();
