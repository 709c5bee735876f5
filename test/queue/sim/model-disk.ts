import { basename, dirname } from 'node:path';
import type { Disk, Listed, Look } from '../../../src/queue/disk.ts';
import { HarnessError } from '../../../src/errors.ts';

/** What a model disk gets wrong on purpose, so that it is seen whether the simulator notices. */
export interface Flaws {
  /** An fsync of a file does nothing. */
  filesNotSynced?: boolean;
  /** An fsync of a folder does nothing. */
  foldersNotSynced?: boolean;
}

interface Inode {
  is: 'file' | 'folder';
  number: number;
  text: string;
  /** What a power cut is sure to leave of it. */
  durable: string | undefined;
  mtimeMs: number;
}

/** A change of names: all of it or nothing survives. `sure` once a folder that it touches was synced. */
interface Change {
  removes: string[];
  adds: [path: string, inode: Inode][];
  sure: boolean;
}

/**
 * A disk that forgets: every change of names is atomic, and as long as none of its folders was synced a power cut may
 * take it back, whichever others it leaves (file systems with a journal keep their order, and so lose less). What was
 * written and not synced may be there, in part, or not at all.
 */
export class ModelDisk {
  #flaws: Flaws;
  #chance: () => number;
  #names = new Map<string, Inode>();
  #durable = new Map<string, Inode>();
  #changes: Change[] = [];
  #inodes = 0;
  /** How many changes of names there have been. */
  changes = 0;
  /** The next write is torn: its process is killed in the middle of it. */
  tearNext = false;
  /** Milliseconds that a new file is said to have been changed at. */
  nowMs = 0;

  /** `chance` gives numbers from 0 up to 1. */
  constructor(folders: readonly string[], chance: () => number, flaws: Flaws = {}) {
    this.#chance = chance;
    this.#flaws = flaws;
    for (const folder of folders) this.#names.set(folder, this.#inode('folder'));
    this.#durable = new Map(this.#names);
  }

  /** All files with their texts; for the judge, not for processes. */
  *files(): Iterable<[path: string, text: string]> {
    for (const [path, inode] of this.#names) if (inode.is === 'file') yield [path, inode.text];
  }

  /** The power fails: what was not synced is there, or not, or in part. */
  cutPower(): void {
    const left = new Map(this.#durable);
    for (const change of this.#changes) if (change.sure || this.#chance() < 0.5) apply(left, change);
    for (const path of left.keys()) if (!this.#hasFolders(left, path)) left.delete(path);
    for (const inode of left.values()) this.#lose(inode);
    this.#names = left;
    this.changes++;
    this.#durable = new Map(left);
    this.#changes = [];
  }

  #hasFolders(names: Map<string, Inode>, path: string): boolean {
    const parent = dirname(path);
    return this.#isRoot(parent) || (names.has(parent) && this.#hasFolders(names, parent));
  }

  readonly #isRoot = (path: string): boolean => path === '/q' || path === '/';

  #lose(inode: Inode): void {
    if (inode.is === 'folder' || inode.durable === inode.text) return;
    const chance = this.#chance();
    if (chance < 0.4) inode.text = inode.durable ?? '';
    else if (chance < 0.7) inode.text = inode.text.slice(0, Math.floor(this.#chance() * inode.text.length));
    inode.durable = inode.text;
  }

  #inode(is: Inode['is'], text = ''): Inode {
    return { is, number: ++this.#inodes, text, durable: undefined, mtimeMs: this.nowMs };
  }

  #change(removes: string[], adds: Change['adds']): void {
    const change = { removes, adds, sure: false };
    apply(this.#names, change);
    this.changes++;
    this.#changes.push(change);
  }

  #requireFolder(path: string): void {
    if (this.#isRoot(path) || this.#names.get(path)?.is === 'folder') return;
    throw Object.assign(new Error(`ENOENT: ${path}`), { code: 'ENOENT' });
  }

  /** The calls as the queue makes them. */
  readonly disk: Disk = {
    write: (path, text) => {
      this.#requireFolder(dirname(path));
      if (this.#names.has(path)) throw Object.assign(new Error(`EEXIST: ${path}`), { code: 'EEXIST' });
      const inode = this.#inode('file', text);
      this.#change([], [[path, inode]]);
      if (this.tearNext) {
        this.tearNext = false;
        inode.text = text.slice(0, Math.floor(this.#chance() * text.length));
        throw new Error('killed');
      }
      if (!this.#flaws.filesNotSynced) inode.durable = text;
    },
    link: (from, to) => {
      const inode = this.#names.get(from);
      if (!inode) return 'gone';
      if (this.#names.has(to)) return 'exists';
      this.#change([], [[to, inode]]);
      return 'linked';
    },
    rename: (from, to) => this.#rename(from, to),
    folder: (path) => {
      this.#requireFolder(dirname(path));
      if (this.#names.has(path)) return false;
      this.#change([], [[path, this.#inode('folder')]]);
      return true;
    },
    touch: (path, ms) => {
      const inode = this.#names.get(path);
      if (inode) inode.mtimeMs = ms;
      return inode !== undefined;
    },
    sync: (folder) => {
      this.#requireFolder(folder);
      if (this.#flaws.foldersNotSynced) return;
      for (const change of this.#changes) if (!change.sure) change.sure = touches(change, folder);
      while (this.#changes[0]?.sure) apply(this.#durable, this.#changes.shift() ?? never());
    },
    remove: (path) => {
      if (!this.#names.has(path)) return false;
      this.#change([path], []);
      return true;
    },
    names: (folder) => this.#list(folder),
    aside: (folder, name, to) => this.#rename(`${folder}/${name}`, to),
    look: (path) => this.#look(path),
    read: (path, maxBytes) => {
      const inode = this.#names.get(path);
      if (!inode) return undefined;
      if (inode.is !== 'file' || inode.text.length > maxBytes)
        throw new HarnessError('failed', 'not a small file');
      return inode.text;
    },
  };

  #rename(from: string, to: string): boolean {
    const inode = this.#names.get(from);
    if (!inode) return false;
    this.#requireFolder(dirname(to));
    // As POSIX has it: two names of one file stay as they are.
    if (this.#names.get(to) === inode) return true;
    this.#change([from], [[to, inode]]);
    return true;
  }

  #list(folder: string): Listed[] {
    this.#requireFolder(folder);
    const found: Listed[] = [];
    for (const [path, { is }] of this.#names) {
      const name = basename(path);
      if (dirname(path) === folder && !name.startsWith('.')) found.push({ name, is });
    }
    return found;
  }

  #look(path: string): Look | undefined {
    const inode = this.#names.get(path);
    if (!inode) return undefined;
    return {
      plain: inode.is === 'file',
      folder: inode.is === 'folder',
      ours: true,
      inode: inode.number,
      // Nobody but the real disk asks.
      links: 1,
      mtimeMs: inode.mtimeMs,
    };
  }
}

function apply(names: Map<string, Inode>, { removes, adds }: Change): void {
  for (const path of removes) names.delete(path);
  for (const [path, inode] of adds) names.set(path, inode);
}

const touches = ({ removes, adds }: Change, folder: string): boolean =>
  removes.some((path) => dirname(path) === folder) || adds.some(([path]) => dirname(path) === folder);

function never(): never {
  throw new Error('unreachable');
}
