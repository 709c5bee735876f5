import type { Place } from './name.ts';
import type { WorkItem } from './work-item.ts';

/** What stands between an item and its beginning because of the items that it comes after. */
type Blocked =
  /** Not all of them are done. */
  | { by: 'waiting'; ids: string[] }
  /** Some of them have failed, and the item waits until they are retried and done. */
  | { by: 'failed'; ids: string[] }
  /** Some of them have failed, and the item is to fail with them. */
  | { by: 'skip'; ids: string[] };

/** Judges an item by where those are that it comes after; undefined if nothing stands in its way. */
export function blockedBy(
  { after, afterFailed }: Pick<WorkItem, 'after' | 'afterFailed'>,
  placeOf: (id: string) => Place | undefined,
): Blocked | undefined {
  const failed = after.filter((id) => placeOf(id) === 'failed');
  if (failed.length > 0 && afterFailed === 'skip') return { by: 'skip', ids: failed };
  if (failed.length > 0 && afterFailed !== 'run') return { by: 'failed', ids: failed };
  const ids = after.filter((id) => placeOf(id) !== 'done' && placeOf(id) !== 'failed');
  return ids.length > 0 ? { by: 'waiting', ids } : undefined;
}
