import { expect, test } from 'vitest';
import { standstill } from '../../src/coordinator/standstill.ts';

const between = (wallMs: number, monotonicMs: number) =>
  standstill(
    { wallMs: 1_000, monotonicMs: 500 },
    { wallMs: 1_000 + wallMs, monotonicMs: 500 + monotonicMs },
    1_000,
  );

test('an even step of both clocks is nothing, nor is a busy second', () => {
  expect(between(1_000, 1_000)).toBeUndefined();
  expect(between(9_000, 9_000)).toBeUndefined();
});

test('a process that was stopped sees both clocks jump', () => {
  expect(between(60_000, 60_000)).toEqual({ is: 'stood-still', ms: 60_000 });
});

test('a suspend shows as a wall clock that ran ahead', () => {
  expect(between(1_801_000, 1_000)).toEqual({ is: 'slept', ms: 1_800_000 });
});

test('D04: a clock that is set back an hour is noticed, and gives no negative duration', () => {
  expect(between(-3_599_000, 1_000)).toEqual({ is: 'set-back', ms: 3_600_000 });
});
