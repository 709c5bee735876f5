import { join } from 'node:path';
import { codeOf, HarnessError, messageOf } from '../errors.ts';
import type { Folders } from './folders.ts';
import type { Ground } from './ground.ts';
import { bare, formatName, formatTemporary, parseName, parseTemporary } from './name.ts';
import type { Steps } from './steps.ts';
import { DEFINITION_MAX_BYTES, itemText, parseItem, sameContent } from './work-item.ts';
import type { WorkItem } from './work-item.ts';

/**
 * Adds an item so that it survives a power cut once this ends. The link in ids decides that it exists: `existed`
 * is an item of the same id and content; other content is a HarnessError('usage'). Whatever happens after the
 * link, recovery puts the item into pending.
 */
export function* adding(ground: Ground, item: WorkItem): Steps<'added' | 'existed'> {
  const { disk, folders } = ground;
  const name = nameOf(item);
  const definition = join(folders.ids, item.id);
  for (let tries = 0; tries < 5; tries++) {
    const temporary = join(folders.tmp, temporaryName(ground, name));
    yield 'write';
    disk.write(temporary, itemText(item));
    yield 'link';
    const linked = disk.link(temporary, definition);
    // A recovery that took us for dead swept our file: write it again.
    if (linked === 'gone') continue;
    if (linked === 'exists') {
      yield 'remove';
      disk.remove(temporary);
      yield* agreeing(ground, item);
      return 'existed';
    }
    yield 'sync';
    disk.sync(folders.ids);
    yield 'rename';
    // Gone means that a recovery, or somebody who adds the same, was quicker with this very rename.
    disk.rename(temporary, firstPath(folders, name));
    return 'added';
  }
  throw new HarnessError(
    'environment',
    `${folders.tmp}: new files vanish from it; let nothing else clean this folder`,
  );
}

/** Does an add; what the disk refuses becomes a HarnessError('environment') that says what could not be added. */
export function sayingWhy<T>(queue: string, what: string, add: () => T): T {
  try {
    return add();
  } catch (error) {
    if (error instanceof HarnessError || codeOf(error) === undefined) throw error;
    const why = `${what} could not be added (${messageOf(error)}); mend that and add again`;
    throw new HarnessError('environment', `${queue}: ${why}`, { cause: error });
  }
}

/** Why an item that an agent proposed is held, and what its first name says of it until then. */
const PROPOSED = 'proposed';

/** Where a new item goes under its first name: to pending, or to held if an agent proposed it. */
export function firstPath(folders: Folders, name: string): string {
  const parsed = parseName('pending', name);
  if (parsed?.reason !== PROPOSED) return join(folders.pending, name);
  return join(folders.held, formatName('held', { ...bare(parsed), reason: PROPOSED }));
}

/** What the first name of an item says besides its counts. */
export const firstTail = (item: WorkItem): ReturnType<typeof scheduled> =>
  item.proposedBy === undefined ? scheduled(item) : { reason: PROPOSED };

/** The first name of an item, as in pending. */
export function nameOf(item: WorkItem): string {
  const { id, priority } = item;
  const start = { priority, id, addedMs: Date.parse(item.added), attempt: 0, charged: 0 };
  return formatName('pending', { ...start, ...firstTail(item) });
}

/** What the name of a pending item says of its `notBefore`. */
export const scheduled = ({ notBefore }: WorkItem): { reason?: string; notBeforeMs?: number } =>
  notBefore === undefined ? {} : { reason: 'scheduled', notBeforeMs: Date.parse(notBefore) };

/** A new name in tmp that says which process is writing, so that recovery leaves the living alone. */
export const temporaryName = ({ self, random }: Ground, name: string): string =>
  formatTemporary(name, self(), random(6));

/** Verifies that the item that exists is the one wanted, and finishes its add if whoever began that is gone. */
function* agreeing({ disk, folders }: Ground, item: WorkItem): Steps<void> {
  const definition = join(folders.ids, item.id);
  yield 'read';
  const there = parseItem(disk.read(definition, DEFINITION_MAX_BYTES) ?? '', item.id);
  if (!there)
    throw new HarnessError('failed', `${definition}: the definition of this item is broken; use another id`);
  if (!sameContent(there, item)) {
    throw new HarnessError(
      'usage',
      `item ${item.id} exists with other content ("${there.title}"); use another id`,
    );
  }
  yield 'sync';
  disk.sync(folders.ids);
  yield 'look';
  const inode = disk.look(definition)?.inode;
  yield 'list';
  for (const { name } of disk.names(folders.tmp)) {
    const temporary = parseTemporary(name);
    if (temporary?.id !== item.id) continue;
    yield 'look';
    if (disk.look(join(folders.tmp, name))?.inode !== inode) continue;
    yield 'rename';
    disk.rename(join(folders.tmp, name), firstPath(folders, temporary.pending));
  }
}
