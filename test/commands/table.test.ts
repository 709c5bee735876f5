import { describe, expect, test } from 'vitest';
import { cellsOf, cutTo, tableLines } from '../../src/commands/table.ts';

describe('the width of a text', () => {
  test.each([
    ['plain', 5],
    ['', 0],
    ['naïve', 5],
    ['日本語', 6],
    ['한국', 4],
    ['👩‍👩‍👧 x', 4],
    ['e\u0301', 1],
  ])('%s fills its cells', (text, cells) => {
    expect(cellsOf(text)).toBe(cells);
  });
});

test('a text is cut to its cells with an ellipsis, never in the middle of a character', () => {
  expect(cutTo('abcdef', 6)).toBe('abcdef');
  expect(cutTo('abcdefg', 6)).toBe('abcde…');
  expect(cutTo('日本語', 5)).toBe('日本…');
  expect(cutTo('日本語', 4)).toBe('日…');
  expect(cutTo('abc', 0)).toBe('');
});

test('columns are aligned, and no line is wider than the terminal', () => {
  const rows = [
    ['a', 'pending', 'a title'],
    ['longer', 'done', '日本語 title that is long'],
  ];
  expect(tableLines(rows)).toEqual([
    'a       pending  a title',
    'longer  done     日本語 title that is long',
  ]);
  for (let cells = 1; cells < 60; cells++) {
    for (const line of tableLines(rows, cells)) expect(cellsOf(line)).toBeLessThanOrEqual(cells);
  }
  expect(tableLines([])).toEqual([]);
});
