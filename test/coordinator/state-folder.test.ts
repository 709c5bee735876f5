import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openState } from '../../src/coordinator/state-folder.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'harness-state-'));
});
afterEach(() => rmSync(root, { recursive: true }));

test('a new state folder is made for this user only, and opened again', () => {
  const state = join(root, 'state');
  openState(state);
  expect(statSync(state).mode & 0o777).toBe(0o700);
  expect(() => openState(state)).not.toThrow();
});

test.each(['{"format": 0}', '{"format":2}', 'nonsense'])(
  'K09: a state folder that says %s is refused',
  (text) => {
    mkdirSync(join(root, 'state'));
    writeFileSync(join(root, 'state/format.json'), text);
    expect(() => openState(join(root, 'state'))).toThrow(/this harness reads format 1/);
  },
);
