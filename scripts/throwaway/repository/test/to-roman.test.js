import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toRoman } from '../src/to-roman.js';

test('numerals add up', () => {
  assert.deepEqual([1, 8, 2026].map(toRoman), ['I', 'VIII', 'MMXXVI']);
});

test('four and nine are written by subtracting', () => {
  assert.deepEqual([4, 9, 1994].map(toRoman), ['IV', 'IX', 'MCMXCIV']);
});
