import { HarnessError } from '../errors.ts';

/** The names that the harness uses in a depot. All refs of agents and of the coordinator are built here. */

/** The branch that landings move, in the depot and, published, in the user's repository. */
export const TARGET = 'harness/integration';
export const TARGET_REF = `refs/heads/${TARGET}`;

/** The user's base branch as it was fetched last. */
export const BASE_REF = 'refs/harness/base';

/** The last value of the target that passed its checks; it moves with the target, in one transaction. */
export const CHECKED_REF = 'refs/harness/checked';

/** As an old value of a ref: it must not exist yet. */
export const NOTHING = '';

const ITEM = /^[a-z0-9][a-z0-9-]{0,63}$/;

function verifyItem(item: string): string {
  if (ITEM.test(item)) return item;
  throw new HarnessError('usage', `${JSON.stringify(item)} is not an item id; ids are a-z, 0-9 and -`);
}

/** The branch of one attempt: `harness/<item>-<n>`. */
export const branchOf = (item: string, attempt: number): string => `harness/${verifyItem(item)}-${attempt}`;

/** Where the unfinished work of an attempt is kept. */
export const rescueRef = (item: string, attempt: number): string =>
  `refs/harness/rescue/${verifyItem(item)}.${attempt}`;

/** What is being landed, or was landed but not yet written down in the queue. */
export const landingRef = (item: string): string => `refs/harness/landing/${verifyItem(item)}`;

/** Refs that agents leave alone, besides the branch of their own attempt; all else they may make as they like. */
export const isReserved = (ref: string): boolean =>
  /^refs\/(?:heads\/harness(?:\/|$)|harness(?:\/|$)|replace\/|stash$)/.test(ref);

/** Where a commit is kept that an agent put under a name which is not its own. */
export const foreignRef = (id: string): string => `refs/harness/foreign/${id.slice(0, 16)}`;

/** Where refs that name an attempt are. */
export const ATTEMPT_REFS = ['refs/heads/harness/', 'refs/harness/rescue/'] as const;

/** The item and attempt that a ref names; undefined if it names none (`a-b` is an item of its own, not attempt b of `a`). */
export function attemptIn(ref: string): { item: string; attempt: number } | undefined {
  const named = /^refs\/(?:heads\/harness\/(.+)-|harness\/rescue\/(.+)\.)(\d{1,9})$/.exec(ref);
  const item = named?.[1] ?? named?.[2];
  // Agents name branches as they like.
  return item === undefined || !ITEM.test(item) ? undefined : { item, attempt: Number(named?.[3]) };
}

/** Whether a text is a full commit id (SHA-1 or SHA-256), and so cannot move or be taken for an option. */
export const isCommitId = (text: string): boolean => /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(text);

/** Lets full commit ids pass and nothing else: what starts, resets or lands something never goes by a name that may move. */
export function verifyCommitId(text: string): string {
  if (isCommitId(text)) return text;
  throw new HarnessError('failed', `${JSON.stringify(text)} is not a full commit id; resolve names first`);
}
