import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wrapWords } from '../src/wrap-words.js';

test('lines are filled up to the width', () => {
  assert.deepEqual(wrapWords('one two three four', 9), ['one two', 'three', 'four']);
});

test('a word that is too long gets a line of its own', () => {
  assert.deepEqual(wrapWords('a considerable word', 6), ['a', 'considerable', 'word']);
});
