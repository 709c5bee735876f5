import type { Ground } from './ground.ts';
import { findIn } from './find.ts';
import { entryOf } from './move.ts';
import { inOrder, PLACES } from './name.ts';
import type { Entry, Place } from './name.ts';

/** The items of a place, or of all, in the order in which they are begun. A snapshot: it may be stale at once. */
export function entriesIn({ disk, folders }: Ground, place?: Place): Entry[] {
  const found = new Map<string, Entry>();
  // Pending once more at the end: what moves back to it meanwhile would be seen nowhere.
  for (const one of place ? [place] : [...PLACES, 'pending' as const]) {
    for (const { name, is } of disk.names(folders[one])) {
      const entry = is === 'file' ? entryOf(one, name) : undefined;
      if (entry) found.set(entry.id, entry);
    }
  }
  return [...found.values()].toSorted(inOrder);
}

/** The item of an id or of the beginning of one; what is archived is looked at only if nothing else begins so. */
export function findAmong(
  entries: readonly Entry[],
  archived: () => readonly Entry[],
  prefix: string,
): Entry {
  const isHot = prefix !== '' && entries.some(({ id }) => id.startsWith(prefix));
  return findIn(isHot ? entries : archived(), prefix);
}
