import { expect, test } from 'vitest';
import { UNWORN, wornBy, wornOut } from '../../src/coordinator/wear.ts';
import type { Wear } from '../../src/coordinator/wear.ts';
import type { SessionEvent } from '../../src/session/protocol.ts';

const LIMITS = { context: 60, memory: 2 ** 31, items: 3, slowdown: 4 };
const began = (session = 's') => ({ is: 'init', session }) as SessionEvent;
const said = { is: 'delta', of: 'text', text: 'x', nested: false } as unknown as SessionEvent;

/** A session whose turns took so long to begin to answer, in seconds. */
const after = (...seconds: number[]): Wear =>
  seconds.reduce((wear, took) => wornBy(wornBy(wear, began(), 0), said, took * 1_000), UNWORN);

test.each([
  ['nothing', {}, undefined],
  ['a context at its limit', { context: 60 }, undefined],
  ['a fuller one', { context: 60.6 }, 'its context is 61 % full, more than 60 % (session.recycle.context)'],
  ['as much memory as it may', { memory: 2 ** 31 }, undefined],
  [
    'more memory',
    { memory: 3 * 2 ** 30 },
    'its process uses 3 GiB, more than 2 GiB (session.recycle.memory)',
  ],
  ['fewer items', { items: 2 }, undefined],
  ['as many items', { items: 3 }, 'it has worked on 3 items (session.recycle.items)'],
])('a session with %s', (_, wear: Partial<Wear>, why) => {
  expect(wornOut({ ...UNWORN, ...wear }, LIMITS)).toBe(why);
});

test.each([
  ['slow from the first turn on', after(30, 30, 30, 30, 30, 31, 31, 31, 31, 31), undefined],
  ['slow once', after(3, 3, 3, 3, 3, 3, 300, 3, 3, 3), undefined],
  ['slower, but quick', after(1, 1, 1, 1, 1, 9, 9, 9, 9, 9), undefined],
  ['slower for less than five turns', after(3, 3, 3, 3, 3, 30, 30, 30, 30), undefined],
  [
    'slower',
    after(3, 3, 3, 3, 3, 3, 3, 30, 30, 30, 30, 30),
    'it begins to answer after 30.0 s, 3.0 s at first (session.recycle.slowdown)',
  ],
])('a session that is %s', (_, wear, why) => {
  expect(wornOut(wear, LIMITS)).toBe(why);
});

test('only the first word of a turn counts, and another conversation begins anew', () => {
  const once = after(3);
  expect(wornBy(once, said, 90_000)).toBe(once);
  expect(wornBy({ ...once, items: 7, context: 90 }, began('other'), 5)).toEqual({
    ...UNWORN,
    session: 'other',
    askedMs: 5,
  });
});
