import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Depot } from '../../src/worktree/depot.ts';
import { rescue } from '../../src/worktree/rescue.ts';
import { changeOf, forgetSaved, restore, savedIn } from '../../src/worktree/saved.ts';
import { Worktree } from '../../src/worktree/worktree.ts';
import { commitIn, fingerprint, gitIn, makeRepo, tempFolder, writeFiles } from '../helpers/temp-repo.ts';
import type { TempRepo } from '../helpers/temp-repo.ts';

let temp: ReturnType<typeof tempFolder>;
let repo: TempRepo;
let depot: Depot;
let tree: Worktree;

beforeEach(async () => {
  temp = tempFolder();
  repo = makeRepo(join(temp.path, 'user'), { 'a.txt': '1\n' });
  const rig = { name: 'demo', path: repo.path, target: 'harness/integration', checks: [] };
  depot = await Depot.open(rig, join(temp.path, 'worktrees/demo'), { sole: true });
  tree = await Worktree.ensure(depot, 'a1');
  await tree.begin('harness/x-1', await depot.target());
  commitIn(tree.path, { 'a.txt': 'committed\n' });
  writeFiles(tree.path, { 'a.txt': 'not committed\n' });
  await rescue(tree, { item: 'x', attempt: 1 });
});
afterEach(() => temp.remove());

test('what is kept of an item is its branches and what was not committed, each with what it changed', async () => {
  const saved = await savedIn(depot, 'x');
  expect(saved).toMatchObject([
    { item: 'x', attempt: 1, kind: 'branch', ref: 'refs/heads/harness/x-1' },
    { item: 'x', attempt: 1, kind: 'uncommitted', ref: 'refs/harness/rescue/x.1' },
  ]);
  const [branch, rest] = await Promise.all(saved.map((one) => changeOf(depot, one)));
  expect(branch).toMatch(/^-1\n\+committed$/m);
  expect(rest).toMatch(/^-committed\n\+not committed$/m);
  expect(await savedIn(depot, 'y')).toEqual([]);
});

test('it comes back as a new branch of the user, and nothing else changes there', async () => {
  const [, rest] = await savedIn(depot, 'x');
  if (!rest) throw new Error('nothing was saved');
  const before = fingerprint(repo.path, 'refs/heads/recovered/x-1');
  await restore(depot, rest, 'recovered/x-1');
  expect(repo.git('show', 'recovered/x-1:a.txt')).toBe('not committed');
  expect(repo.git('log', '--format=%s', '-1', 'recovered/x-1^')).toBe('Change');
  expect(fingerprint(repo.path, 'refs/heads/recovered/x-1')).toEqual(before);
  await expect(restore(depot, rest, 'recovered/x-1')).rejects.toThrow(/has a branch recovered\/x-1 already/);
  await expect(restore(depot, rest, '-x')).rejects.toThrow(/is not a name for a branch/);
  await expect(restore(depot, rest, 'main')).rejects.toThrow(/has a branch main already/);
});

test('old work of items that are over is forgotten, that of others and branches stay', async () => {
  await tree.begin('harness/y-1', await depot.target());
  writeFiles(tree.path, { 'a.txt': 'y\n', big: 'b'.repeat(200) });
  const keepIn = join(depot.folder, '.kept/y.1');
  await rescue(tree, { item: 'y', attempt: 1 }, { keepIn, most: { file: 100, total: 1000 } });
  const later = Date.now() + 60_000;
  expect(await forgetSaved(depot, Date.now() - 60_000, () => true)).toBe(0);
  expect(await forgetSaved(depot, later, (item) => item === 'x')).toBe(1);
  expect((await savedIn(depot)).map(({ ref }) => ref).toSorted()).toEqual([
    'refs/harness/rescue/y.1',
    'refs/heads/harness/x-1',
    'refs/heads/harness/y-1',
  ]);
  expect(existsSync(join(keepIn, 'big'))).toBe(true);
  expect(await forgetSaved(depot, later, () => true)).toBe(2);
  expect(existsSync(keepIn)).toBe(false);
  expect(gitIn(depot.gitDir, 'for-each-ref', 'refs/harness/rescue')).toBe('');
});
