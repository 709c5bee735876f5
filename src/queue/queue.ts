import { join } from 'node:path';
import { wallMs } from '../clock.ts';
import { codeOf, HarnessError } from '../errors.ts';
import { adding, sayingWhy } from './add.ts';
import { Archive } from './archive.ts';
import { groundIn, isAliveHere } from './ground.ts';
import type { Ground } from './ground.ts';
import { verifyAfter } from './dependencies.ts';
import { Catalog } from './catalog.ts';
import type { Follower, Stranger } from './catalog.ts';
import { editing } from './edit.ts';
import { beginQueue, foldersOf, prepareFolders, probe, verifyFormat } from './folders.ts';
import { importing, verifySame } from './import.ts';
import { entriesIn, findAmong } from './listing.ts';
import { isLease, moving, taking } from './move.ts';
import type { Change, Holder } from './move.ts';
import type { Entry, Lease, Place } from './name.ts';
import { newId } from './new-id.ts';
import { recovering } from './recover.ts';
import { listingAttempts, makingAttemptFolder, readingRecords, writingRecord } from './records.ts';
import type { AttemptRecord } from './records.ts';
import { toEnd } from './steps.ts';
import { quarantining } from './sweep.ts';
import type { Recovery } from './sweep.ts';
import { DEFINITION_MAX_BYTES, isId, newWorkItem, parseItem } from './work-item.ts';
import type { ItemInput, WorkItem } from './work-item.ts';

/**
 * The queue of work items in a folder: plain files, moved by one rename each. Any number of processes may add and
 * look; those of other terminals move unclaimed items only, the rest is the coordinator's.
 *
 * What a move was given may be stale: then somebody else was quicker and the answer is `false` or `undefined`.
 */
export class Queue {
  readonly folder: string;
  readonly archive: Archive;
  /** The folder with what is kept of attempts, for files beside their records. */
  readonly attempts: string;
  readonly #ground: Ground;
  readonly #inode: number | undefined;
  #catalog: Catalog | undefined;

  private constructor(folder: string) {
    this.folder = folder;
    const folders = foldersOf(folder);
    this.attempts = folders.attempts;
    prepareFolders(folder, folders);
    this.#ground = groundIn(folder);
    this.archive = new Archive(this.#ground);
    this.#inode = this.#ground.disk.look(folder)?.inode;
  }

  /**
   * Opens a queue and makes what is missing of it. HarnessError('environment') where none can be kept, or where
   * there is one of another format.
   */
  static open(folder: string): Queue {
    const queue = new Queue(folder);
    if (!verifyFormat(folder)) beginQueue(folder, queue.#ground);
    return queue;
  }

  /**
   * Adds an item; it survives a power cut once this returns. Adding the same again is no error; HarnessError('usage')
   * if the id belongs to an item of other content, HarnessError('environment') if the disk refuses.
   */
  add(item: WorkItem): { id: string; existed: boolean } {
    verifyAfter([item], (id) => this.read(id));
    const existed = sayingWhy(
      this.folder,
      `item ${item.id}`,
      () => toEnd(adding(this.#ground, item)) === 'existed',
    );
    return { id: item.id, existed };
  }

  /**
   * Adds many items, all or none; they survive a power cut once this returns. HarnessError('usage') if one of
   * them cannot be added: unknown or circular `after`, an id of other content.
   */
  import(items: readonly WorkItem[]): void {
    this.verifyImport(items);
    sayingWhy(this.folder, `${items.length} items`, () => toEnd(importing(this.#ground, items)));
  }

  /** HarnessError('usage') if these could not be imported. */
  verifyImport(items: readonly WorkItem[]): void {
    verifyAfter(items, (id) => this.read(id));
    for (const item of items) if (this.#exists(item.id)) verifySame(item, this.read(item.id));
  }

  #exists(id: string): boolean {
    return this.#ground.disk.look(join(this.#ground.folders.ids, id)) !== undefined;
  }

  /** Makes an item under a new id and adds it. HarnessError('usage') for what cannot be an item. */
  addNew(input: ItemInput): WorkItem {
    for (;;) {
      const addedMs = wallMs();
      const item = newWorkItem(input, { id: newId(addedMs), addedMs });
      if (this.#exists(item.id)) continue;
      try {
        if (!this.add(item).existed) return item;
      } catch (error) {
        // Another process was given the same id in the same moment: its content differs, or is even the same.
        if (!(error instanceof HarnessError) || error.trouble !== 'usage') throw error;
      }
    }
  }

  /**
   * Keeps a catalog of all items from now on, which hears of moves of our own at once and of others' soon. For the
   * coordinator; to be closed at the end.
   */
  follow(follower: Follower): Catalog {
    this.#catalog = new Catalog(this.#ground, follower);
    return this.#catalog;
  }

  /** Moves what is no item out of the places, whatever it is; says what and why. */
  quarantine(strangers: readonly Stranger[]): string[] {
    const report: Recovery = { finished: [], swept: 0, quarantined: [] };
    for (const { place, name } of strangers)
      toEnd(quarantining(this.#ground, report, { folder: place, name, why: 'not a file of an item' }));
    return report.quarantined;
  }

  /** Whether the folder of the queue is still the one that was opened. */
  isInPlace(): boolean {
    return this.#ground.disk.look(this.folder)?.inode === this.#inode;
  }

  /** The items of a place, or of all, in the order in which they are begun. A snapshot: it may be stale at once. */
  entries(place?: Place): Entry[] {
    return entriesIn(this.#ground, place);
  }

  /** The item of an id or of the beginning of one. HarnessError('usage') if there is none, or several. */
  find(prefix: string): Entry {
    return findAmong(this.entries(), () => this.archive.entries(), prefix);
  }

  /** Where an item is, given those that are in a place: who is in none of them may be archived, and so done. */
  placesOf(entries: readonly Entry[]): (id: string) => Place | undefined {
    const places = new Map(entries.map(({ id, place }) => [id, place]));
    return (id) => places.get(id) ?? (this.archive.has(id) ? 'done' : undefined);
  }

  /** The definition of an item, which never changes; undefined if there is none or it is broken. */
  read(id: string): WorkItem | undefined {
    if (!isId(id)) return undefined;
    try {
      return parseItem(
        this.#ground.disk.read(join(this.#ground.folders.ids, id), DEFINITION_MAX_BYTES) ?? '',
        id,
      );
    } catch (error) {
      if (error instanceof HarnessError) return undefined;
      throw error;
    }
  }

  /**
   * Claims an item for its next attempt; undefined if it is lost to another. The attempt's number is one more
   * than the highest in name and records, or `attempt` where branches and refs know of a higher one.
   */
  claim(
    entry: Entry,
    holder: { agent: string; run: string; attempt?: number | undefined },
  ): Lease | undefined {
    const { agent, run } = holder;
    const attempt = Math.max(entry.attempt + 1, holder.attempt ?? this.highestAttempt(entry.id) + 1);
    return this.#take(entry, { agent, run, attempt });
  }

  #take(entry: Entry, holder: Holder): Lease | undefined {
    const lease = this.#taking(entry, holder);
    this.#catalog?.moved(entry, lease);
    return lease;
  }

  /** A file of another user's, which cannot be touched, is moved out of the way. */
  #taking(entry: Entry, holder: Holder): Lease | undefined {
    try {
      return toEnd(taking(this.#ground, entry, holder, wallMs()));
    } catch (error) {
      const { folders, disk } = this.#ground;
      if (codeOf(error) !== 'EPERM' || disk.look(join(folders[entry.place], entry.file))?.ours !== false)
        throw error;
      this.quarantine([{ place: entry.place, name: entry.file }]);
      return undefined;
    }
  }

  /** Shows that the holder lives; false if the lease is lost. */
  renew(lease: Lease): boolean {
    return this.#ground.disk.touch(join(this.#ground.folders.claimed, lease.file), wallMs());
  }

  /** Takes over the lease of a dead run, attempt and all. */
  adopt(lease: Lease, run: string): Lease | undefined {
    const { agent, attempt } = lease;
    return this.#take(lease, { agent, attempt, run });
  }

  /** The item is done. Like all that follow: durable, and false if the lease or the entry is lost. */
  finish(lease: Lease, reason: string): boolean {
    return this.#move(lease, { to: 'done', reason });
  }

  /** Back to pending, not to be claimed before `notBeforeMs` (wall clock). */
  giveBack(
    lease: Lease,
    { reason, charged, notBeforeMs }: { reason: string; charged: boolean; notBeforeMs?: number | undefined },
  ): boolean {
    return this.#move(lease, { to: 'pending', reason, charged, notBeforeMs });
  }

  fail(lease: Lease, reason: string, { charged }: { charged: boolean }): boolean {
    return this.#move(lease, { to: 'failed', reason, charged });
  }

  /** Keeps a pending or claimed item until a person releases it. */
  hold(entry: Entry, reason: string): boolean {
    return this.#move(entry, { to: 'held', reason });
  }

  /** Back to pending. */
  release(entry: Entry): boolean {
    return entry.place === 'held' && this.#move(entry, { to: 'pending' });
  }

  #move(entry: Entry, change: Change): boolean {
    return this.move(entry, change) !== undefined;
  }

  /** Any other move of an item that was not moved meanwhile (then undefined); durable. */
  move(entry: Entry, change: Change): Entry | undefined {
    const moved = toEnd(moving(this.#ground, entry, change));
    this.#catalog?.moved(entry, moved);
    return moved;
  }

  /**
   * Replaces the definition of an item that nobody works on; undefined if it was moved meanwhile. Id and age stay.
   * HarnessError('usage') if it comes after what does not exist, or after itself.
   */
  edit(entry: Entry, item: WorkItem): Entry | undefined {
    if (entry.place === 'claimed' || entry.place === 'done') {
      throw new HarnessError('usage', `item ${entry.id} is ${entry.place}; it can no longer be edited`);
    }
    verifyAfter([item], (id) => this.read(id));
    return toEnd(editing(this.#ground, entry, item));
  }

  /** All leases, with the time of their last renewal: to be compared with itself only, clocks may jump. */
  leases(): (Lease & { mtimeMs: number })[] {
    return this.entries('claimed')
      .filter(isLease)
      .flatMap((lease) => {
        const mtimeMs = this.renewedAt(lease);
        return mtimeMs === undefined ? [] : [{ ...lease, mtimeMs }];
      });
  }

  /** When a lease was last renewed: to be compared with itself only, clocks may jump. Undefined if it is gone. */
  renewedAt(lease: Lease): number | undefined {
    return this.#ground.disk.look(join(this.#ground.folders.claimed, lease.file))?.mtimeMs;
  }

  /** Writes or replaces the record of an attempt; durable. */
  writeRecord(record: AttemptRecord): void {
    toEnd(writingRecord(this.#ground, record));
  }

  /** The records of an item, oldest attempt first; an attempt that was adopted has one for each run. */
  records(id: string): AttemptRecord[] {
    return toEnd(readingRecords(this.#ground, id));
  }

  /** The folder for the evidence of an attempt; made if it is missing. */
  attemptFolder(item: string, attempt: number, run: string): string {
    return toEnd(makingAttemptFolder(this.#ground, { item, attempt, run }));
  }

  /** The highest attempt that left a folder, readable or not; 0 if none. */
  highestAttempt(id: string): number {
    return toEnd(listingAttempts(this.#ground, id)).at(-1)?.attempt ?? 0;
  }

  /**
   * Brings the folders into order after whatever happened; for the coordinator, before it claims. May be repeated
   * at any time by the only coordinator. HarnessError('environment') if files cannot be linked and renamed here.
   */
  recover(): Recovery {
    probe(this.#ground.disk, this.#ground.folders);
    return toEnd(recovering(this.#ground, isAliveHere));
  }
}
