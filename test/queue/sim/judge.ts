import { basename, dirname } from 'node:path';
import { entryOf } from '../../../src/queue/move.ts';
import { PLACES } from '../../../src/queue/name.ts';
import type { Entry } from '../../../src/queue/name.ts';
import { parseItem } from '../../../src/queue/work-item.ts';
import type { ModelDisk } from './model-disk.ts';

/** Something that must never be. */
export class Violation extends Error {}

/** Knows what was acknowledged, and says when the disk no longer holds it. */
export class Judge {
  #disk: ModelDisk;
  /** The bodies that a definition may have. */
  #definitions = new Map<string, string[]>();
  /** What was acknowledged, with the body that it was added with. */
  /** How many changes there had been at the last look. */
  #seen = -1;
  #first = new Map<string, string>();
  #done = new Map<string, string>();
  #used = new Map<string, string>();
  /** Between a power cut and the recovery after it an item may be in two places, or in none. */
  isUnordered = false;

  constructor(disk: ModelDisk) {
    this.#disk = disk;
  }

  get acknowledged(): string[] {
    return [...this.#first.keys()];
  }

  added(id: string, body: string): void {
    const first = this.#first.get(id) ?? body;
    if (first !== body) throw new Violation(`${id} was added twice with other content`);
    this.#first.set(id, body);
  }

  /** An edit is acknowledged: what was there before its definition is gone, what came after may be there. */
  edited(id: string, body: string): void {
    const seen = this.#definitions.get(id) ?? never();
    this.#definitions.set(id, seen.slice(seen.lastIndexOf(body)));
  }

  /** Keeps which bodies the definition of an item has had, in the order in which they came. */
  #follow(): void {
    for (const [path, text] of this.#disk.files()) {
      if (dirname(path) !== '/q/ids') continue;
      const id = basename(path);
      const body = bodyOf(text);
      const seen = this.#definitions.get(id) ?? [];
      if (body !== undefined && seen.at(-1) !== body) this.#definitions.set(id, [...seen, body]);
    }
  }

  /** Whoever works on an attempt has its number for itself, for ever. */
  uses(id: string, attempt: number, who: string): void {
    const key = `${id} ${attempt}`;
    const other = this.#used.get(key);
    if (other !== undefined && other !== who)
      throw new Violation(`attempt ${key} is used by ${other} and by ${who}`);
    this.#used.set(key, who);
  }

  completed(id: string, who: string): void {
    const other = this.#done.get(id);
    if (other !== undefined) throw new Violation(`${id} is completed by ${other} and by ${who}`);
    this.#done.set(id, who);
  }

  places(): Map<string, (Entry | 'archive')[]> {
    const found = new Map<string, (Entry | 'archive')[]>();
    for (const [path] of this.#disk.files()) {
      const where = whereIs(path);
      if (where) found.set(where.id, [...(found.get(where.id) ?? []), where.at]);
    }
    return found;
  }

  /** After every step. */
  look(): void {
    if (this.#seen === this.#disk.changes) return;
    this.#seen = this.#disk.changes;
    this.#follow();
    if (this.isUnordered) return;
    for (const [id, where] of this.places())
      if (where.length > 1) throw new Violation(`${id} is in ${where.length} places`);
  }

  /** Definitions of what was acknowledged, at any time. */
  lookAtDefinitions(): void {
    const texts = new Map(this.#disk.files());
    for (const id of this.#first.keys()) {
      const item = parseItem(texts.get(`/q/ids/${id}`) ?? '', id);
      if (!item) throw new Violation(`${id} was acknowledged and is lost`);
      if (!this.#definitions.get(id)?.includes(item.body))
        throw new Violation(`${id} has a definition that was replaced`);
    }
  }

  /** When nobody is in the middle of something. */
  lookAtRest(): void {
    this.lookAtDefinitions();
    this.look();
    const places = this.places();
    for (const id of this.#first.keys()) if (!places.has(id)) throw new Violation(`${id} is in no place`);
    for (const id of this.#done.keys())
      if (!isDone(places.get(id)?.[0])) throw new Violation(`${id} was completed and is not done`);
  }

  /** At the very end. */
  lookAtEnd(): void {
    this.lookAtRest();
    const places = this.places();
    for (const id of this.#first.keys())
      if (!isDone(places.get(id)?.[0])) throw new Violation(`${id} is never completed`);
  }
}

const isDone = (where: Entry | 'archive' | undefined): boolean =>
  where === 'archive' || where?.place === 'done';

const bodies = new Map<string, string | undefined>();

/** The body of a whole definition. */
function bodyOf(text: string): string | undefined {
  if (!bodies.has(text)) {
    if (bodies.size > 10_000) bodies.clear();
    bodies.set(text, /"body": "(.*)",\n[^]*\n}\n$/.exec(text)?.[1]);
  }
  return bodies.get(text);
}

function never(): never {
  throw new Violation('an item was edited that was never seen');
}

const known = new Map<string, { id: string; at: Entry | 'archive' } | undefined>();

/** Which item is in a file, and where; undefined for files that are in no place. */
function whereIs(path: string): { id: string; at: Entry | 'archive' } | undefined {
  if (known.has(path)) return known.get(path);
  if (known.size > 10_000) known.clear();
  const folder = dirname(path);
  const isArchived = folder.startsWith('/q/archive/');
  const place = isArchived ? 'done' : PLACES.find((one) => folder === `/q/${one}`);
  const entry = place && entryOf(place, basename(path));
  const where = entry && { id: entry.id, at: isArchived ? ('archive' as const) : entry };
  known.set(path, where);
  return where;
}
