import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { codeOf, HarnessError } from './errors.ts';
import { randomText } from './clock.ts';

/**
 * Creates a folder and its parents, readable by this user only. Not by `recursive`, which never ends where the system
 * answers ENOENT for a folder whose parent is there (seen below /proc with Node.js 24).
 */
export function makeFolder(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if (codeOf(error) === 'EEXIST' && statSync(path).isDirectory()) return;
    const parent = dirname(path);
    if (codeOf(error) !== 'ENOENT' || existsSync(parent)) throw error;
    makeFolder(parent);
    makeFolder(path);
  }
}

/** Writes a new file (it must not exist) and waits until its data is on the disk; what cannot be written whole is not left. */
export function writeNewFile(path: string, data: string | Uint8Array): void {
  writeWhole(path, typeof data === 'string' ? Buffer.from(data) : data, true);
}

/** A full disk takes the name and not the data: what is left of a failed write is removed. */
function writeWhole(path: string, data: Uint8Array, durable: boolean): void {
  const fd = openSync(path, 'wx', 0o600);
  try {
    writeAll(fd, data);
    if (durable) fsyncSync(fd);
  } catch (error) {
    rmSync(path, { force: true });
    throw error;
  } finally {
    closeSync(fd);
  }
}

function writeAll(fd: number, data: Uint8Array): void {
  for (let at = 0; at < data.length; ) at += writeSync(fd, data, at);
}

/**
 * Replaces a file at once: readers see the old text or the new one, never a part. With `durable`
 * the new text also survives a power cut once this returns.
 */
export function replaceFile(path: string, data: string, { durable = false } = {}): void {
  const temporary = `${path}.${process.pid}.${randomText(4)}.tmp`;
  writeWhole(temporary, Buffer.from(data), durable);
  renameSync(temporary, path);
  if (durable) syncFolder(dirname(path));
}

/** Waits until the names in a folder are on the disk; file systems that cannot do it are let be. */
export function syncFolder(path: string): void {
  const fd = openSync(path, 'r');
  try {
    fsyncSync(fd);
  } catch (error) {
    if (!['EINVAL', 'EISDIR', 'EPERM', 'ENOTSUP'].includes(codeOf(error) ?? '')) throw error;
  } finally {
    closeSync(fd);
  }
}

/** Opens a file for reading without waiting: a FIFO in its place has nothing to read. Throws where there is none. */
export const openToRead = (path: string): number => openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);

/** Removes what is in the place of a plain file and would be waited for or followed: a FIFO, a socket, a link; never a device. */
export function makeWayFor(path: string): void {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat?.isFIFO() || stat?.isSocket() || stat?.isSymbolicLink()) rmSync(path, { force: true });
}

/** Opens a file for appending and makes it where it is missing; no plain file in its place is in the way. */
export function openToAppend(path: string): number {
  makeWayFor(path);
  const { O_WRONLY, O_APPEND, O_CREAT, O_NOFOLLOW, O_NONBLOCK } = constants;
  return openSync(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0o600);
}

/**
 * Reads a regular file of at most `maxBytes`. Never follows a link and never waits for a FIFO or a
 * device; undefined if there is no such file. Throws a HarnessError for anything that is not a plain, small file.
 */
export function readSmallFile(path: string, maxBytes: number): string | undefined {
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    if (['ELOOP', 'ENXIO', 'EISDIR'].includes(codeOf(error) ?? '')) throw notPlain(path);
    throw error;
  }
  try {
    const stat = fstatSync(fd);
    if (!stat.isFile()) throw notPlain(path);
    if (stat.size > maxBytes) {
      throw new HarnessError(
        'failed',
        `${path}: ${stat.size} bytes, more than the ${maxBytes} that are read`,
      );
    }
    const buffer = Buffer.alloc(stat.size);
    let length = 0;
    while (length < buffer.length) {
      const got = readSync(fd, buffer, length, buffer.length - length, length);
      if (got === 0) break;
      length += got;
    }
    return buffer.toString('utf8', 0, length);
  } finally {
    closeSync(fd);
  }
}

const notPlain = (path: string) => new HarnessError('failed', `${path}: not a regular file`);
