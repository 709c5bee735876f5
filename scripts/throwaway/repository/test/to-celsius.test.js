import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toCelsius } from '../src/to-celsius.js';

test('water freezes at 0 and boils at 100', () => {
  assert.deepEqual([32, 212].map(toCelsius), [0, 100]);
});

test('one decimal is kept', () => {
  assert.equal(toCelsius(98.6), 37);
  assert.equal(toCelsius(70), 21.1);
});
