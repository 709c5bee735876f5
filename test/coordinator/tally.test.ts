import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Tally } from '../../src/coordinator/tally.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tally-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('deaths are counted on over a new start of the coordinator', () => {
  for (let n = 0; n < 4; n++) expect(new Tally(folder).died()).toMatchObject({ do: 'revive' });
  expect(new Tally(folder).standing()).toBeUndefined();
  expect(new Tally(folder).died()).toMatchObject({ do: 'park', why: '5 deaths within 10 minutes' });
  expect(new Tally(folder).standing()).toBe('5 deaths within 10 minutes');
});

test('the fourth death within an hour is told, and no later one', () => {
  const tally = new Tally(folder);
  expect([1, 2, 3, 4, 5, 6].map(() => tally.died().often)).toEqual([false, false, false, true, false, false]);
});

test('deaths that were no fault of the agent are taken off', () => {
  const tally = new Tally(folder);
  for (let n = 0; n < 5; n++) tally.died();
  tally.pardon(2);
  expect(tally.standing()).toBeUndefined();
  expect(new Tally(folder).recent()).toBe(3);
});

test('an agent that has not died for a whole window is quiet', () => {
  const hourAgo = Date.now() - 3_500_000;
  const text = JSON.stringify({ format: 1, deaths: Array.from({ length: 5 }, () => ({ at: hourAgo })) });
  writeFileSync(join(folder, 'restarts.json'), text);
  const tally = new Tally(folder);
  expect(tally.isQuiet()).toBe(true);
  expect(tally.recent()).toBe(5);
  expect(tally.standing()).toBeUndefined();
  tally.died();
  expect(tally.isQuiet()).toBe(false);
});

test('the deaths of one attempt count as one against the agent', () => {
  const tally = new Tally(folder);
  for (let n = 0; n < 3; n++) tally.died('item.1');
  for (let n = 0; n < 3; n++) tally.died('item.2');
  expect(tally.standing()).toBeUndefined();
  for (const attempt of ['item.3', 'other.1']) expect(tally.died(attempt)).toMatchObject({ do: 'revive' });
  expect(tally.died()).toMatchObject({ do: 'park' });
});

test('a broken file counts as none', () => {
  writeFileSync(join(folder, 'restarts.json'), '{"deaths":');
  expect(new Tally(folder).recent()).toBe(0);
});
