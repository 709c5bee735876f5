import { expect, test } from 'vitest';
import { ago, lasting, many, money, pace } from '../src/words.ts';

test.each([
  [-5, '0s'],
  [999, '0s'],
  [59_999, '59s'],
  [60_000, '1m 00s'],
  [3_599_999, '59m 59s'],
  [7_500_000, '2h 05m'],
  [273_600_000, '3d 04h'],
])('%d ms last %s', (ms, text) => {
  expect(lasting(ms)).toBe(text);
});

test.each([
  [0, '$0.00'],
  [0.001, '<$0.01'],
  [0.005, '$0.01'],
  [12.3, '$12.30'],
  [1234.5, '$1235'],
])('%d dollars are %s', (usd, text) => {
  expect(money(usd)).toBe(text);
});

test('a time that is missing, broken or in the future is no long time ago', () => {
  expect(ago(undefined, 0)).toBeUndefined();
  expect(ago('yesterday', 0)).toBeUndefined();
  expect(ago('1970-01-01T00:00:02Z', 1000)).toBe(0);
  expect(ago('1970-01-01T00:00:02Z', 5000)).toBe(3000);
});

test('a pace is told once a minute has passed and something has landed', () => {
  expect(pace(3, 59_999)).toBeUndefined();
  expect(pace(0, 600_000)).toBeUndefined();
  expect(pace(3, 1_800_000)).toBe('6.0');
  expect(pace(30, 1_800_000)).toBe('60');
});

test('one and many', () => {
  expect([0, 1, 2].map((n) => many(n, 'turn'))).toEqual(['0 turns', '1 turn', '2 turns']);
});
