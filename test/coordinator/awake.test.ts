import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { stayAwake } from '../../src/coordinator/awake.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'harness-awake-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const file = (name: string) => join(folder, name);

/** A keeper that writes down how it is called, and when what it runs has ended. */
function keeper(last: string): { PATH: string } {
  const script = `#!/bin/sh\necho "$@" >${file('called')}\n${last}\n`;
  writeFileSync(file('systemd-inhibit'), script, { mode: 0o755 });
  return { PATH: `${folder}:${process.env.PATH}` };
}

test('the machine is kept awake until the end, and let go then', async () => {
  const env = keeper(`shift 4; "$@"; echo over >${file('over')}`);
  const notes: string[] = [];
  const end = stayAwake(env, (text) => notes.push(text));
  await expect.poll(() => existsSync(file('called'))).toBe(true);
  expect(readFileSync(file('called'), 'utf8')).toMatch(/^--what=sleep:idle .* --mode=block cat$/m);
  expect(existsSync(file('over'))).toBe(false);
  end();
  await expect.poll(() => existsSync(file('over'))).toBe(true);
  expect(notes).toEqual([]);
});

test('a machine that refuses is noted, and one without such a program is let be', async () => {
  const notes: string[] = [];
  stayAwake(keeper('exit 1'), (text) => notes.push(text));
  await expect.poll(() => notes).toEqual(['systemd-inhibit ended with exit code 1; the machine may sleep']);
  stayAwake({ PATH: '' }, (text) => notes.push(text))();
  expect(notes).toHaveLength(1);
});
