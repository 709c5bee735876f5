import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatDuration } from '../src/format-duration.js';

test('hours, minutes and seconds are named', () => {
  assert.equal(formatDuration(3665), '1h 1m 5s');
  assert.equal(formatDuration(7200), '2h');
});

test('nothing is 0s', () => {
  assert.equal(formatDuration(0), '0s');
});
