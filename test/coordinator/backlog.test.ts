import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AGEING_MS, Backlog, turnOf } from '../../src/coordinator/backlog.ts';
import { Heap } from '../../src/coordinator/heap.ts';
import type { Entry, Place } from '../../src/queue/name.ts';
import { PRIORITIES } from '../../src/queue/work-item.ts';
import type { Priority, WorkItem } from '../../src/queue/work-item.ts';

const entry = (id: string, more: Partial<Entry> = {}): Entry => ({
  id,
  place: 'pending',
  file: `${id}-${more.place ?? 'pending'}-${more.attempt ?? 0}-${more.priority ?? ''}`,
  priority: 'normal',
  addedMs: 0,
  attempt: 0,
  charged: 0,
  ...more,
});

/** A backlog over a few items that are moved as told. */
function world() {
  const entries = new Map<string, Entry>();
  const items = new Map<string, Partial<WorkItem>>();
  const backlog = new Backlog({
    read: (id) => {
      const item = items.get(id);
      return item && ({ after: [], ...item } as WorkItem);
    },
    placeOf: (id) => entries.get(id)?.place,
    rigOf: (item) => (item.rig === 'unknown' ? undefined : (item.rig ?? 'r')),
  });
  const put = (next: Entry, item?: Partial<WorkItem>) => {
    if (item) items.set(next.id, item);
    else if (!items.has(next.id)) items.set(next.id, {});
    const before = entries.get(next.id);
    entries.set(next.id, next);
    backlog.changed(before, next);
  };
  return { backlog, put, entries, items };
}
const ids = (backlog: Backlog, nowMs = 0, most = 9) =>
  backlog.candidates(most, nowMs).map((one) => one.entry.id);

test('urgent comes before low, but low never starves: an hour of waiting counts', () => {
  const { backlog, put } = world();
  put(entry('low', { priority: 'low', addedMs: 0 }));
  put(entry('urgent', { priority: 'urgent', addedMs: 60_000 }));
  put(entry('normal', { addedMs: 60_000 }));
  expect(ids(backlog)).toEqual(['urgent', 'normal', 'low']);
  put(entry('late', { priority: 'urgent', addedMs: 3 * AGEING_MS + 1 }));
  expect(ids(backlog)).toEqual(['urgent', 'normal', 'low', 'late']);
});

test('of one priority the oldest comes first, and items of one moment go by id', () => {
  const { backlog, put } = world();
  for (const [id, addedMs] of [
    ['c', 5],
    ['a', 7],
    ['b', 5],
  ] as const)
    put(entry(id, { addedMs }));
  expect(ids(backlog)).toEqual(['b', 'c', 'a']);
  expect(ids(backlog, 0, 2)).toEqual(['b', 'c']);
});

test('an item waits for its moment, and counts as later until then', () => {
  const { backlog, put } = world();
  put(entry('a', { notBeforeMs: 1000 }));
  expect(ids(backlog, 999)).toEqual([]);
  expect(backlog.later).toBe(1);
  expect(ids(backlog, 1000)).toEqual(['a']);
  expect(backlog.later).toBe(0);
});

describe('an item that comes after others', () => {
  test('is begun as soon as the last of them is done', () => {
    const { backlog, put } = world();
    put(entry('b'), { after: ['x', 'y'] });
    put(entry('x'));
    put(entry('y'));
    expect(ids(backlog)).toEqual(['x', 'y']);
    expect(backlog.blocked).toBe(1);
    put(entry('x', { place: 'done' }));
    expect(ids(backlog)).toEqual(['y']);
    put(entry('y', { place: 'done' }));
    expect(ids(backlog)).toEqual(['b']);
    expect(backlog.blocked).toBe(0);
  });
  test('waits, is given up or is begun when one fails, and waits again when that is retried', () => {
    const { backlog, put } = world();
    put(entry('x'));
    put(entry('hold'), { after: ['x'] });
    put(entry('run'), { after: ['x'], afterFailed: 'run' });
    put(entry('skip'), { after: ['x'], afterFailed: 'skip' });
    expect(ids(backlog)).toEqual(['x']);
    put(entry('x', { place: 'failed' }));
    expect(ids(backlog)).toEqual(['run']);
    expect(backlog.hopeless).toMatchObject([{ entry: { id: 'skip' }, reason: 'skipped' }]);
    expect(backlog.blocked).toBe(1);
    put(entry('x', { attempt: 1 }));
    expect(ids(backlog)).toEqual(['x']);
    expect(backlog.blocked).toBe(3);
    expect(backlog.hopeless).toEqual([]);
  });
});

test('an item whose definition cannot be read is hopeless, one for an unknown rig waits', () => {
  const { backlog, put, items } = world();
  put(entry('broken'));
  items.delete('broken');
  put(entry('lost'), { rig: 'unknown' });
  expect(ids(backlog)).toEqual([]);
  expect(backlog.hopeless).toMatchObject([{ entry: { id: 'broken' }, reason: 'broken' }]);
  expect(backlog.blocked).toBe(1);
  expect(backlog.later).toBe(0);
});

test('an edited item is read again', () => {
  const { backlog, put } = world();
  put(entry('a'), { rig: 'x' });
  expect(backlog.candidates(1, 0)).toMatchObject([{ rig: 'x' }]);
  put(entry('a', { place: 'held' }));
  put(entry('a'), { rig: 'y', labels: ['db'] });
  expect(backlog.candidates(1, 0)).toMatchObject([{ rig: 'y', keys: ['rig:y', 'label:db'] }]);
});

test('Q10: a look at 100,000 items reads a few definitions only, the first ones', () => {
  const { backlog, put } = world();
  let read = 0;
  const counting = new Backlog({
    read: (id) => (read++, { id, after: [] }) as never,
    placeOf: () => 'pending',
    rigOf: () => 'r',
  });
  for (let n = 0; n < 100_000; n++) counting.changed(undefined, entry(`i${n}`, { addedMs: 100_000 - n }));
  expect(ids(counting, 0, 3)).toEqual(['i99999', 'i99998', 'i99997']);
  expect(read).toBeLessThanOrEqual(200);
  expect(counting.later + read).toBe(100_000);
  put(entry('unused'));
  expect(backlog.later).toBe(1);
});

test('gives exactly what may be begun, in the order of turns, after any changes', () => {
  const names = ['a', 'b', 'c', 'd', 'e'];
  const change = fc.record({
    id: fc.constantFrom(...names),
    place: fc.constantFrom<Place>('pending', 'pending', 'claimed', 'held', 'failed', 'done'),
    priority: fc.constantFrom<Priority>(...PRIORITIES),
    addedMs: fc.nat(3),
    notBeforeMs: fc.option(fc.nat(20), { nil: undefined }),
    after: fc.subarray(names),
    afterFailed: fc.constantFrom('hold', 'skip', 'run'),
    rig: fc.constantFrom('r', 's', 'unknown'),
    look: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(change, { maxLength: 30 }), (changes) => {
      const { backlog, put, entries, items } = world();
      let at = 0;
      for (const { look, after, afterFailed, rig, notBeforeMs, ...name } of changes) {
        at++;
        const definition = {
          after: after.filter((id) => id !== name.id),
          afterFailed,
          rig,
        } as Partial<WorkItem>;
        // A definition changes only in held, as by an edit.
        if (entries.has(name.id)) put(entry(name.id, { place: 'held', attempt: at }), definition);
        put(
          entry(name.id, { ...name, attempt: at, ...(notBeforeMs === undefined ? {} : { notBeforeMs }) }),
          definition,
        );
        if (!look) continue;
        const place = (id: string) => entries.get(id)?.place;
        const free = [...entries.values()].filter((one) => {
          const item = items.get(one.id) as WorkItem;
          const isOpen = item.after.every(
            (id) => place(id) === 'done' || (place(id) === 'failed' && item.afterFailed === 'run'),
          );
          return one.place === 'pending' && (one.notBeforeMs ?? 0) <= at && isOpen && item.rig !== 'unknown';
        });
        const wanted = free.toSorted(
          (one, other) => turnOf(one) - turnOf(other) || (one.id < other.id ? -1 : 1),
        );
        expect(ids(backlog, at)).toEqual(wanted.map((one) => one.id));
        const pending = [...entries.values()].filter((one) => one.place === 'pending').length;
        expect(backlog.later + backlog.blocked + backlog.hopeless.length + wanted.length).toBe(pending);
      }
    }),
    { numRuns: 500 },
  );
});

test('a heap gives things back in order', () => {
  fc.assert(
    fc.property(fc.array(fc.integer()), (numbers) => {
      const heap = new Heap<number>((one, other) => one < other);
      for (const number of numbers) heap.push(number);
      expect(Array.from(numbers, () => heap.pop())).toEqual(numbers.toSorted((one, other) => one - other));
      expect(heap.pop()).toBeUndefined();
    }),
  );
});
