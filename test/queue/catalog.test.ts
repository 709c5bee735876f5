import { execFileSync } from 'node:child_process';
import { mkdirSync, renameSync, rmSync, watch, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { Catalog } from '../../src/queue/catalog.ts';
import { Queue } from '../../src/queue/queue.ts';
import { groundOf, itemOf, newQueue } from './ground.ts';

const open: Catalog[] = [];
afterEach(() => {
  for (const catalog of open.splice(0)) catalog.close();
});

/** A catalog of a queue, and what it told. `watching` replaces fs.watch. */
function follow(queue: Queue, watching?: typeof watch) {
  const told = { news: 0, troubles: [] as string[], changes: 0 };
  const catalog = new Catalog(
    groundOf(queue),
    {
      changed: () => told.changes++,
      news: () => told.news++,
      trouble: (what) => told.troubles.push(what),
    },
    watching,
  );
  open.push(catalog);
  return { catalog, told };
}

const shown = (catalog: Catalog) =>
  [...catalog.entries()].map(({ place, file }) => `${place}/${file}`).toSorted();
const onDisk = (queue: Queue) =>
  queue
    .entries()
    .map(({ place, file }) => `${place}/${file}`)
    .toSorted();
/** Waits until the catalog agrees with the disk. */
const agrees = (catalog: Catalog, queue: Queue) =>
  vi.waitFor(() => {
    catalog.refresh();
    expect(shown(catalog)).toEqual(onDisk(queue));
  }, 10_000);
const failing = (): never => {
  throw Object.assign(new Error('no watches left'), { code: 'ENOSPC' });
};

test('knows what is there at once, and hears what others do', async () => {
  const queue = newQueue();
  queue.add(itemOf('a'));
  const { catalog, told } = follow(queue);
  expect(shown(catalog)).toEqual(onDisk(queue));
  const other = Queue.open(queue.folder);
  other.add(itemOf('b'));
  other.hold(other.find('a'), 'asked');
  await agrees(catalog, queue);
  expect(catalog.counts).toEqual({ pending: 1, claimed: 0, held: 1, failed: 0, done: 0 });
  expect(told.news).toBeGreaterThan(0);
  expect(told.troubles).toEqual([]);
});

test('knows its own moves at once, and they are no news', async () => {
  const queue = newQueue();
  queue.add(itemOf('a'));
  let news = 0;
  const catalog = queue.follow({ changed: () => undefined, news: () => news++, trouble: () => undefined });
  open.push(catalog);
  const lease = queue.claim(queue.find('a'), { agent: 'a1', run: 'r1' });
  expect(catalog.get('a')).toEqual(lease);
  expect([...catalog.claimed()]).toEqual([lease]);
  if (lease) queue.finish(lease, 'landed');
  expect(catalog.get('a')?.place).toBe('done');
  expect([...catalog.claimed()]).toEqual([]);
  // Another's add is heard after them, since news comes in order.
  Queue.open(queue.folder).add(itemOf('b'));
  await agrees(catalog, queue);
  expect(news).toBe(1);
});

test('a move that was lost takes the stale entry out', () => {
  const queue = newQueue();
  queue.add(itemOf('a'));
  const catalog = queue.follow({ changed: () => undefined, news: () => undefined, trouble: () => undefined });
  open.push(catalog);
  const seen = catalog.get('a');
  const other = Queue.open(queue.folder);
  expect(other.claim(other.find('a'), { agent: 'a2', run: 'r2' })).toBeDefined();
  expect(seen && queue.claim(seen, { agent: 'a1', run: 'r1' })).toBeUndefined();
  expect(catalog.get('a')).toBeUndefined();
});

describe('Q16: where nothing can be watched', () => {
  test('the folders are listed again when they have changed, and it is said once', async () => {
    const queue = newQueue();
    const { catalog, told } = follow(queue, failing);
    for (const id of ['a', 'b', 'c']) {
      queue.add(itemOf(id));
      catalog.refresh();
      expect(shown(catalog)).toEqual(onDisk(queue));
    }
    queue.hold(queue.find('b'), 'asked');
    await agrees(catalog, queue);
    expect(told.troubles).toEqual([expect.stringContaining('cannot be watched (no watches left)')]);
  });
});

test.each(['FIFO', 'link', 'folder', 'foreign name', 'name of other bytes'])(
  'Q09: a %s in a place is heard of, blocks nothing and is quarantined at the next look',
  async (kind) => {
    const queue = newQueue();
    const { catalog } = follow(queue);
    const path = join(queue.folder, 'pending', '2-1nmkmg0~evil~0.0');
    if (kind === 'FIFO') execFileSync('mkfifo', [path]);
    else if (kind === 'link') execFileSync('ln', ['-s', '/dev/zero', path]);
    else if (kind === 'folder') mkdirSync(path);
    else writeFileSync(join(queue.folder, 'pending', kind === 'foreign name' ? 'README' : 'naïve'), '');
    const strangers = await vi.waitFor(() => {
      catalog.refresh();
      const found = catalog.takeStrangers();
      expect(found).toHaveLength(1);
      return found;
    }, 10_000);
    expect(queue.quarantine(strangers)).toHaveLength(1);
    expect(queue.recover().quarantined).toEqual([]);
    expect(shown(catalog)).toEqual([]);
  },
);

describe('Q15: a folder of the queue', () => {
  test('that is removed is told in one sentence', () => {
    const queue = newQueue();
    const { catalog } = follow(queue);
    expect(queue.isInPlace()).toBe(true);
    rmSync(queue.folder, { recursive: true });
    expect(() => catalog.refresh()).toThrow('this folder of the queue is gone');
    expect(queue.isInPlace()).toBe(false);
  });
  test('that is replaced is listed and watched anew', async () => {
    const queue = newQueue();
    queue.add(itemOf('a'));
    const { catalog } = follow(queue);
    const pending = join(queue.folder, 'pending');
    renameSync(pending, `${pending}.old`);
    mkdirSync(pending);
    catalog.refresh();
    expect(shown(catalog)).toEqual([]);
    queue.add(itemOf('b'));
    await agrees(catalog, queue);
    expect(shown(catalog)).toHaveLength(1);
  });
});

test('agrees with the disk after any storm of moves by others', async () => {
  const queue = newQueue();
  const { catalog } = follow(queue);
  for (let n = 0; n < 300; n++) {
    const id = `i${n % 40}`;
    const entry = queue.entries().find((one) => one.id === id);
    if (!entry) queue.add(itemOf(id));
    else if (entry.place === 'pending') queue.claim(entry, { agent: 'a1', run: 'r1' });
    else if (entry.place === 'claimed')
      queue.move(entry, n % 3 === 0 ? { to: 'done', reason: 'x' } : { to: 'pending', reason: 'x' });
    else rmSync(join(queue.folder, entry.place, entry.file));
    if (n % 25 === 0) await new Promise(setImmediate);
    if (n % 60 === 0) catalog.refresh();
  }
  await agrees(catalog, queue);
});
