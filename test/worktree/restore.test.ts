import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Depot } from '../../src/worktree/depot.ts';
import { rescue } from '../../src/worktree/rescue.ts';
import { restore } from '../../src/worktree/restore.ts';
import { Worktree } from '../../src/worktree/worktree.ts';
import { gitIn, makeRepo, tempFolder, writeFiles } from '../helpers/temp-repo.ts';

let temp: ReturnType<typeof tempFolder>;
let depot: Depot;
let tree: Worktree;
let base: string;

beforeEach(async () => {
  temp = tempFolder();
  const repo = makeRepo(join(temp.path, 'user'), {
    'a.txt': '1\n',
    'b.txt': '1\n',
    '.gitignore': 'cache/\n',
  });
  const rig = { name: 'demo', path: repo.path, target: 'harness/integration', checks: [] };
  depot = await Depot.open(rig, join(temp.path, 'worktrees/demo'));
  base = await depot.target();
  tree = await Worktree.ensure(depot, 'a1');
  await tree.begin('harness/x-1', base);
});
afterEach(() => temp.remove());

test('what was rescued comes back as it was: changed, new and deleted, none of it staged', async () => {
  writeFiles(tree.path, { 'a.txt': '2\n', 'new/-x\n': 'n', 'cache/y': 'kept' });
  rmSync(join(tree.path, 'b.txt'));
  const before = gitIn(tree.path, 'status', '--porcelain', '-z');
  const saved = await rescue(tree, { item: 'x', attempt: 1 });
  await tree.begin('harness/y-1', base);
  expect((await tree.status()).dirty).toEqual([]);
  await tree.begin('harness/x-2', base);
  await restore(tree, saved ?? '');
  expect(gitIn(tree.path, 'status', '--porcelain', '-z')).toBe(before);
  expect(readFileSync(join(tree.path, 'new/-x\n'), 'utf8')).toBe('n');
  expect(existsSync(join(tree.path, 'b.txt'))).toBe(false);
  expect(await tree.status()).toMatchObject({ branch: 'harness/x-2', head: base });
});

test('only a full commit id is taken', async () => {
  await expect(restore(tree, 'HEAD')).rejects.toThrow('not a full commit id');
});
