import { join } from 'node:path';
import type { Ground } from './ground.ts';
import { bare, formatName, parseName, toReason } from './name.ts';
import type { Entry, ItemName, Lease, Place } from './name.ts';
import type { Steps } from './steps.ts';
import type { Priority } from './work-item.ts';

/** The entry of a file name; undefined for foreign names. */
export function entryOf(place: Place, file: string): Entry | undefined {
  const name = parseName(place, file);
  return name && { ...name, place, file };
}

/** Whether an entry is a lease. */
export const isLease = (entry: Entry): entry is Lease =>
  entry.place === 'claimed' && entry.agent !== undefined && entry.run !== undefined;

export interface Holder {
  agent: string;
  run: string;
  attempt: number;
}

/**
 * Takes a pending or claimed item for an attempt; undefined if somebody else was quicker. The touch comes first:
 * a rename keeps the time of the last change, and a lease must not look stale at its birth. Not synced: what a
 * power cut undoes is given back anyway.
 */
export function* taking(
  { disk, folders }: Ground,
  entry: Entry,
  holder: Holder,
  nowMs: number,
): Steps<Lease | undefined> {
  const name = { ...bare(entry), ...holder };
  const file = formatName('claimed', name);
  yield 'touch';
  if (!disk.touch(join(folders[entry.place], entry.file), nowMs)) return undefined;
  yield 'rename';
  const won = disk.rename(join(folders[entry.place], entry.file), join(folders.claimed, file));
  return won ? { ...name, place: 'claimed', file } : undefined;
}

/** What a move changes in the name. */
export interface Change {
  to: Exclude<Place, 'claimed'>;
  reason?: string;
  /** Counts one more attempt against the item, or forgets all of them. */
  charged?: boolean | 'none';
  priority?: Priority;
  notBeforeMs?: number | undefined;
}

/** Moves an item to another place, durably; undefined if it is no longer where the entry says. */
export function* moving({ disk, folders }: Ground, entry: Entry, change: Change): Steps<Entry | undefined> {
  const { to } = change;
  const name = changed(entry, change);
  const file = formatName(to, name);
  yield 'rename';
  if (!disk.rename(join(folders[entry.place], entry.file), join(folders[to], file))) return undefined;
  yield 'sync';
  disk.sync(folders[to]);
  if (to !== entry.place) {
    yield 'sync';
    disk.sync(folders[entry.place]);
  }
  return { ...name, place: to, file };
}

function changed(entry: Entry, { reason, charged, priority, notBeforeMs }: Change): ItemName {
  return {
    ...bare(entry),
    charged: charged === 'none' ? 0 : entry.charged + Number(charged === true),
    ...(priority === undefined ? {} : { priority }),
    ...(reason === undefined ? {} : { reason: toReason(reason) }),
    ...(notBeforeMs === undefined ? {} : { notBeforeMs }),
  };
}
