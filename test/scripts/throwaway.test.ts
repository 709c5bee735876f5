import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ITEMS } from '../../scripts/throwaway/items.ts';
import { git, makeRepository, runTests } from '../../scripts/throwaway/repository.ts';
import { complaints } from '../../scripts/throwaway/verdict.ts';

const SOLUTIONS = fileURLToPath(new URL('../../scripts/throwaway/solutions', import.meta.url));

let folder: string;
let repository: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'throwaway-'));
  repository = join(folder, 'repository');
  makeRepository(repository);
});
afterEach(() => rmSync(folder, { recursive: true }));

const solve = (id: string, file = id): void =>
  copyFileSync(join(SOLUTIONS, `${file}.js`), join(repository, `src/${id}.js`));

const succeeds = (check: string): boolean => {
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  return spawnSync('sh', ['-c', check], { cwd: repository, env }).status === 0;
};

/** What a run of the harness leaves behind: one merged commit with its trailer for every item. */
function landAll(ids: string[] = ITEMS.map(({ id }) => id)): void {
  git(repository, 'switch', '--quiet', '--create', 'harness/integration');
  for (const id of ids) {
    solve(id);
    git(repository, 'commit', '--quiet', '--allow-empty', '--all', `--message=Land\n\nHarness-Item: ${id}`);
  }
  git(repository, 'switch', '--quiet', 'main');
}

const done = ITEMS.map(({ id }) => ({ id, place: 'done', attempt: 1 }));
const judged = (): string[] => complaints(repository, join(folder, 'result'), done);

test('every check fails at first, passes with its own work, and needs nobody else', () => {
  for (const { id, check } of ITEMS) {
    expect(succeeds(check), `${check} before`).toBe(false);
    solve(id);
    expect(succeeds(check), `${check} after`).toBe(true);
    git(repository, 'checkout', '--quiet', '.');
  }
  expect(runTests(repository)).toMatchObject({ passed: 3 });
});

test('the first commit that is prepared for median breaks its check', () => {
  solve('median', 'median.first');
  expect(succeeds('node --test test/median.test.js')).toBe(false);
});

test('the markers carry the prepared files unharmed', () => {
  for (const { id, markers } of ITEMS) {
    const [, content = ''] = /.*\[\[write:src\/[^|]*\|([\s\S]*?)\]\]/.exec(markers) ?? [];
    expect(content.replaceAll(String.raw`\n`, '\n')).toBe(readFileSync(join(SOLUTIONS, `${id}.js`), 'utf8'));
  }
});

test('a run that landed everything once draws no complaint', () => {
  landAll();
  expect(judged()).toEqual([]);
});

test('an item that is missing, or landed twice, or left undone is named', () => {
  landAll([...ITEMS.slice(1).map(({ id }) => id), 'slug']);
  expect(judged()).toEqual([
    'the item wrap-words landed 0 times',
    'the item slug landed 2 times',
    "2 of the program's tests fail on harness/integration",
  ]);
  expect(complaints(repository, join(folder, 'again'), [])).toContain('the item median is missing, not done');
});

test('a touched checkout or a moved main is named', () => {
  landAll();
  git(repository, 'commit', '--quiet', '--allow-empty', '--message=Move');
  rmSync(join(repository, 'README.md'));
  expect(judged()).toEqual(['the branch main was moved', 'the checked-out files were changed']);
});
