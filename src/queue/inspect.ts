import { join } from 'node:path';
import { HarnessError, messageOf } from '../errors.ts';
import type { Alive, Ground } from './ground.ts';
import { listingArchive } from './archive.ts';
import { verifyAfter } from './dependencies.ts';
import { editorOf } from './edit.ts';
import type { Folder } from './folders.ts';
import { isManifest, writerOf } from './import.ts';
import { entryOf } from './move.ts';
import { parseTemporary, PLACES } from './name.ts';
import type { Entry } from './name.ts';
import { listingAttempts, readingRecord } from './records.ts';
import type { Steps } from './steps.ts';
import { DEFINITION_MAX_BYTES, isId, parseItem } from './work-item.ts';
import type { WorkItem } from './work-item.ts';

/** Something in the folders of a queue that should not be so. */
export interface Fault {
  /** A path below the folder of the queue. */
  where: string;
  what: string;
  /** Whether a repair mends it (or moves it to corrupt), or a person has to decide. */
  mend: 'repair' | 'person';
}

type Say = (where: string, what: string, mend?: Fault['mend']) => void;

/**
 * Looks whether everything holds that docs/format.md promises; changes nothing. While others work on the queue, what they
 * are in the middle of may show as a fault: only what two looks find is one.
 */
export function* inspecting(ground: Ground, alive: Alive): Steps<Fault[]> {
  const faults: Fault[] = [];
  const say: Say = (where, what, mend = 'repair') => faults.push({ where, what, mend });
  const ids = yield* ownNames(ground, say, { folder: 'ids', isOwn: isId, kind: 'file' });
  const places = yield* placed(ground, say);
  const shelved = yield* listingArchive(ground, (name, why) => say(`archive/${name}`, why));
  const archived = new Set(shelved.map(({ id }) => id));
  const items = new Map<string, WorkItem>();
  for (const id of ids) {
    const item = yield* defined(ground, id);
    if (item) items.set(id, item);
    const [entry, ...more] = places.get(id) ?? [];
    for (const one of more) say(`${one.place}/${one.file}`, `is also in ${entry?.place}`);
    if (entry && archived.has(id)) say(`${entry.place}/${entry.file}`, 'is also in archive');
    if (!entry && !archived.has(id)) say(`ids/${id}`, 'is in no place');
    if (!item && entry?.place !== 'failed' && entry?.place !== 'done' && !archived.has(id))
      say(`ids/${id}`, 'its definition is broken');
    if (entry) yield* whole(ground, say, { entry, item, alive });
  }
  const known = new Set(ids);
  for (const [id, [entry]] of places)
    if (entry && !known.has(id)) say(`${entry.place}/${entry.file}`, 'has no definition in ids');
  yield* leftovers(ground, say, alive);
  yield* evidence(ground, say, known);
  for (const id of archived) places.set(id, []);
  dependencies(say, items, places);
  return faults;
}

function* ownNames(
  { disk, folders }: Ground,
  say: Say,
  { folder, isOwn, kind }: { folder: Folder; isOwn: (name: string) => boolean; kind: 'file' | 'folder' },
): Steps<string[]> {
  yield 'list';
  return disk.names(folders[folder]).flatMap(({ name, is }) => {
    if (is === kind && isOwn(name)) return [name];
    say(`${folder}/${name}`, is === kind ? 'is not a name of ours' : `is not a ${kind}`);
    return [];
  });
}

/** The items in the places by their ids: one each, where all is well. */
function* placed(ground: Ground, say: Say): Steps<Map<string, Entry[]>> {
  const found = new Map<string, Entry[]>();
  for (const place of PLACES) {
    const isOwn = (name: string) => entryOf(place, name) !== undefined;
    for (const name of yield* ownNames(ground, say, { folder: place, isOwn, kind: 'file' })) {
      const entry = entryOf(place, name);
      if (entry) found.set(entry.id, [...(found.get(entry.id) ?? []), entry]);
    }
  }
  return found;
}

function* defined(ground: Ground, id: string): Steps<WorkItem | undefined> {
  return yield* itemIn(ground, join(ground.folders.ids, id), id);
}

function* itemIn({ disk }: Ground, path: string, id: string): Steps<WorkItem | undefined> {
  yield 'read';
  try {
    return parseItem(disk.read(path, DEFINITION_MAX_BYTES) ?? '', id);
  } catch (error) {
    if (error instanceof HarnessError) return undefined;
    throw error;
  }
}

/** What an item's own file and name must say. */
function* whole(
  ground: Ground,
  say: Say,
  { entry, item, alive }: { entry: Entry; item: WorkItem | undefined; alive: Alive },
): Steps<void> {
  const { disk, folders } = ground;
  const where = `${entry.place}/${entry.file}`;
  const path = join(folders[entry.place], entry.file);
  yield 'look';
  const look = disk.look(path);
  if (look?.ours === false) say(where, 'belongs to another user');
  if (entry.charged > entry.attempt) say(where, 'counts more charged attempts than attempts', 'person');
  if (entry.place === 'claimed' && entry.attempt === 0) say(where, 'is claimed for attempt 0', 'person');
  const editor = editorOf(entry);
  if (editor && !alive(editor)) say(where, 'was being edited by a process that is gone');
  if (!item || (entry.place !== 'pending' && (entry.place !== 'held' || editor))) return;
  if (look?.inode === disk.look(join(folders.ids, entry.id))?.inode) return;
  const copy = yield* itemIn(ground, path, entry.id);
  if (JSON.stringify(copy) !== JSON.stringify(item)) say(where, 'differs from its definition in ids');
}

/** What is left of adds and imports whose process is gone. */
function* leftovers({ disk, folders }: Ground, say: Say, alive: Alive): Steps<void> {
  yield 'list';
  for (const { name, is } of disk.names(folders.tmp)) {
    const writer = is === 'file' ? parseTemporary(name) : undefined;
    if (!writer) say(`tmp/${name}`, 'is not a file of an add');
    else if (!alive(writer)) say(`tmp/${name}`, 'was being added by a process that is gone');
  }
  yield 'list';
  for (const { name, is } of disk.names(folders.imports)) {
    const writer = writerOf(name);
    if (is !== 'file' || !(isManifest(name) || writer)) say(`imports/${name}`, 'is not an import');
    else if (!writer) say(`imports/${name}`, 'is an import that was not finished');
    else if (!alive(writer)) say(`imports/${name}`, 'was being written by a process that is gone');
  }
}

function* evidence(ground: Ground, say: Say, known: ReadonlySet<string>): Steps<void> {
  for (const id of yield* ownNames(ground, say, { folder: 'attempts', isOwn: isId, kind: 'folder' })) {
    if (!known.has(id)) say(`attempts/${id}`, 'are the attempts of no item');
    for (const folder of yield* listingAttempts(ground, id)) {
      const file = join(ground.folders.attempts, id, folder.name, 'record.json');
      yield 'look';
      if (ground.disk.look(file) && !(yield* readingRecord(ground, id, folder)))
        say(`attempts/${id}/${folder.name}/record.json`, 'is not a whole record');
    }
  }
}

/** Whoever has not ended must be able to wait for what it comes after. */
function dependencies(
  say: Say,
  items: ReadonlyMap<string, WorkItem>,
  places: ReadonlyMap<string, readonly Entry[]>,
): void {
  const open = [...items.values()].filter(({ id }) => {
    const place = places.get(id)?.[0]?.place;
    return place === 'pending' || place === 'held';
  });
  for (const item of open) {
    const gone = item.after.find((other) => !places.has(other) && !items.has(other));
    if (gone !== undefined) say(`ids/${item.id}`, `comes after ${gone}, which does not exist`, 'person');
  }
  try {
    const known = open.filter(({ after }) => after.every((other) => items.has(other)));
    verifyAfter(known, (id) => items.get(id) ?? { id, after: [] });
  } catch (error) {
    say('ids', messageOf(error), 'person');
  }
}
