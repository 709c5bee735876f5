import { join } from 'node:path';
import { base32 } from '../base32.ts';
import { randomText, wallMs } from '../clock.ts';
import { codeOf, HarnessError, messageOf } from '../errors.ts';
import { identify } from '../process.ts';
import { safeText } from '../text.ts';
import { adding } from './add.ts';
import type { Ground } from './add.ts';
import { diskOf } from './disk.ts';
import { foldersOf, prepareFolders, probe, verifyFormat, writeFormat } from './folders.ts';
import { entryOf, isLease, moving, taking } from './move.ts';
import type { Change } from './move.ts';
import { inOrder, PLACES, toReason } from './name.ts';
import type { Entry, Lease, Place } from './name.ts';
import { recovering } from './recover.ts';
import { attemptFolders, attemptPath, makeAttemptFolder, readRecords, writeRecord } from './records.ts';
import type { AttemptRecord } from './records.ts';
import { toEnd } from './steps.ts';
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
  readonly #ground: Ground;

  private constructor(folder: string) {
    this.folder = folder;
    const folders = foldersOf(folder);
    prepareFolders(folder, folders);
    this.#ground = { folders, disk: diskOf(folder) };
  }

  /**
   * Opens a queue and makes what is missing of it. HarnessError('environment') where none can be kept, or where
   * there is one of another format.
   */
  static open(folder: string): Queue {
    const queue = new Queue(folder);
    if (!verifyFormat(folder)) queue.#begin();
    return queue;
  }

  #begin(): void {
    const { disk, folders } = this.#ground;
    // Looked at twice: another process may have begun this queue, and added to it, since.
    if (disk.names(folders.ids).length > 0 && !verifyFormat(this.folder)) {
      throw new HarnessError(
        'environment',
        `${this.folder}: there are items, but no format.json that says how to read them; put it back`,
      );
    }
    probe(disk, folders);
    writeFormat(this.folder);
  }

  /**
   * Adds an item; it survives a power cut once this returns. Adding the same again is no error; HarnessError('usage')
   * if the id belongs to an item of other content, HarnessError('environment') if the disk refuses.
   */
  add(item: WorkItem): { id: string; existed: boolean } {
    try {
      return { id: item.id, existed: toEnd(adding(this.#ground, item)) === 'existed' };
    } catch (error) {
      if (error instanceof HarnessError || codeOf(error) === undefined) throw error;
      throw new HarnessError(
        'environment',
        `${this.folder}: item ${item.id} could not be added (${messageOf(error)}); mend that and add it again with this id`,
        { cause: error },
      );
    }
  }

  /** Makes an item under a new id and adds it. HarnessError('usage') for what cannot be an item. */
  addNew(input: ItemInput): WorkItem {
    for (;;) {
      const addedMs = wallMs();
      const item = newWorkItem(input, { id: newId(addedMs), addedMs });
      if (this.#ground.disk.look(join(this.#ground.folders.ids, item.id))) continue;
      try {
        if (!this.add(item).existed) return item;
      } catch (error) {
        // Another process was given the same id in the same moment: its content differs, or is even the same.
        if (!(error instanceof HarnessError) || error.trouble !== 'usage') throw error;
      }
    }
  }

  /** The items of a place, or of all, in the order in which they are begun. A snapshot: it may be stale at once. */
  entries(place?: Place): Entry[] {
    const found = new Map<string, Entry>();
    // Pending once more at the end: what moves back to it meanwhile would be seen nowhere.
    for (const one of place ? [place] : [...PLACES, 'pending' as const]) {
      for (const { name, is } of this.#ground.disk.names(this.#ground.folders[one])) {
        const entry = is === 'file' ? entryOf(one, name) : undefined;
        if (entry) found.set(entry.id, entry);
      }
    }
    return [...found.values()].toSorted(inOrder);
  }

  /** The item of an id or of the beginning of one. HarnessError('usage') if there is none, or several. */
  find(prefix: string): Entry {
    const shown = safeText(prefix, { max: 80 });
    const matches = this.entries().filter(({ id }) => prefix !== '' && id.startsWith(prefix));
    const entry = matches.find(({ id }) => id === prefix) ?? (matches.length === 1 ? matches[0] : undefined);
    if (entry) return entry;
    if (matches.length === 0)
      throw new HarnessError('usage', `there is no work item "${shown}"; harness queue list shows all`);
    const ids = matches.map(({ id }) => id).toSorted();
    const more = ids.length > 5 ? `, and ${ids.length - 5} more` : '';
    throw new HarnessError(
      'usage',
      `"${shown}" could be ${ids.slice(0, 5).join(', ')}${more}; write more of the id`,
    );
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
    return toEnd(taking(this.#ground, entry, { agent, run, attempt }, wallMs()));
  }

  /** Shows that the holder lives; false if the lease is lost. */
  renew(lease: Lease): boolean {
    return this.#ground.disk.touch(join(this.#ground.folders.claimed, lease.file), wallMs());
  }

  /** Takes over the lease of a dead run, attempt and all. */
  adopt(lease: Lease, run: string): Lease | undefined {
    const { agent, attempt } = lease;
    return toEnd(taking(this.#ground, lease, { agent, attempt, run }, wallMs()));
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
    const { reason, ...rest } = change;
    return toEnd(
      moving(this.#ground, entry, reason === undefined ? rest : { ...rest, reason: toReason(reason) }),
    );
  }

  /** All leases, with the time of their last renewal: to be compared with itself only, clocks may jump. */
  leases(): (Lease & { mtimeMs: number })[] {
    return this.entries('claimed').flatMap((entry) => {
      const look = this.#ground.disk.look(join(this.#ground.folders.claimed, entry.file));
      return look && isLease(entry) ? [{ ...entry, mtimeMs: look.mtimeMs }] : [];
    });
  }

  /** Writes or replaces the record of an attempt; durable. */
  writeRecord(record: AttemptRecord): void {
    writeRecord(this.#ground.folders.attempts, record);
  }

  /** The records of an item, oldest attempt first; an attempt that was adopted has one for each run. */
  records(id: string): AttemptRecord[] {
    return readRecords(this.#ground.folders.attempts, id);
  }

  /** The folder for the evidence of an attempt; made if it is missing. */
  attemptFolder(item: string, attempt: number, run: string): string {
    const path = attemptPath(this.#ground.folders.attempts, { item, attempt, run });
    makeAttemptFolder(this.#ground.folders.attempts, path);
    return path;
  }

  /** The highest attempt that left a folder, readable or not; 0 if none. */
  highestAttempt(id: string): number {
    return attemptFolders(this.#ground.folders.attempts, id).at(-1)?.attempt ?? 0;
  }

  /**
   * Brings the folders into order after whatever happened; for the coordinator, before it claims. May be repeated
   * at any time by the only coordinator. HarnessError('environment') if files cannot be linked and renamed here.
   */
  recover(): Recovery {
    probe(this.#ground.disk, this.#ground.folders);
    return toEnd(recovering(this.#ground, ({ pid, start }) => identify(pid)?.start === start));
  }
}

/** Ids are counted in 32nds of a second from here, which seven characters hold for 34 years. */
const EPOCH_MS = Date.UTC(2026, 0);

/**
 * A new id: the moment in seven characters, so that ids sort by age, and two that are random. After 34 years
 * the order of ids begins again, which does no harm: the order of items is that of their names.
 */
export const newId = (nowMs: number): string => base32(((nowMs - EPOCH_MS) * 32) / 1000, 7) + randomText(2);
