import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Depot } from '../../src/worktree/depot.ts';
import type { Rig } from '../../src/worktree/rig.ts';
import { takeOver } from '../../src/worktree/take-over.ts';
import { Worktree } from '../../src/worktree/worktree.ts';
import { commitIn, gitIn, makeRepo, tempFolder, writeFiles } from '../helpers/temp-repo.ts';

let temp: ReturnType<typeof tempFolder>;
let rig: Rig;
let base: string;
let tree: Worktree;
const BRANCH = 'harness/one-1';
const begun = () => ({ tree: 'a1', branch: BRANCH, base });
const folder = () => join(temp.path, 'worktrees/demo');

/** As the next coordinator opens it. */
const next = () => Depot.open(rig, folder(), { sole: true });

beforeEach(async () => {
  temp = tempFolder();
  const repo = makeRepo(join(temp.path, 'user'), { 'a.txt': '1\n' });
  rig = { name: 'demo', path: repo.path, target: 'harness/integration', checks: [] };
  const depot = await next();
  base = await depot.target();
  tree = await Worktree.ensure(depot, 'a1');
  await tree.begin(BRANCH, base);
});
afterEach(() => temp.remove());

test('a worktree is taken over as it is, and the branch is its agent’s again', async () => {
  const head = commitIn(tree.path, { 'b.txt': 'b' });
  writeFiles(tree.path, { 'c.txt': 'c' });
  writeFileSync(join(tree.entry.gitDir, 'index.lock'), '');
  const depot = await next();
  expect(await takeOver(depot, begun())).toBeUndefined();
  const again = await Worktree.ensure(depot, 'a1');
  expect(await again.status()).toMatchObject({ head, branch: BRANCH, dirty: ['c.txt'] });
  expect(existsSync(join(tree.entry.gitDir, 'index.lock'))).toBe(false);
  depot.guard.enter('a1');
  const moved = commitIn(tree.path, { 'd.txt': 'd' });
  expect(await depot.guard.leave('a1')).toEqual([]);
  expect(await depot.resolve(BRANCH)).toBe(moved);
});

test('the last of its own moves may have been an amend', async () => {
  commitIn(tree.path, { 'b.txt': 'b' });
  gitIn(tree.path, 'commit', '-q', '--amend', '-m', 'better');
  expect(await takeOver(await next(), begun())).toBeUndefined();
});

test.each<[string, () => void, RegExp]>([
  ['the tree is on another branch', () => gitIn(tree.path, 'switch', '-q', '--detach'), /is not on/],
  [
    'somebody else moved the branch',
    () => {
      const other = commitIn(rig.path, { 'x.txt': 'x' });
      gitIn(folder(), '--git-dir', 'depot.git', 'fetch', '-q', rig.path);
      gitIn(folder(), '--git-dir', 'depot.git', 'update-ref', `refs/heads/${BRANCH}`, other);
    },
    /moved by somebody else/,
  ],
  ['the worktree is gone', () => rmSync(tree.path, { recursive: true }), /gone/],
  [
    'the branch has lost its base',
    () => {
      const orphan = gitIn(tree.path, 'commit-tree', '-m', 'x', 'HEAD^{tree}').trim();
      gitIn(tree.path, 'reset', '-q', '--hard', orphan);
    },
    /does not come from/,
  ],
])('it is not taken over when %s', async (_, happen, why) => {
  happen();
  expect(await takeOver(await next(), begun())).toMatch(why);
});
