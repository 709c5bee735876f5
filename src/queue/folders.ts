import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { randomText } from '../clock.ts';
import { makeFolder, readSmallFile, replaceFile } from '../durable.ts';
import { codeOf, HarnessError, messageOf } from '../errors.ts';
import type { Disk } from './disk.ts';
import { PLACES } from './name.ts';
import type { Place } from './name.ts';

/** The grammar of names and bodies that this program reads and writes (docs/format.md). */
export const FORMAT = 1;

/** The folders of a queue: the places, and those that are not places. */
export type Folder = Place | 'ids' | 'tmp' | 'attempts' | 'corrupt' | 'imports' | 'archive';

export type Folders = Readonly<Record<Folder, string>>;

/** The paths of the folders of a queue. */
export function foldersOf(queue: string): Folders {
  const at = (name: Folder) => join(queue, name);
  return {
    pending: at('pending'),
    claimed: at('claimed'),
    done: at('done'),
    failed: at('failed'),
    held: at('held'),
    ids: at('ids'),
    tmp: at('tmp'),
    attempts: at('attempts'),
    corrupt: at('corrupt'),
    imports: at('imports'),
    archive: at('archive'),
  };
}

/**
 * Makes what is missing of a queue. Throws HarnessError('environment') where its folders cannot be made or are not
 * folders, where its files are of another format, and, for a new queue, where files cannot be linked and renamed.
 */
export function prepareFolders(queue: string, folders: Folders): void {
  try {
    for (const folder of [queue, ...Object.values(folders)]) {
      makeFolder(folder);
      if (!lstatSync(folder).isDirectory() && folder !== queue) throw new Error('not a folder');
    }
  } catch (error) {
    throw new HarnessError(
      'environment',
      `${queue}: the queue cannot be kept here (${messageOf(error)}); name another home with --home or HARNESS_HOME`,
      { cause: error },
    );
  }
}

/** Whether the queue says which format it has; HarnessError('environment') if that is not the one we know. */
export function verifyFormat(queue: string): boolean {
  const file = join(queue, 'format.json');
  const text = readSmallFile(file, 4096);
  if (text === undefined) return false;
  const format = formatIn(text);
  if (format === FORMAT) return true;
  throw new HarnessError(
    'environment',
    `${file}: this queue has format ${format ?? 'unknown'}, this harness knows ${FORMAT}; use the version that wrote it`,
  );
}

function formatIn(text: string): number | undefined {
  try {
    const { format } = JSON.parse(text) as { format?: unknown };
    return typeof format === 'number' ? format : undefined;
  } catch {
    return undefined;
  }
}

/** Makes a queue of empty folders, if files can be kept here. Several processes may do so at once: they write the same. */
export function beginQueue(queue: string, { disk, folders }: { disk: Disk; folders: Folders }): void {
  // Looked at twice: another process may have begun this queue, and added to it, since.
  if (disk.names(folders.ids).length > 0 && !verifyFormat(queue)) {
    throw new HarnessError(
      'environment',
      `${queue}: there are items, but no format.json that says how to read them; put it back`,
    );
  }
  probe(disk, folders);
  replaceFile(join(queue, 'format.json'), `${JSON.stringify({ format: FORMAT })}\n`, { durable: true });
}

/**
 * Links and renames a file through all folders, since a mount inside the queue breaks both (even one of the
 * same file system) and some file systems cannot link. HarnessError('environment') names the folder.
 */
export function probe(disk: Disk, folders: Folders): void {
  const name = `.probe-${process.pid}-${randomText(6)}`;
  let at = join(folders.tmp, name);
  let step = folders.tmp;
  try {
    disk.write(at, '');
    step = folders.ids;
    if (disk.link(at, join(folders.ids, name)) !== 'linked')
      throw new Error('a new file could not be linked');
    for (const place of [...PLACES, 'archive', 'corrupt'] as const) {
      step = folders[place];
      if (!disk.rename(at, join(step, name))) throw new Error('a renamed file was not found');
      at = join(step, name);
    }
  } catch (error) {
    const code = codeOf(error);
    throw new HarnessError(
      'environment',
      `${step}: files cannot be linked and renamed into it (${code ?? messageOf(error)}); keep the whole queue on one local file system`,
      { cause: error },
    );
  } finally {
    for (const path of [at, join(folders.ids, name)]) removeQuietly(disk, path);
  }
}

function removeQuietly(disk: Disk, path: string): void {
  try {
    disk.remove(path);
  } catch {
    // The reason why it cannot be removed is the one that the probe reports.
  }
}
