import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openLog } from '../src/log.ts';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'harness-log-'));
  file = join(folder, 'harness.log');
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Nine lines of a MiB: more than a log holds. */
const fill = (log: ReturnType<typeof openLog>) => {
  for (let n = 0; n < 9; n++) log.info(`${n} ${'word '.repeat(210_000)}`);
};

test('a full log is set aside, and the next line begins a new one', () => {
  const log = openLog(file, 'r1');
  fill(log);
  log.info('after that');
  expect(statSync(`${file}.1`).size).toBeGreaterThan(8 << 20);
  expect(readFileSync(file, 'utf8')).toMatch(/"run":"r1".*"after that"/);
});

test('a log that somebody took away ends no run: it is made anew when it would be full', () => {
  const log = openLog(file, 'r1');
  rmSync(file);
  fill(log);
  log.info('after that');
  expect(existsSync(`${file}.1`)).toBe(false);
  expect(readFileSync(file, 'utf8')).toContain('after that');
});
