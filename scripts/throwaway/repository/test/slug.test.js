import assert from 'node:assert/strict';
import { test } from 'node:test';
import { slug } from '../src/slug.js';

test('words are joined by single dashes in lower case', () => {
  assert.equal(slug('  The Quick_Brown   Fox! '), 'the-quick-brown-fox');
});

test('accents are taken off', () => {
  assert.equal(slug('Crème brûlée'), 'creme-brulee');
});
