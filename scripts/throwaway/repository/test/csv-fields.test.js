import assert from 'node:assert/strict';
import { test } from 'node:test';
import { csvFields } from '../src/csv-fields.js';

test('plain fields are split at commas', () => {
  assert.deepEqual(csvFields('a,,c'), ['a', '', 'c']);
});

test('quoted fields keep their commas and quotes', () => {
  assert.deepEqual(csvFields('1,"a, b","say ""hi"""'), ['1', 'a, b', 'say "hi"']);
});
