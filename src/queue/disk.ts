import {
  linkSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  readdirSync,
  renameSync,
  statfsSync,
  statSync,
  unlinkSync,
} from 'node:fs';
import type { Dirent } from 'node:fs';
import { readSmallFile, syncFolder, writeNewFile } from '../durable.ts';
import { codeOf, HarnessError } from '../errors.ts';

/** What a look at one name shows; links are not followed. */
export interface Look {
  /** A regular file: neither link, folder, FIFO nor device. */
  plain: boolean;
  folder: boolean;
  /** Made by this user, or as root by the owner of the queue: others' files cannot be touched, or must not be believed. */
  ours: boolean;
  inode: number;
  /** How many names the file has. */
  links: number;
  mtimeMs: number;
}

/** A name in a folder, and what it names; a symbolic link is neither a file nor a folder. */
export interface Listed {
  name: string;
  is: 'file' | 'folder' | 'other';
}

/**
 * The file calls that the queue is made of, each one atomic. A name that is gone is an answer, not an error;
 * all other failures are thrown as the system reports them.
 */
export interface Disk {
  /** Writes a new file; its data (not its name) survives a power cut once this returns. */
  write(path: string, text: string): void;
  link(from: string, to: string): 'linked' | 'exists' | 'gone';
  /** False if there is no `from` (any more). Replaces `to`. */
  rename(from: string, to: string): boolean;
  /** Makes a folder in one that is there; false if the name is taken. Its own name may be lost in a power cut. */
  folder(path: string): boolean;
  /** Sets the time of the last change; false if the name is gone. */
  touch(path: string, ms: number): boolean;
  /** Waits until the names in a folder survive a power cut. */
  sync(folder: string): void;
  remove(path: string): boolean;
  /** What is in a folder, hidden files left out. Bytes of names that are not ASCII show as one character each. */
  names(folder: string): Listed[];
  /** Moves anything that `names` has listed to a path; false if it is gone. */
  aside(folder: string, name: string, to: string): boolean;
  look(path: string): Look | undefined;
  /** The text of a regular file; undefined if there is none. HarnessError for anything but a plain file of ours of at most `maxBytes`. */
  read(path: string, maxBytes: number): string | undefined;
}

/** The real disk below a folder. */
export function diskOf(folder: string): Disk {
  const owners = ownersOf(folder);
  const look = (path: string) => lookAs(owners, path);
  return {
    write: writeNewFile,
    link,
    rename: repeatsCalls(folder) ? renameOnNetwork : rename,
    folder: makeOne,
    touch: (path, ms) => there(() => lutimesSync(path, ms / 1000, ms / 1000)),
    sync: syncFolder,
    remove: (path) => there(() => unlinkSync(path)),
    names,
    aside,
    look,
    read: (path, maxBytes) => {
      if (look(path)?.ours === false) throw foreignError(path);
      return readSmallFile(path, maxBytes);
    },
  };
}

/** Whose files count: our own; as root also those of whoever owns the queue. */
function ownersOf(folder: string): ReadonlySet<number> {
  const self = process.geteuid?.() ?? 0;
  const owner = statSync(folder, { throwIfNoEntry: false })?.uid;
  return new Set(self === 0 && owner !== undefined ? [self, owner] : [self]);
}

const foreignError = (path: string) => new HarnessError('failed', `${path}: belongs to another user`);

function makeOne(path: string): boolean {
  try {
    mkdirSync(path, { mode: 0o700 });
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

function there(call: () => void): boolean {
  try {
    call();
    return true;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  }
}

const rename = (from: string, to: string): boolean => there(() => renameSync(from, to));

/**
 * A network file system may repeat a call whose answer was lost, and report that the name is gone although it was
 * itself who moved it. Only there the target tells: locally it could be the work of another.
 */
export const renameOnNetwork = (from: string, to: string): boolean =>
  rename(from, to) || (statOf(from) === undefined && statOf(to) !== undefined);

/** Likewise a link may have been made although an error is reported: then the file has two names. */
function link(from: string, to: string): 'linked' | 'exists' | 'gone' {
  try {
    linkSync(from, to);
    return 'linked';
  } catch (error) {
    const [source, target] = [statOf(from), statOf(to)];
    if (codeOf(error) === 'ENOENT' && source === undefined) return 'gone';
    if (source && target && source.nlink > 1 && source.ino === target.ino) return 'linked';
    if (codeOf(error) === 'EEXIST') return 'exists';
    throw error;
  }
}

const statOf = (path: string) => lstatSync(path, { throwIfNoEntry: false });

function lookAs(owners: ReadonlySet<number>, path: string): Look | undefined {
  const stat = statOf(path);
  if (!stat) return undefined;
  return {
    plain: stat.isFile(),
    folder: stat.isDirectory(),
    ours: owners.has(stat.uid),
    inode: stat.ino,
    links: stat.nlink,
    mtimeMs: stat.mtimeMs,
  };
}

function names(folder: string): Listed[] {
  try {
    return readdirSync(folder, { withFileTypes: true, encoding: 'latin1' })
      .filter((entry) => !entry.name.startsWith('.'))
      .map((entry) => ({ name: entry.name, is: kindOf(entry) }));
  } catch (error) {
    if (codeOf(error) !== 'ENOENT' && codeOf(error) !== 'ENOTDIR') throw error;
    throw new HarnessError(
      'environment',
      `${folder}: this folder of the queue is gone; restore it, or start again`,
    );
  }
}

function kindOf(entry: Dirent): Listed['is'] {
  if (entry.isFile()) return 'file';
  return entry.isDirectory() ? 'folder' : 'other';
}

const aside = (folder: string, name: string, to: string): boolean =>
  there(() => renameSync(Buffer.concat([Buffer.from(`${folder}/`), Buffer.from(name, 'latin1')]), to));

/** NFS, SMB (two kinds), CIFS and FUSE, by their magic numbers in statfs(2). */
const NETWORK = new Set([0x69_69, 0x51_7b, 0xfe_53_4d_42, 0xff_53_4d_42, 0x65_73_55_46]);

const repeatsCalls = (folder: string): boolean => NETWORK.has(statfsSync(folder).type);
