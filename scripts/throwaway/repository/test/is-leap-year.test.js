import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isLeapYear } from '../src/is-leap-year.js';

test('every fourth year is one', () => {
  assert.deepEqual([2023, 2024].map(isLeapYear), [false, true]);
});

test('of full centuries only every fourth is one', () => {
  assert.deepEqual([1900, 2000, 2100].map(isLeapYear), [false, true, false]);
});
