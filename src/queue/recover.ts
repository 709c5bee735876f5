import { join } from 'node:path';
import { codeOf, HarnessError } from '../errors.ts';
import { firstPath, firstTail } from './add.ts';
import type { Alive, Ground } from './ground.ts';
import { fileIn, listingArchive } from './archive.ts';
import type { Archived } from './archive.ts';
import { returning } from './edit.ts';
import { finishingImports } from './import.ts';
import { entryOf } from './move.ts';
import type { Entry } from './name.ts';
import { bare, formatName, inOrder, PLACES } from './name.ts';
import type { ItemName, Place } from './name.ts';
import { listingAttempts, readingRecords } from './records.ts';
import type { Steps } from './steps.ts';
import { quarantining, sweeping } from './sweep.ts';
import type { Recovery } from './sweep.ts';
import { DEFINITION_MAX_BYTES, isId, parseItem } from './work-item.ts';
import type { WorkItem } from './work-item.ts';

/**
 * Brings the folders into order: foreign files are moved to corrupt, interrupted adds finished or swept, items
 * that a power cut took out of every place put back, second copies moved aside, items with a broken definition moved
 * to failed. For the one coordinator only; it may be killed anywhere and run again.
 */
export function* recovering(ground: Ground, alive: Alive): Steps<Recovery> {
  const { disk, folders } = ground;
  const report: Recovery = { finished: [], swept: 0, quarantined: [] };
  yield* finishingImports(ground, report, alive);
  // ids before tmp before the places: an add moves in this order, so a look that follows it misses none.
  const ids = yield* listingIds(ground, report);
  yield* clearingAttempts(ground, report);
  const placed = idsOf(yield* lookingAtPlaces(ground, report));
  yield* sweeping(ground, report, { placed, alive });
  // The archive after the places: what goes there has been seen.
  const entries = [...(yield* lookingAtPlaces(ground, report)), ...(yield* lookingAtArchive(ground, report))];
  const kept = yield* singling(ground, report, entries);
  for (const entry of kept.values()) {
    const known = ids.has(entry.id) || (yield* isDefined(ground, entry.id));
    yield* verifying(ground, report, { entry, known });
    if (yield* returning(ground, entry, alive)) report.finished.push(entry.id);
  }
  // Found by neither look: not an item that somebody just moved, but one without a place.
  for (const { id } of entries) placed.add(id);
  const lost = [...ids].filter((id) => !placed.has(id));
  // Once more, since other terminals may have moved them against the order of both looks.
  const found = idsOf(lost.length > 0 ? yield* lookingAtPlaces(ground, report) : []);
  for (const id of lost) if (!found.has(id)) yield* placing(ground, report, id);
  yield 'sync';
  disk.sync(folders.ids);
  return report;
}

const idsOf = (entries: readonly Entry[]): Set<string> => new Set(entries.map(({ id }) => id));

function* listingIds(ground: Ground, report: Recovery): Steps<Set<string>> {
  const { disk, folders } = ground;
  const ids = new Set<string>();
  yield 'list';
  for (const { name, is } of disk.names(folders.ids)) {
    if (is === 'file' && isId(name)) ids.add(name);
    else yield* quarantining(ground, report, { folder: 'ids', name, why: 'not the definition of an item' });
  }
  return ids;
}

function* clearingAttempts(ground: Ground, report: Recovery): Steps<void> {
  const { disk, folders } = ground;
  yield 'list';
  for (const { name } of disk
    .names(folders.attempts)
    .filter((one) => one.is !== 'folder' || !isId(one.name))) {
    yield* quarantining(ground, report, { folder: 'attempts', name, why: 'not the attempts of an item' });
  }
}

function* lookingAtPlaces(ground: Ground, report: Recovery): Steps<Entry[]> {
  const entries: Entry[] = [];
  for (const place of PLACES) {
    yield 'list';
    for (const { name, is } of ground.disk.names(ground.folders[place])) {
      const entry = is === 'file' ? entryOf(place, name) : undefined;
      if (entry) entries.push(entry);
      else {
        const why = is === 'file' ? 'not a name of ours' : 'not a regular file';
        yield* quarantining(ground, report, { folder: place, name, why });
      }
    }
  }
  return entries;
}

function* lookingAtArchive(ground: Ground, report: Recovery): Steps<Archived[]> {
  const strangers: { name: string; why: string }[] = [];
  const found = yield* listingArchive(ground, (name, why) => strangers.push({ name, why }));
  for (const stranger of strangers) yield* quarantining(ground, report, { folder: 'archive', ...stranger });
  return found;
}

/** Of two copies the one that came further is the true one; the places are listed in the order of progress. */
const furtherFirst = (one: Entry, other: Entry): number =>
  other.attempt - one.attempt ||
  other.charged - one.charged ||
  PLACES.indexOf(other.place) - PLACES.indexOf(one.place);

/** Keeps one entry of each item. A power cut may leave two where a file system does not rename at once. */
function* singling(
  ground: Ground,
  report: Recovery,
  entries: readonly (Entry | Archived)[],
): Steps<Map<string, Entry | Archived>> {
  const kept = new Map<string, Entry | Archived>();
  for (const entry of entries.toSorted((one, other) => inOrder(one, other) || furtherFirst(one, other))) {
    const first = kept.get(entry.id);
    if (!first) kept.set(entry.id, entry);
    else if (yield* isThere(ground, first)) {
      yield* quarantining(ground, report, {
        ...whereIs(entry),
        why: `also in ${whereIs(first).folder}`,
      });
    }
  }
  return kept;
}

/** An entry that another terminal has moved since we looked is no second copy. */
function* isThere({ disk, folders }: Ground, entry: Entry | Archived): Steps<boolean> {
  const { folder, name } = whereIs(entry);
  yield 'look';
  return disk.look(join(folders[folder], name)) !== undefined;
}

const whereIs = (entry: Entry | Archived): { folder: Place | 'archive'; name: string } =>
  'day' in entry ? { folder: 'archive', name: fileIn(entry) } : { folder: entry.place, name: entry.file };

/** Verifies that an item has its link in ids and, unless it has ended, a definition that can be read. */
function* verifying(
  ground: Ground,
  report: Recovery,
  { entry, known }: { entry: Entry; known: boolean },
): Steps<void> {
  const { disk, folders } = ground;
  const file = join(folders[entry.place], entry.file);
  if (known && (entry.place === 'done' || entry.place === 'failed')) return;
  const item = yield* reading(ground, known ? join(folders.ids, entry.id) : file, entry.id);
  if (item && known) return;
  if (item) {
    yield 'link';
    if (disk.link(file, join(folders.ids, entry.id)) === 'linked') report.finished.push(entry.id);
  } else if (known) {
    yield 'rename';
    if (disk.rename(file, join(folders.failed, brokenName(entry))))
      report.quarantined.push(brokenText(entry.id));
  } else {
    yield* quarantining(ground, report, { folder: entry.place, name: entry.file, why: 'not an item' });
  }
}

/** An item that was added since ids was listed is known as well. */
function* isDefined({ disk, folders }: Ground, id: string): Steps<boolean> {
  yield 'look';
  return disk.look(join(folders.ids, id)) !== undefined;
}

/** The item in a file; undefined if what is there is none. Failures that may pass are thrown. */
function* reading({ disk }: Ground, path: string, id: string): Steps<WorkItem | undefined> {
  yield 'read';
  try {
    return parseItem(disk.read(path, DEFINITION_MAX_BYTES) ?? '', id);
  } catch (error) {
    if (error instanceof HarnessError || codeOf(error) === 'EACCES') return undefined;
    throw error;
  }
}

/** Puts an item that is in no place back, with the counts that its records tell. */
function* placing(ground: Ground, report: Recovery, id: string): Steps<void> {
  const { disk, folders } = ground;
  const item = yield* reading(ground, join(folders.ids, id), id);
  const attempts = yield* listingAttempts(ground, id);
  const records = yield* readingRecords(ground, id);
  const name: ItemName = {
    id,
    priority: item?.priority ?? 'normal',
    addedMs: item ? Date.parse(item.added) : 0,
    attempt: attempts.at(-1)?.attempt ?? 0,
    charged: records.filter(({ charged }) => charged === true).length,
    ...(item ? firstTail(item) : {}),
  };
  yield 'link';
  if (item) {
    if (disk.link(join(folders.ids, id), firstPath(folders, formatName('pending', name))) === 'linked') {
      report.finished.push(id);
    }
  } else if (disk.link(join(folders.ids, id), join(folders.failed, brokenName(name))) === 'linked') {
    report.quarantined.push(brokenText(id));
  }
}

const brokenName = (name: ItemName) => formatName('failed', { ...bare(name), reason: 'broken' });
const brokenText = (id: string) => `ids/${id}: its definition is broken`;
