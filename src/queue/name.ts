import { base32, fromBase32 } from '../base32.ts';
import { isId, isWord, PRIORITIES } from './work-item.ts';
import type { Priority } from './work-item.ts';

/** Where an item is: the folder that its file is in. */
export type Place = 'pending' | 'claimed' | 'done' | 'failed' | 'held';

/** In this order a look at all of them misses no item that moves once meanwhile (pending is looked at once more at the end). */
export const PLACES: readonly Place[] = ['pending', 'claimed', 'held', 'failed', 'done'];

/** What the name of an item's file says; it is all that scheduling and fencing need. */
export interface ItemName {
  priority: Priority;
  /** When it was added, wall clock in milliseconds, whole seconds. */
  addedMs: number;
  id: string;
  /** The number of the last attempt that was begun; 0 before the first. */
  attempt: number;
  /** How many attempts count against the item. */
  charged: number;
  /** Claimed only: who works on it. */
  agent?: string;
  /** Claimed only: the life of the coordinator that holds it. */
  run?: string;
  /** Why it is where it is: always in done, failed and held, in pending after it was given back. */
  reason?: string;
  /** Pending only: not to be claimed before this moment of the wall clock, milliseconds, whole seconds. */
  notBeforeMs?: number;
}

/** An item's file: where it is, under which exact name, and what the name says. */
export interface Entry extends ItemName {
  place: Place;
  /** The exact file name in that place. A move names it, so it succeeds once at most. */
  file: string;
}

/** The right to one attempt at an item: an entry in claimed. Whoever's file is gone has lost it. */
export interface Lease extends Entry {
  place: 'claimed';
  agent: string;
  run: string;
}

const SECONDS_WIDTH = 7;

/**
 * The file name of an item in a place. Throws for a name that could not be read back, since a file
 * under such a name would be lost.
 */
export function formatName(place: Place, name: ItemName): string {
  const rank = PRIORITIES.indexOf(name.priority);
  const head = `${rank}-${seconds(name.addedMs)}~${name.id}~${name.attempt}.${name.charged}`;
  const text = `${head}${tailOf(place, name)}`;
  if (!parseName(place, text)) throw new Error(`"${text}" is not a name for ${place}`);
  return text;
}

function tailOf(place: Place, name: ItemName): string {
  switch (place) {
    case 'pending':
      return name.reason === undefined ? '' : `~${name.reason}~${seconds(name.notBeforeMs ?? 0)}`;
    case 'claimed':
      return `~${name.agent ?? ''}~${name.run ?? ''}`;
    case 'done':
    case 'failed':
    case 'held':
      return `~${name.reason ?? ''}`;
    default:
      return place satisfies never;
  }
}

/** Rounded up, so that `notBeforeMs` is never shortened; `addedMs` has whole seconds already. */
const seconds = (ms: number): string => base32(Math.ceil(ms / 1000), SECONDS_WIDTH);

const HEAD = /^([0-3])-([0-9a-hjkmnp-tv-z]{7})$/;
const COUNTS = /^(0|[1-9]\d{0,6})\.(0|[1-9]\d{0,6})$/;

/** Reads a file name; undefined for everything that `formatName` would not have made for this place. */
export function parseName(place: Place, file: string): ItemName | undefined {
  const [head = '', id = '', counts = '', ...tail] = file.split('~');
  const [, rank, added] = HEAD.exec(head) ?? [];
  const [, attempt, charged] = COUNTS.exec(counts) ?? [];
  const priority = PRIORITIES[Number(rank)];
  if (!priority || added === undefined || attempt === undefined || !isId(id)) return undefined;
  const name = {
    priority,
    addedMs: fromBase32(added) * 1000,
    id,
    attempt: Number(attempt),
    charged: Number(charged),
  };
  return withTail(place, name, tail);
}

function withTail(place: Place, name: ItemName, tail: string[]): ItemName | undefined {
  const [first, second] = tail;
  if (place === 'pending' && first === undefined) return name;
  if (first === undefined || !isWord(first)) return undefined;
  if (place === 'pending') {
    if (tail.length !== 2 || second?.length !== SECONDS_WIDTH) return undefined;
    const notBeforeMs = fromBase32(second) * 1000;
    if (Number.isNaN(notBeforeMs)) return undefined;
    return { ...name, reason: first, ...(notBeforeMs > 0 ? { notBeforeMs } : {}) };
  }
  if (place === 'claimed') {
    if (tail.length !== 2 || second === undefined || !isWord(second)) return undefined;
    return { ...name, agent: first, run: second };
  }
  return tail.length === 1 ? { ...name, reason: first } : undefined;
}

/** The name without what belonged to its last place: the start of every move. */
export function bare({ priority, addedMs, id, attempt, charged }: ItemName): ItemName {
  return { priority, addedMs, id, attempt, charged };
}

/** A reason as a word that a file name can carry. */
export function toReason(text: string): string {
  const clean = text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, 40)
    .replaceAll(/^-+|-+$/g, '');
  return clean === '' ? 'unknown' : clean;
}

/** A file that is being added: the name that it gets in pending, and who is writing it. */
export interface TemporaryName {
  /** The file name that it is to have in pending. */
  pending: string;
  id: string;
  pid: number;
  /** Start time of that process in clock ticks since boot, as in `ProcessIdentity`. */
  start: string;
}

/** The name in tmp of an item that the given process adds; `random` keeps its several tries apart. */
export const formatTemporary = (pending: string, writer: { pid: number; start: string }, random: string) =>
  `${pending}~${writer.pid}-${writer.start}-${random}`;

/** Reads a file name in tmp; undefined for foreign ones. */
export function parseTemporary(file: string): TemporaryName | undefined {
  const cut = file.lastIndexOf('~');
  const pending = file.slice(0, Math.max(cut, 0));
  const [, pid, start] = /^(\d+)-(\d+)-[0-9a-z]+$/.exec(file.slice(cut + 1)) ?? [];
  const name = parseName('pending', pending);
  if (!name || pid === undefined || start === undefined) return undefined;
  return { pending, id: name.id, pid: Number(pid), start };
}

/** The order in which items are begun: by priority, then by age, then by id. */
export function inOrder(one: ItemName, other: ItemName): number {
  return (
    PRIORITIES.indexOf(one.priority) - PRIORITIES.indexOf(other.priority) ||
    one.addedMs - other.addedMs ||
    (one.id < other.id ? -1 : Number(one.id > other.id))
  );
}
