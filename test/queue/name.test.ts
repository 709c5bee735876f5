import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  bare,
  formatName,
  formatTemporary,
  inOrder,
  parseName,
  parseTemporary,
  PLACES,
  toReason,
} from '../../src/queue/name.ts';
import type { ItemName, Place } from '../../src/queue/name.ts';
import { PRIORITIES } from '../../src/queue/work-item.ts';

const word = fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,40}$/);
const moment = fc.integer({ min: 1, max: 2 ** 34 }).map((seconds) => seconds * 1000);
const head = fc.record({
  priority: fc.constantFrom(...PRIORITIES),
  addedMs: moment,
  id: fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,63}$/),
  attempt: fc.nat({ max: 9_999_999 }),
  charged: fc.nat({ max: 9_999_999 }),
});
const tails: Record<Place, fc.Arbitrary<Partial<ItemName>>> = {
  pending: fc.oneof(
    fc.constant({}),
    fc.record({ reason: word }),
    fc.record({ reason: word, notBeforeMs: moment }),
  ),
  claimed: fc.record({ agent: word, run: word }),
  held: fc.record({ reason: word }),
  failed: fc.record({ reason: word }),
  done: fc.record({ reason: word }),
};

describe('the file name of an item', () => {
  test.each(PLACES)('in %s reads back as what it was made of', (place) => {
    fc.assert(
      fc.property(head, tails[place], (name, tail) => {
        const file = formatName(place, { ...name, ...tail });
        expect(parseName(place, file)).toEqual({ ...name, ...tail });
        expect(Buffer.byteLength(file)).toBeLessThan(220);
      }),
    );
  });

  test('is the text that docs/format.md shows', () => {
    const name: ItemName = {
      priority: 'high',
      addedMs: 1_800_000_000_000,
      id: 'fix-login',
      attempt: 2,
      charged: 1,
    };
    expect(formatName('pending', name)).toBe('1-1nmkmg0~fix-login~2.1');
    expect(formatName('pending', { ...name, reason: 'check-failed', notBeforeMs: 1_800_000_030_001 })).toBe(
      '1-1nmkmg0~fix-login~2.1~check-failed~1nmkmgz',
    );
    expect(formatName('claimed', { ...name, agent: 'a1', run: 'r7k' })).toBe(
      '1-1nmkmg0~fix-login~2.1~a1~r7k',
    );
    expect(formatName('done', { ...name, reason: 'landed' })).toBe('1-1nmkmg0~fix-login~2.1~landed');
  });

  test('is never made of what could not be read back', () => {
    const name: ItemName = { priority: 'high', addedMs: 0, id: 'a', attempt: 1, charged: 0 };
    expect(() => formatName('done', name)).toThrow('not a name for done');
    expect(() => formatName('claimed', { ...name, agent: '../a', run: 'r' })).toThrow(
      'not a name for claimed',
    );
    expect(() => formatName('held', { ...name, id: 'a/b', reason: 'x' })).toThrow('not a name for held');
    expect(() => formatName('done', { ...name, attempt: 0.5, reason: 'x' })).toThrow('not a name for done');
  });

  test.each([
    '',
    'x',
    'README.md',
    '1-1nmkmg0',
    '1-1nmkmg0~a',
    '4-1nmkmg0~a~0.0',
    '1-1nmkmgl~a~0.0',
    '1-1nmkmg~a~0.0',
    '1-1nmkmg0~A~0.0',
    '1-1nmkmg0~a~00.0',
    '1-1nmkmg0~a~0',
    '1-1nmkmg0~a~0.0~',
    '1-1nmkmg0~a~0.0~x~y',
    '1-1nmkmg0~a~0.0~x~1nmkmgi',
    '1-1nmkmg0~a~0.0~x~1nmkmg0~z',
    '1-1nmkmg0~a~0.0\n',
    '1-1nmkmg0~a~-1.0',
  ])('is not %j', (file) => {
    expect(parseName('pending', file)).toBeUndefined();
  });

  test('of any text is read as a name only if it would be written so', () => {
    const nearly = fc.stringMatching(/^[0-4]-[0-9a-z]{6,8}(~[a-z0-9.-]{0,9}){1,5}$/);
    fc.assert(
      fc.property(nearly, fc.constantFrom(...PLACES), (file, place) => {
        const name = parseName(place, file);
        if (name) expect(formatName(place, name)).toBe(file);
      }),
      { numRuns: 2000 },
    );
  });
});

const name = (priority: ItemName['priority'], addedMs: number, id: string): ItemName => ({
  priority,
  addedMs,
  id,
  attempt: 0,
  charged: 0,
});

test('items are begun by priority, then by age, then by id', () => {
  const wanted = [
    name('urgent', 9000, 'd'),
    name('normal', 1000, 'c'),
    name('normal', 2000, 'a'),
    name('normal', 2000, 'b'),
  ];
  expect(wanted.toReversed().toSorted(inOrder)).toEqual(wanted);
  const files = wanted.map((one) => formatName('pending', one));
  expect(files.toSorted()).toEqual(files);
});

test('a move forgets the tail and keeps place in the order and counts', () => {
  expect(
    bare({ priority: 'low', addedMs: 1, id: 'a', attempt: 3, charged: 2, agent: 'x', run: 'y' }),
  ).toEqual({
    priority: 'low',
    addedMs: 1,
    id: 'a',
    attempt: 3,
    charged: 2,
  });
});

test('any text becomes a reason that a name can carry', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(toReason(text)).toMatch(/^[a-z0-9][a-z0-9-]{0,39}$/);
    }),
  );
  expect(toReason('Check failed: npm test')).toBe('check-failed-npm-test');
});

test('a name in tmp tells the item and the process that writes it', () => {
  const file = formatTemporary('1-1nmkmg0~fix-login~0.0', { pid: 12, start: '34' }, 'abc');
  expect(parseTemporary(file)).toEqual({
    pending: '1-1nmkmg0~fix-login~0.0',
    id: 'fix-login',
    pid: 12,
    start: '34',
  });
  expect(parseTemporary('1-1nmkmg0~fix-login~0.0')).toBeUndefined();
  expect(parseTemporary('x~12-34-abc')).toBeUndefined();
});
