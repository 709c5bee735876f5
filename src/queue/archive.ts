import { join } from 'node:path';
import type { Ground } from './ground.ts';
import { entriesIn } from './listing.ts';
import { entryOf } from './move.ts';
import type { Entry } from './name.ts';
import { toEnd } from './steps.ts';
import type { Steps } from './steps.ts';

/** A day as folders are called, in UTC. */
export const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

const isDay = (name: string): boolean => /^\d{4}-\d{2}-\d{2}$/.test(name);

/** An item that was done on an earlier day, in the folder of that day. */
export interface Archived extends Entry {
  day: string;
}

/** The name of an archived item's file below `archive`. */
export const fileIn = ({ day, file }: Archived): string => `${day}/${file}`;

/**
 * Moves the done ones of these items that ended before a day into the folders of their days, and returns them. When an item
 * ended is the time of its file, which its holder touched last: it decides nothing else.
 */
export function* archiving(
  { disk, folders }: Ground,
  entries: Iterable<Entry>,
  today: string,
): Steps<Archived[]> {
  const days = new Map<string, Entry[]>();
  for (const entry of entries) {
    if (entry.place !== 'done') continue;
    yield 'look';
    const look = disk.look(join(folders.done, entry.file));
    const day = look && dayOf(look.mtimeMs);
    if (day !== undefined && day < today) days.set(day, [...(days.get(day) ?? []), entry]);
  }
  const moved: Archived[] = [];
  for (const [day, some] of days) {
    const folder = join(folders.archive, day);
    yield 'folder';
    disk.folder(folder);
    yield 'sync';
    disk.sync(folders.archive);
    for (const entry of some) {
      yield 'rename';
      if (disk.rename(join(folders.done, entry.file), join(folder, entry.file)))
        moved.push({ ...entry, day });
    }
    yield 'sync';
    disk.sync(folder);
  }
  if (moved.length > 0) {
    yield 'sync';
    disk.sync(folders.done);
  }
  return moved;
}

/** What is in the archive, oldest day first; `stranger` hears of what is there and none of ours. */
export function* listingArchive(
  { disk, folders }: Ground,
  stranger: (name: string, why: string) => void = () => undefined,
): Steps<Archived[]> {
  const found: Archived[] = [];
  yield 'list';
  for (const { name: day, is } of disk.names(folders.archive).toSorted(byName)) {
    if (is !== 'folder' || !isDay(day)) {
      stranger(day, 'is not a day');
      continue;
    }
    yield 'list';
    for (const { name, is: kind } of disk.names(join(folders.archive, day))) {
      const entry = kind === 'file' ? entryOf('done', name) : undefined;
      if (entry) found.push({ ...entry, day });
      else stranger(`${day}/${name}`, 'is not a name of ours');
    }
  }
  return found;
}

/** What was done on earlier days: out of the folders that are looked at all day, to be listed when somebody asks. */
export class Archive {
  #ground: Ground;
  #ids: Set<string> | undefined;

  constructor(ground: Ground) {
    this.#ground = ground;
  }

  /** Oldest day first. They are in no place any more, and never move again. */
  entries(): Archived[] {
    return toEnd(listingArchive(this.#ground));
  }

  /** Whether an item is archived; the folders are listed only once, since nobody else fills them meanwhile. */
  has(id: string): boolean {
    this.#ids ??= new Set(this.entries().map((one) => one.id));
    return this.#ids.has(id);
  }

  /** Takes in what is in `done` and ended before today; says how many. For the coordinator. */
  fill(nowMs: number): number {
    const moved = toEnd(archiving(this.#ground, entriesIn(this.#ground, 'done'), dayOf(nowMs)));
    for (const { id } of moved) this.#ids?.add(id);
    return moved.length;
  }
}

const byName = (one: { name: string }, other: { name: string }) => (one.name < other.name ? -1 : 1);
