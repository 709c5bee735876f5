import type { Config } from '../config.ts';
import { blockedBy } from '../queue/blocked.ts';
import { PRIORITIES } from '../queue/work-item.ts';
import type { WorkItem } from '../queue/work-item.ts';
import type { Entry, Place } from '../queue/name.ts';
import { Heap } from './heap.ts';
import type { Candidate, Hopeless } from './plan.ts';

/** What a backlog asks about items. */
export interface Questions {
  /** The definition of an item; undefined if it cannot be read. */
  read(id: string): WorkItem | undefined;
  placeOf(id: string): Place | undefined;
  /** The name of the rig that an item is for; undefined if this run has none for it. */
  rigOf(item: WorkItem): string | undefined;
}

/** At most so many definitions are read at one look, so that a look stays short. */
const READ_AT_ONCE = 200;
/** So many definitions are read ahead of their turn; once half of them is used up, the next are. */
const READ_AHEAD = 256;
/** So many at one look, while there are enough for whoever asks. */
const READ_ASIDE = 16;

/**
 * An item waits like one of the next higher rank that was added so much later: so `low` never starves, and the order of two
 * items never changes while they wait. Milliseconds a rank.
 */
export const AGEING_MS = 4 * 3_600_000;

/** The words of an item that limits go by. */
export const keysOf = (rig: string, { labels = [] }: Pick<WorkItem, 'labels'>): string[] => [
  `rig:${rig}`,
  ...labels.map((label) => `label:${label}`),
];

/** The limits of the configuration by those words. */
export const limitsOf = ({ rigs, labels }: Config['limits']): Record<string, number> =>
  Object.fromEntries([
    ...Object.entries(rigs).map(([rig, most]) => [`rig:${rig}`, most]),
    ...Object.entries(labels).map(([label, most]) => [`label:${label}`, most]),
  ]);

/** When an item's turn is: less is earlier. */
export const turnOf = ({ priority, addedMs }: Entry): number =>
  addedMs + PRIORITIES.indexOf(priority) * AGEING_MS;

const inTurn = (one: Entry, other: Entry): boolean => {
  const difference = turnOf(one) - turnOf(other);
  return difference < 0 || (difference === 0 && one.id < other.id);
};
const bySoonest = (one: Entry, other: Entry): boolean => (one.notBeforeMs ?? 0) < (other.notBeforeMs ?? 0);

/**
 * The pending items, kept in the order of their turns by what the catalog tells, so that a look costs no more
 * with 100,000 of them than with 100. Definitions are read when an item's turn comes near.
 */
export class Backlog {
  #ask: Questions;
  /** The entries that count; what is in a heap and not in here (any more) is passed over. */
  #pending = new Map<string, Entry>();
  #unread = new Heap(inTurn);
  #later = new Heap(bySoonest);
  /** What may be begun, by the words that limits go by. */
  #lanes = new Map<string, { keys: readonly string[]; rig: string; heap: Heap<Entry> }>();
  /** The ids of those in lanes, and of those that others block. */
  #ready = new Set<string>();
  #blocked = new Set<string>();
  /** Who waits for an item. */
  #waiting = new Map<string, Set<string>>();
  #hopeless = new Map<string, Hopeless>();
  /** What came first at the last look, and at how many in a row. */
  #offered: Entry | undefined;
  #offers = 0;
  #isReading = true;

  constructor(ask: Questions) {
    this.#ask = ask;
  }

  /** An item came, moved or went: its own entry, and those of items that come after it, are judged anew. */
  changed(before: Entry | undefined, after: Entry | undefined): void {
    const id = (after ?? before)?.id ?? '';
    if (after?.place === 'pending') this.#enter(after);
    else this.#forget(id);
    if (before?.place === after?.place) return;
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    for (const other of waiting ?? []) {
      const entry = this.#pending.get(other);
      if (entry) this.#enter(entry);
    }
  }

  get blocked(): number {
    return this.#blocked.size;
  }

  /** How many items may be begun later without anybody's doing: their time has not come, or they were not looked at yet. */
  get later(): number {
    return this.#pending.size - this.#blocked.size - this.#hopeless.size - this.#ready.size;
  }

  /** What can never be begun as things are. */
  get hopeless(): Hopeless[] {
    return [...this.#hopeless.values()];
  }

  /**
   * The first items of each lane in the order of their turns, at most `most` a lane. `nowMs` is the wall clock.
   */
  candidates(most: number, nowMs: number): Candidate[] {
    this.#wake(nowMs);
    this.#readSome(most);
    const found: Candidate[] = [];
    for (const [lane, { keys, rig, heap }] of this.#lanes) {
      const firsts = this.#firstsOf(heap, most);
      for (const entry of firsts) heap.push(entry);
      if (heap.size === 0) this.#lanes.delete(lane);
      found.push(...firsts.map((entry) => ({ entry, rig, keys })));
    }
    const sorted = found.toSorted((one, other) => (inTurn(one.entry, other.entry) ? -1 : 1));
    const first = sorted[0]?.entry;
    this.#offers = first === this.#offered ? this.#offers + 1 : 1;
    this.#offered = first;
    return sorted;
  }

  #forget(id: string): void {
    this.#pending.delete(id);
    this.#ready.delete(id);
    this.#blocked.delete(id);
    this.#hopeless.delete(id);
  }

  /** As a copy: whatever the heaps still hold of it no longer counts. */
  #enter(seen: Entry): void {
    const entry = { ...seen };
    this.#forget(entry.id);
    this.#pending.set(entry.id, entry);
    (entry.notBeforeMs === undefined ? this.#unread : this.#later).push(entry);
  }

  #isCurrent(entry: Entry): boolean {
    return this.#pending.get(entry.id) === entry;
  }

  #wake(nowMs: number): void {
    for (let first = this.#later.peek(); first; first = this.#later.peek()) {
      if (this.#isCurrent(first) && (first.notBeforeMs ?? 0) > nowMs) return;
      this.#later.pop();
      if (this.#isCurrent(first)) this.#unread.push(first);
    }
  }

  /** Reads on where what is ready would soon not do, a few at a time; many where nobody may begin what was offered. */
  #readSome(most: number): void {
    const isRefused = this.#offers > 1 && this.#offered !== undefined && this.#isCurrent(this.#offered);
    const few = Math.max(READ_AHEAD / 2, most);
    if (this.#ready.size < few) this.#isReading = true;
    if (most > 0 && !isRefused && !this.#isReading) return;
    const isUrgent = most === 0 || isRefused || this.#ready.size < most;
    for (let left = isUrgent ? READ_AT_ONCE : READ_ASIDE; left > 0; ) {
      const entry = this.#unread.pop();
      if (!entry) break;
      if (!this.#isCurrent(entry)) continue;
      left--;
      this.#judge(entry);
    }
    this.#isReading = this.#ready.size < 2 * few;
  }

  #judge(entry: Entry): void {
    const { id } = entry;
    const item = this.#ask.read(id);
    if (!item) {
      this.#hopeless.set(id, { entry, reason: 'broken', why: 'its definition cannot be read' });
      return;
    }
    const rig = this.#ask.rigOf(item);
    const blocked = blockedBy(item, (other) => this.#ask.placeOf(other));
    // Also where one failed already: it may be retried.
    for (const other of item.after) this.#waitFor(other, id);
    if (blocked?.by === 'skip') {
      const why = `it comes after ${blocked.ids.join(', ')}, which failed`;
      this.#hopeless.set(id, { entry, reason: 'skipped', why });
    } else if (blocked || rig === undefined) this.#blocked.add(id);
    else {
      this.#ready.add(id);
      this.#lane(rig, item.labels).push(entry);
    }
  }

  #waitFor(other: string, id: string): void {
    const waiting = this.#waiting.get(other) ?? new Set();
    this.#waiting.set(other, waiting.add(id));
  }

  #lane(rig: string, labels: string[] = []): Heap<Entry> {
    const keys = keysOf(rig, { labels });
    const name = keys.join(' ');
    const lane = this.#lanes.get(name) ?? { keys, rig, heap: new Heap(inTurn) };
    this.#lanes.set(name, lane);
    return lane.heap;
  }

  /** Takes the first current entries out of a heap. */
  #firstsOf(heap: Heap<Entry>, most: number): Entry[] {
    const firsts: Entry[] = [];
    while (firsts.length < most) {
      const entry = heap.pop();
      if (!entry) break;
      if (this.#isCurrent(entry)) firsts.push(entry);
    }
    return firsts;
  }
}
