import { assert, commands, constantFrom, modelRun, property, tuple } from 'fast-check';
import type { Command } from 'fast-check';
import { utimesSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { inspectQueue } from '../../src/queue/fsck.ts';
import { lay } from '../../src/queue/hands.ts';
import { isLease } from '../../src/queue/move.ts';
import type { Entry, Place } from '../../src/queue/name.ts';
import { Queue } from '../../src/queue/queue.ts';
import { itemOf, newQueue } from './ground.ts';

/** What should be known of an item. */
interface Known {
  body: string;
  place: Place | 'archive';
  attempt: number;
  charged: number;
  priority: string;
}

type Model = Map<string, Known>;
interface World {
  queue: Queue;
  /** Entries as somebody saw them once: most are stale. */
  seen: Entry[];
}
type Step = Command<Model, World>;

const HOLDER = { agent: 'a1', run: 'r1' };

/** A step on one item, as it is or as it was seen once; the model says what must come of it. */
function onItem(
  name: string,
  id: string,
  from: readonly Place[],
  act: (world: World, entry: Entry, known: Known) => unknown,
): Step {
  return {
    check: (model) => from.some((place) => place === model.get(id)?.place),
    run: (model, world) => {
      const known = model.get(id);
      if (!known) return;
      const entry = world.queue.find(id);
      world.seen.push(entry);
      expect(act(world, entry, known)).toBeTruthy();
      compare(model, world);
    },
    toString: () => `${name} ${id}`,
  };
}

const UNCLAIMED: readonly Place[] = ['pending', 'held', 'failed'];

function leaseOf(entry: Entry) {
  if (!isLease(entry)) throw new Error(`${entry.id} is no lease`);
  return entry;
}

const verbs: Record<string, (id: string, text: string) => Step> = {
  add: (id, text) => ({
    check: () => true,
    run: (model, { queue, ...world }) => {
      const item = itemOf(id, { body: text });
      const known = model.get(id);
      if (known && known.body !== text) expect(() => queue.add(item)).toThrow('exists with other content');
      else {
        expect(queue.add(item).existed).toBe(known !== undefined);
        model.set(id, known ?? { body: text, place: 'pending', attempt: 0, charged: 0, priority: 'normal' });
      }
      compare(model, { queue, ...world });
    },
    toString: () => `add ${id} ${text}`,
  }),
  claim: (id) =>
    onItem('claim', id, ['pending'], ({ queue }, entry, known) => {
      Object.assign(known, { place: 'claimed', attempt: known.attempt + 1 });
      return queue.claim(entry, HOLDER);
    }),
  renew: (id) => onItem('renew', id, ['claimed'], ({ queue }, entry) => queue.renew(leaseOf(entry))),
  adopt: (id) => onItem('adopt', id, ['claimed'], ({ queue }, entry) => queue.adopt(leaseOf(entry), 'r2')),
  finish: (id) =>
    onItem('finish', id, ['claimed'], ({ queue }, entry, known) => {
      known.place = 'done';
      return queue.finish(leaseOf(entry), 'landed');
    }),
  'give back': (id, text) =>
    onItem('give back', id, ['claimed'], ({ queue }, entry, known) => {
      const charged = text === 'x';
      Object.assign(known, { place: 'pending', charged: known.charged + Number(charged) });
      return queue.giveBack(leaseOf(entry), { reason: 'failed', charged });
    }),
  fail: (id) =>
    onItem('fail', id, ['claimed'], ({ queue }, entry, known) => {
      Object.assign(known, { place: 'failed', charged: known.charged + 1 });
      return queue.fail(leaseOf(entry), 'failed', { charged: true });
    }),
  hold: (id) =>
    onItem('hold', id, ['pending', 'claimed'], ({ queue }, entry, known) => {
      known.place = 'held';
      return lay(queue, entry, { verb: 'hold' });
    }),
  release: (id) =>
    onItem('release', id, ['held'], ({ queue }, entry, known) => {
      known.place = 'pending';
      return lay(queue, entry, { verb: 'release' });
    }),
  cancel: (id) =>
    onItem('cancel', id, ['pending', 'held'], ({ queue }, entry, known) => {
      known.place = 'failed';
      return lay(queue, entry, { verb: 'cancel' });
    }),
  retry: (id) =>
    onItem('retry', id, ['failed'], ({ queue }, entry, known) => {
      Object.assign(known, { place: 'pending', charged: 0 });
      return lay(queue, entry, { verb: 'retry' });
    }),
  priority: (id, text) =>
    onItem('priority', id, UNCLAIMED, ({ queue }, entry, known) => {
      known.priority = text === 'x' ? 'urgent' : 'low';
      return lay(queue, entry, { verb: 'priority', priority: known.priority });
    }),
  edit: (id, text) =>
    onItem('edit', id, UNCLAIMED, ({ queue }, entry, known) => {
      Object.assign(known, { body: text, priority: 'normal' });
      return queue.edit(entry, itemOf(id, { body: text }));
    }),
  record: (id) =>
    onItem('record', id, ['claimed'], ({ queue }, entry) => {
      const { attempt } = entry;
      queue.writeRecord({ format: 1, item: id, attempt, ...HOLDER, branch: 'b', startedAt: '' });
      return queue.highestAttempt(id) === attempt;
    }),
  archive: () => ({
    check: () => true,
    run: (model, world) => {
      for (const { file } of world.queue.entries('done'))
        utimesSync(join(world.queue.folder, 'done', file), 1, 1);
      world.queue.archive.fill(Date.now());
      for (const known of model.values()) if (known.place === 'done') known.place = 'archive';
      compare(model, world);
    },
    toString: () => 'archive',
  }),
  /** Whoever saw an item before it moved gets nothing, whatever he tries. */
  stale: (id) => ({
    check: () => true,
    run: (model, world) => {
      for (const old of world.seen) {
        const now = world.queue.find(old.id);
        if (old.id !== id || (old.file === now.file && old.place === now.place)) continue;
        if (old.place === 'pending') expect(world.queue.claim(old, HOLDER)).toBeUndefined();
        expect(world.queue.move(old, { to: 'failed', reason: 'stale' })).toBeUndefined();
        if (isLease(old))
          expect([world.queue.renew(old), world.queue.finish(old, 'x')]).toEqual([false, false]);
      }
      compare(model, world);
    },
    toString: () => `stale ${id}`,
  }),
  restart: () => ({
    check: () => true,
    run: (model, world) => {
      world.queue = Queue.open(world.queue.folder);
      expect(world.queue.recover()).toEqual({ finished: [], swept: 0, quarantined: [] });
      compare(model, world);
    },
    toString: () => 'restart',
  }),
};

/** Everything that the queue says of its items is what the model says. */
function compare(model: Model, { queue }: { queue: Queue }): void {
  const entries = [
    ...queue.entries(),
    ...queue.archive.entries().map((one) => ({ ...one, place: 'archive' })),
  ];
  const said = entries.map(({ id, place, attempt, charged, priority }) => [
    id,
    { body: queue.read(id)?.body, place, attempt, charged, priority },
  ]);
  expect(Object.fromEntries(said)).toEqual(Object.fromEntries(model));
  expect(said).toHaveLength(model.size);
}

test('whatever is done in whatever order, the queue is where a simple model of it is, and in order', {
  timeout: 240_000,
}, () => {
  const ids = constantFrom('a', 'b');
  const texts = constantFrom('x', 'y');
  const steps = Object.values(verbs).map((step) => tuple(ids, texts).map(([id, text]) => step(id, text)));
  assert(
    property(commands(steps, { maxCommands: 60, size: 'max' }), (chosen) => {
      const queue = newQueue();
      modelRun(() => ({ model: new Map<string, Known>(), real: { queue, seen: [] } }), chosen);
      expect(inspectQueue(queue.folder)).toEqual([]);
    }),
    { numRuns: 200 },
  );
});
