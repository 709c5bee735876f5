import type { Depot } from './depot.ts';
import { landingRef, NOTHING, TARGET_REF, verifyCommitId } from './refs.ts';

/** What merging two commits gives. */
type Merged =
  /** The tree of the result. */
  | { is: 'merged'; tree: string }
  /** There is nothing to land: the target has this commit since `by`, or (no `by`) the change comes to nothing. */
  | { is: 'contained'; by: string | undefined }
  /** Paths that both sides changed. */
  | { is: 'conflict'; paths: string[] };

/** Merges two commits without a working tree, and without moving anything. Throws a GitError if they share no history. */
export async function mergeTree(depot: Depot, target: string, commit: string): Promise<Merged> {
  const ids = [verifyCommitId(target), verifyCommitId(commit)];
  const args = ['merge-tree', '--write-tree', '-z', '--name-only', '--no-messages', ...ids];
  const { code, stdout } = await depot.git.run(args, { ok: [0, 1] });
  const [tree = '', ...paths] = stdout.split('\0').filter((part) => part !== '');
  if (code === 1) return { is: 'conflict', paths };
  const before = await depot.git.text(['rev-parse', '--verify', `${target}^{tree}`]);
  if (tree !== before) return { is: 'merged', tree };
  return { is: 'contained', by: await broughtBy(depot, target, commit) };
}

/** The first value of the target that had this commit; undefined if it does not have it. */
async function broughtBy(depot: Depot, target: string, commit: string): Promise<string | undefined> {
  if (!(await depot.isAncestor(commit, target))) return undefined;
  const args = ['rev-list', '--first-parent', '--ancestry-path', target, `^${commit}`, '--'];
  return (await depot.git.text(args)).split('\n').findLast((id) => id !== '') ?? target;
}

export interface Merge {
  /** Written into the message as a trailer. */
  item?: string;
  /** One line, written into the message. */
  title: string;
  tree: string;
  /** The commit id of the target that was merged with. */
  target: string;
  /** The commit id of the attempt. */
  commit: string;
}

/** Makes the merge commit and returns its id; nothing points at it yet. The trailer is for people, nothing decides by it. */
export async function commitMerge(depot: Depot, merge: Merge): Promise<string> {
  const title = merge.title.replaceAll(/\p{Cc}+/gu, ' ').trim() || merge.item || 'work of others';
  const parents = ['-p', verifyCommitId(merge.target), '-p', verifyCommitId(merge.commit)];
  const input = merge.item === undefined ? `${title}\n` : `Merge: ${title}\n\nHarness-Item: ${merge.item}\n`;
  const made = await depot.git.run(['commit-tree', merge.tree, ...parents, '-F', '-'], { input });
  return made.stdout.trim();
}

/**
 * Moves the target from one commit id to another, for one item, at most once whatever stalls or dies in between:
 * the landing ref is set to the new id by compare-and-swap, then one transaction verifies that ref and moves the target.
 * Returns the id under which the item is on the target (that of an earlier landing, if there was one), or undefined: the
 * target is not (any more) at `from`, or somebody else is landing this item; merge with the new target and repeat.
 * The landing ref stays until `forgetLanding`.
 */
export async function land(
  depot: Depot,
  { item, from, to }: { item: string; from: string; to: string },
): Promise<string | undefined> {
  const ref = landingRef(item);
  const [before, after] = [verifyCommitId(from), verifyCommitId(to)];
  const earlier = await depot.resolve(ref);
  if (earlier !== undefined && (await depot.isAncestor(earlier, await depot.target()))) return earlier;
  // Another landing may be dead, or only stalled: its mark is replaced only while the target is where it was not landed.
  const mark = earlier === undefined ? `create ${ref} ${after}` : `update ${ref} ${after} ${earlier}`;
  if (!(await depot.transact([`verify ${TARGET_REF} ${before}`, mark]))) return undefined;
  const moves = [`verify ${ref} ${after}`, `update ${TARGET_REF} ${after} ${before}`];
  if (await depot.transact(moves, `land ${item}`)) return after;
  return landedAlready(depot, item);
}

/**
 * The commit id that landed this item, if its landing was begun and the target has it. A landing that was begun but did
 * not get to the target is forgotten, so that it can be repeated.
 */
export async function landedAlready(depot: Depot, item: string): Promise<string | undefined> {
  const ref = landingRef(item);
  for (;;) {
    const id = await depot.resolve(ref);
    if (id === undefined) return undefined;
    const target = await depot.target();
    if (await depot.isAncestor(id, target)) return id;
    // Only if the target did not move since: a stalled coordinator may be landing it right now.
    await depot.transact([`verify ${TARGET_REF} ${target}`, `delete ${ref} ${id}`]);
  }
}

/** Drops the mark of a landing; only after the queue says durably that the item is done. */
export async function forgetLanding(depot: Depot, item: string): Promise<void> {
  const id = await depot.resolve(landingRef(item));
  if (id !== undefined) await depot.swap(landingRef(item), id, NOTHING);
}

/** The items whose landing was begun and not forgotten: what recovery asks about, one by one, with `landedAlready`. */
export async function begunLandings(depot: Depot): Promise<string[]> {
  const prefix = 'refs/harness/landing/';
  const refs = await depot.git.text(['for-each-ref', '--format=%(refname)', prefix]);
  return refs.split('\n').flatMap((ref) => (ref === '' ? [] : [ref.slice(prefix.length)]));
}
