import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { lockSync, unlockSync } from 'proper-lockfile';
import { replaceFile, syncFolder, writeNewFile } from '../../../src/durable.ts';
import { Queue } from '../../../src/queue/queue.ts';
import { itemText } from '../../../src/queue/work-item.ts';
import { itemOf, timed } from './ground.ts';

/** What each does with the same items: every one is added, claimed and finished; adds and ends survive a power cut. */
export interface Figures {
  addMs: number;
  claimMs: number;
  finishMs: number;
}

interface Contender {
  add(n: number): void;
  /** Claims the first pending item. */
  claim(): string;
  finish(id: string): void;
}

/** Milliseconds for an item, with so many pending before the first claim; `claims` of them are claimed and finished. */
export function compare(contender: Contender, { items, claims }: { items: number; claims: number }): Figures {
  const addMs = timed(() => each(items, (n) => contender.add(n))) / items;
  const ids: string[] = [];
  const claimMs = timed(() => each(claims, () => void ids.push(contender.claim()))) / claims;
  const finishMs = timed(() => each(claims, (n) => contender.finish(ids[n] ?? ''))) / claims;
  return { addMs, claimMs, finishMs };
}

function each(count: number, work: (n: number) => void): void {
  for (let n = 0; n < count; n++) work(n);
}

/** The queue itself, with the catalog that the coordinator keeps. */
export function ours(folder: string): Contender {
  const queue = Queue.open(join(folder, 'ours'));
  const catalog = queue.follow({ changed: () => undefined, news: () => undefined, trouble: () => undefined });
  let pending: ReturnType<Queue['entries']> | undefined;
  return {
    add: (n) => void queue.add(itemOf(n)),
    claim: () => {
      pending ??= queue.entries('pending').toReversed();
      const entry = pending.pop();
      const lease = entry && queue.claim(entry, { agent: 'a1', run: 'r1' });
      return lease?.id ?? '';
    },
    finish: (id) => {
      const lease = [catalog.get(id)].find((one) => one?.place === 'claimed');
      if (lease) queue.move(lease, { to: 'done', reason: 'landed' });
    },
  };
}

/** Files as well, but without an index: every claim lists the folder and sorts it. */
export function listing(folder: string): Contender {
  const [tmp, pending, claimed, done] = ['tmp', 'pending', 'claimed', 'done'].map((name) =>
    join(folder, 'listing', name),
  ) as [string, string, string, string];
  for (const one of [tmp, pending, claimed, done]) mkdirSync(one, { recursive: true });
  return {
    add: (n) => {
      const item = itemOf(n);
      writeNewFile(join(tmp, item.id), itemText(item));
      renameSync(join(tmp, item.id), join(pending, item.id));
      syncFolder(pending);
    },
    claim: () => {
      const [first = ''] = readdirSync(pending).toSorted();
      renameSync(join(pending, first), join(claimed, first));
      return first;
    },
    finish: (id) => {
      renameSync(join(claimed, id), join(done, id));
      syncFolder(done);
      syncFolder(claimed);
    },
  };
}

/** One JSON file with all items under a lock. */
export function jsonFile(folder: string): Contender {
  const file = join(folder, 'items.json');
  writeFileSync(file, '[]');
  type Items = { id: string; state: string; item: unknown }[];
  const change = <T>(durable: boolean, work: (items: Items) => T): T => {
    lockSync(file);
    try {
      const items = JSON.parse(readFileSync(file, 'utf8')) as Items;
      const result = work(items);
      replaceFile(file, JSON.stringify(items), { durable });
      return result;
    } finally {
      unlockSync(file);
    }
  };
  const set = (items: Items, is: (one: Items[number]) => boolean, state: string) => {
    const one = items.find(is);
    if (one) one.state = state;
    return one?.id ?? '';
  };
  return {
    add: (n) =>
      change(true, (items) => void items.push({ id: itemOf(n).id, state: 'pending', item: itemOf(n) })),
    claim: () => change(false, (items) => set(items, ({ state }) => state === 'pending', 'claimed')),
    finish: (id) => void change(true, (items) => set(items, (one) => one.id === id, 'done')),
  };
}

/** SQLite with a write-ahead log; adds and ends wait for the disk, claims do not, as with the files. */
export function sqlite(folder: string): Contender {
  const database = new DatabaseSync(join(folder, 'items.db'));
  database.exec(
    'PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE items (id TEXT PRIMARY KEY, state TEXT, rank INT, item TEXT); CREATE INDEX pending ON items (state, rank);',
  );
  const add = database.prepare("INSERT INTO items VALUES (?, 'pending', ?, ?)");
  const claim = database.prepare(
    "UPDATE items SET state = 'claimed' WHERE id = (SELECT id FROM items WHERE state = 'pending' ORDER BY rank LIMIT 1) RETURNING id",
  );
  const finish = database.prepare("UPDATE items SET state = 'done' WHERE id = ?");
  return {
    add: (n) => void add.run(itemOf(n).id, n, itemText(itemOf(n))),
    claim: () => {
      database.exec('PRAGMA synchronous = NORMAL');
      const row = claim.get() as { id: string };
      database.exec('PRAGMA synchronous = FULL');
      return row.id;
    },
    finish: (id) => void finish.run(id),
  };
}
