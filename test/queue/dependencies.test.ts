import { describe, expect, test } from 'vitest';
import * as fc from 'fast-check';
import { blockedBy } from '../../src/queue/blocked.ts';
import { verifyAfter } from '../../src/queue/dependencies.ts';
import type { Place } from '../../src/queue/name.ts';
import { causesOf } from '../../src/queue/why.ts';
import { itemOf, newQueue } from './ground.ts';

const item = (id: string, ...after: string[]) => ({ id, after });
const none = () => undefined;

describe('Q11: dependencies are looked at when items are added', () => {
  test('one that does not exist is refused by its id', () => {
    expect(() => verifyAfter([item('a', 'ghost')], none)).toThrow(
      'item a comes after ghost, which does not exist',
    );
    const queue = newQueue();
    expect(() => queue.add(itemOf('a', { after: ['ghost'] }))).toThrow('which does not exist');
    expect(queue.entries()).toEqual([]);
  });
  test('a circle is refused with its way', () => {
    expect(() => verifyAfter([item('a', 'b'), item('b', 'c'), item('c', 'a')], none)).toThrow(
      'these items wait for each other: a after b after c after a',
    );
  });
  test('an edit that would close a circle is refused', () => {
    const queue = newQueue();
    queue.add(itemOf('a'));
    queue.add(itemOf('b', { after: ['a'] }));
    expect(() => queue.edit(queue.find('a'), itemOf('a', { after: ['b'] }))).toThrow('wait for each other');
    expect(queue.read('a')?.after).toEqual([]);
  });
  test('a chain of 20,000 and a wide net are no circles', () => {
    const chain = Array.from({ length: 20_000 }, (_, n) =>
      n === 0 ? item('i0') : item(`i${n}`, `i${n - 1}`),
    );
    expect(() => verifyAfter(chain, none)).not.toThrow();
    const net = Array.from({ length: 40 }, (_, n) =>
      item(`i${n}`, ...Array.from({ length: n }, (_x, m) => `i${m}`)),
    );
    expect(() => verifyAfter(net, none)).not.toThrow();
  });
  test('exactly what has a circle is refused', () => {
    const edges = fc.array(fc.tuple(fc.nat(7), fc.nat(7)), { maxLength: 12 });
    fc.assert(
      fc.property(edges, (pairs) => {
        const items = Array.from({ length: 8 }, (_, n) =>
          item(`i${n}`, ...pairs.filter(([from]) => from === n).map(([, to]) => `i${to}`)),
        );
        // Taking away what waits for nothing that is left, again and again, empties a net without circles only.
        let left = items;
        for (let before = -1; before !== left.length; ) {
          before = left.length;
          const ids = new Set(left.map(({ id }) => id));
          left = left.filter(({ after }) => after.some((id) => ids.has(id)));
        }
        const verify = () => verifyAfter(items, none);
        if (left.length > 0) expect(verify).toThrow('wait for each other');
        else expect(verify).not.toThrow();
      }),
    );
  });
});

describe('an item that comes after others', () => {
  const places: Record<string, Place> = { d: 'done', p: 'pending', c: 'claimed', h: 'held', f: 'failed' };
  const judge = (after: string[], afterFailed?: 'hold' | 'skip' | 'run') =>
    blockedBy({ after, ...(afterFailed && { afterFailed }) }, (id) => places[id]);
  test('may begin when all of them are done', () => {
    expect(judge([])).toBeUndefined();
    expect(judge(['d'])).toBeUndefined();
    expect(judge(['d', 'p', 'c', 'h'])).toEqual({ by: 'waiting', ids: ['p', 'c', 'h'] });
  });
  test('waits, is given up or is begun when one has failed, as it says', () => {
    expect(judge(['f', 'p'])).toEqual({ by: 'failed', ids: ['f'] });
    expect(judge(['f', 'p'], 'skip')).toEqual({ by: 'skip', ids: ['f'] });
    expect(judge(['f', 'p'], 'run')).toEqual({ by: 'waiting', ids: ['p'] });
    expect(judge(['f', 'd'], 'run')).toBeUndefined();
  });
  test('waits for what is in no place', () => {
    expect(judge(['ghost'])).toEqual({ by: 'waiting', ids: ['ghost'] });
  });
});

test('why follows the chain of causes to its end, each item once', () => {
  const queue = newQueue();
  queue.add(itemOf('a'));
  queue.add(itemOf('b', { after: ['a'] }));
  queue.add(itemOf('c', { after: ['a', 'b'], notBefore: '2030-01-01' }));
  queue.hold(queue.find('a'), 'question');
  const entries = new Map(queue.entries().map((entry) => [entry.id, entry]));
  const world = {
    entryOf: (id: string) => entries.get(id),
    itemOf: (id: string) => queue.read(id),
    nowMs: 0,
  };
  expect(causesOf('c', world).map(({ id, text }) => `${id} ${text}`)).toEqual([
    'c is not begun before 2030-01-01T00:00:00.000Z',
    'c comes after a, b (not done)',
    'a is held (question) until harness queue release a; harness ask lists what agents ask',
    'b comes after a (not done)',
  ]);
  expect(causesOf('ghost', world)).toEqual([
    { id: 'ghost', text: expect.stringContaining('is in no place') },
  ]);
});
