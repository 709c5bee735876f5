import { expect, test } from 'vitest';
import { nearest } from '../src/nearest.ts';

test.each([
  ['agnets', 'agents'],
  ['agent', 'agents'],
  ['Max-Attempts', 'max_attempts'],
  ['stael', 'stale'],
])('%s is near to %s', (word, meant) => {
  expect(nearest(word, ['agents', 'stale', 'max_attempts'])).toBe(meant);
});

test('what is far from everything has no nearest word, however long it is', () => {
  expect(nearest('banana', ['agents', 'stale'])).toBeUndefined();
  expect(nearest('x'.repeat(100_000), ['agents'])).toBeUndefined();
  expect(nearest('', ['agents'])).toBeUndefined();
});
