import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { prompts } from '../../../src/commands/doctor/prompts.ts';
import type { Context } from '../../../src/commands/doctor/check.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'doctor-prompts-'));
  mkdirSync(join(folder, 'prompts'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const look = () => prompts.look({ home: { folder, configFile: '' } } as Context);
const put = (name: string, text: string) => writeFileSync(join(folder, 'prompts', name), text);

test('a home without texts of its own is not spoken of', () => {
  expect(look()).toEqual([]);
});

test('good texts are counted, what is wrong is said with the file, strange files are named', () => {
  put('bootstrap.md', 'Be kind.');
  expect(look()).toMatchObject([{ is: 'ok', what: expect.stringMatching(/^1 of the texts/) }]);
  put('nudge.md', 'Continue.');
  put('nugde.md', '');
  const found = look();
  expect(found).toContainEqual(
    expect.objectContaining({
      is: 'error',
      what: expect.stringMatching(/nudge\.md: \{\{finding\}\} is missing/),
    }),
  );
  expect(found).toContainEqual(
    expect.objectContaining({ is: 'warning', what: expect.stringContaining('nugde.md') }),
  );
});
