import { watch } from 'node:fs';
import type { FSWatcher } from 'node:fs';
import { join } from 'node:path';
import { monotonicMs, wallMs } from '../clock.ts';
import { HarnessError, messageOf } from '../errors.ts';
import type { Ground } from './ground.ts';
import { entryOf } from './move.ts';
import { PLACES } from './name.ts';
import type { Entry, Place } from './name.ts';

/** Watchers may lose news without a word; this often everything is listed again, in milliseconds. */
const RESCAN_MS = 5 * 60_000;
/** Times of folders are this coarse, in milliseconds: a change so shortly before a scan may have come after it. */
const COARSE_MS = 50;

/** What a catalog tells whoever follows it. */
export interface Follower {
  /** An item came (`before` undefined), moved or went (`after` undefined). Also called for what is there at the start. */
  changed(before: Entry | undefined, after: Entry | undefined): void;
  /** Another process changed something: `refresh` will say what. */
  news(): void;
  /** Something that people should know; each only once. */
  trouble(what: string): void;
}

interface Watched {
  folder: string;
  watcher: FSWatcher | undefined;
  inode: number;
  mtimeMs: number;
  /** Whether a change might still come that leaves the time of change as it is. */
  isFresh: boolean;
  scannedMs: number;
}

/** A name in a place that is no item: a FIFO, a link, a folder, a foreign file. */
export interface Stranger {
  place: Place;
  name: string;
}

/**
 * Where every item is, kept in memory: one scan, then the news of `fs.watch`, then a slow scan again. A view that may be
 * stale by as much as that news takes: moves go by exact names, so a stale entry only loses its race.
 * Where folders cannot be watched they are listed again whenever their time of change has moved.
 */
export class Catalog {
  readonly counts: Record<Place, number> = { pending: 0, claimed: 0, held: 0, failed: 0, done: 0 };
  #ground: Ground;
  #follower: Follower;
  #watch: typeof watch;
  #entries = new Map<string, Entry>();
  #claimed = new Map<string, Entry>();
  #strangers: Stranger[] = [];
  #watched = new Map<Place, Watched>();
  #news = new Map<string, { place: Place; name: string }>();
  /** Names that we changed ourselves, and how often: so much of their news is none. */
  #own = new Map<string, number>();
  #warned = false;

  /** Watches, then scans: what changes in between is news. `watching` is for tests. */
  constructor(ground: Ground, follower: Follower, watching: typeof watch = watch) {
    this.#ground = ground;
    this.#follower = follower;
    this.#watch = watching;
    this.#follow();
  }

  get(id: string): Entry | undefined {
    return this.#entries.get(id);
  }

  /** All items, in no order. */
  entries(): Iterable<Entry> {
    return this.#entries.values();
  }

  claimed(): Iterable<Entry> {
    return this.#claimed.values();
  }

  /** Takes out what was found in the places and is no item. */
  takeStrangers(): Stranger[] {
    return this.#strangers.splice(0);
  }

  /** Notes a move of our own; `to` undefined if somebody else was quicker, and then the file is looked for. */
  moved(from: Entry, to: Entry | undefined): void {
    if (!to) return this.#lookAt(from.place, from.file);
    for (const { place, file } of [from, to]) this.#expect(`${place}/${file}`);
    this.#set(to.id, to);
  }

  /**
   * Looks at what the watchers have named, and lists folders again that cannot be watched, were replaced, or are due.
   * HarnessError('environment') if a folder is gone.
   */
  refresh(): void {
    const { disk } = this.#ground;
    const now = monotonicMs();
    for (const [place, watched] of this.#watched) {
      const look = disk.look(watched.folder);
      if (!look || look.plain) throw goneError(watched.folder);
      const isReplaced = look.inode !== watched.inode;
      const isMoved = !watched.watcher && (watched.isFresh || look.mtimeMs !== watched.mtimeMs);
      if (isReplaced) this.#attach(place);
      if (isReplaced || isMoved || now - watched.scannedMs > RESCAN_MS) this.#scan(place);
    }
    const news = [...this.#news.values()];
    this.#news.clear();
    if (this.#own.size > 10_000) this.#own.clear();
    for (const { place, name } of news) this.#lookAt(place, name);
  }

  close(): void {
    for (const { watcher } of this.#watched.values()) watcher?.close();
    this.#watched.clear();
  }

  #follow(): void {
    for (const place of PLACES) this.#attach(place);
    for (const place of PLACES) this.#scan(place);
    // What moved back into a place that was listed before it.
    this.#scan('pending');
  }

  #attach(place: Place): void {
    const folder = this.#ground.folders[place];
    this.#watched.get(place)?.watcher?.close();
    const inode = this.#ground.disk.look(folder)?.inode ?? 0;
    const watcher = this.#watcherOf(place, folder);
    this.#watched.set(place, { folder, watcher, inode, mtimeMs: 0, isFresh: true, scannedMs: 0 });
  }

  #watcherOf(place: Place, folder: string): FSWatcher | undefined {
    try {
      const watcher = this.#watch(folder, { persistent: false, encoding: 'latin1' });
      watcher.on('change', (event, name) => this.#heard(place, event, name));
      watcher.on('error', (error) => this.#unwatched(place, messageOf(error)));
      return watcher;
    } catch (error) {
      this.#warn(messageOf(error));
      return undefined;
    }
  }

  #unwatched(place: Place, why: string): void {
    const watched = this.#watched.get(place);
    watched?.watcher?.close();
    if (watched) watched.watcher = undefined;
    this.#warn(why);
  }

  #warn(why: string): void {
    if (this.#warned) return;
    this.#warned = true;
    this.#follower.trouble(`the queue cannot be watched (${why}); it is listed again at every tick instead`);
  }

  #heard(place: Place, event: string, name: string | Buffer | null): void {
    // `change` is a heartbeat: only names that come and go matter.
    if (event !== 'rename') return;
    const watched = this.#watched.get(place);
    if (name === null) {
      if (watched) watched.scannedMs = Number.NEGATIVE_INFINITY;
    } else {
      const text = String(name);
      if (text.startsWith('.')) return;
      const key = `${place}/${text}`;
      this.#news.set(key, { place, name: text });
      if (this.#isExpected(key)) return;
    }
    this.#follower.news();
  }

  #expect(key: string): void {
    this.#own.set(key, (this.#own.get(key) ?? 0) + 1);
  }

  #isExpected(key: string): boolean {
    const times = this.#own.get(key) ?? 0;
    if (times > 1) this.#own.set(key, times - 1);
    else this.#own.delete(key);
    return times > 0;
  }

  #lookAt(place: Place, name: string): void {
    const look = this.#ground.disk.look(join(this.#ground.folders[place], name));
    const entry = entryOf(place, name);
    // Bytes that are not ASCII stand as one character each, under which the file is not found.
    const isForeign = /[^ -~]/.test(name) || (look && (!look.plain || !look.ours || !entry));
    if (isForeign) this.#strangers.push({ place, name });
    else if (look && entry) this.#set(entry.id, entry);
    else if (entry && isSame(this.#entries.get(entry.id), entry)) this.#set(entry.id, undefined);
  }

  #scan(place: Place): void {
    const watched = this.#watched.get(place);
    if (!watched) return;
    const { disk } = this.#ground;
    watched.mtimeMs = disk.look(watched.folder)?.mtimeMs ?? 0;
    watched.isFresh = Math.abs(wallMs() - watched.mtimeMs) < COARSE_MS;
    watched.scannedMs = monotonicMs();
    const seen = new Set<string>();
    for (const { name, is } of disk.names(watched.folder)) {
      const entry = is === 'file' ? entryOf(place, name) : undefined;
      if (entry) {
        seen.add(entry.id);
        this.#set(entry.id, entry);
      } else this.#strangers.push({ place, name });
    }
    if (seen.size === this.counts[place]) return;
    for (const entry of this.#entries.values()) {
      if (entry.place === place && !seen.has(entry.id)) this.#set(entry.id, undefined);
    }
  }

  #set(id: string, after: Entry | undefined): void {
    const before = this.#entries.get(id);
    if (isSame(before, after)) return;
    if (before) this.counts[before.place]--;
    if (after) this.counts[after.place]++;
    if (after) this.#entries.set(id, after);
    else this.#entries.delete(id);
    if (after?.place === 'claimed') this.#claimed.set(id, after);
    else this.#claimed.delete(id);
    this.#follower.changed(before, after);
  }
}

const isSame = (one: Entry | undefined, other: Entry | undefined): boolean =>
  one?.place === other?.place && one?.file === other?.file;

const goneError = (folder: string) =>
  new HarnessError('environment', `${folder}: this folder of the queue is gone; restore it, or start again`);
