import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Depot } from '../../src/worktree/depot.ts';
import { ownMoves } from '../../src/worktree/guard.ts';
import { attemptIn } from '../../src/worktree/refs.ts';
import { rescue } from '../../src/worktree/rescue.ts';
import { setTreeAside } from '../../src/worktree/trees.ts';
import { Worktree } from '../../src/worktree/worktree.ts';
import { commitIn, gitIn, makeRepo, tempFolder, writeFiles } from '../helpers/temp-repo.ts';

let temp: ReturnType<typeof tempFolder>;
let depot: Depot;
let tree: Worktree;
let base: string;

beforeEach(async () => {
  temp = tempFolder();
  const repo = makeRepo(join(temp.path, 'user'), { 'a.txt': '1\n' });
  const rig = { name: 'demo', path: repo.path, target: 'harness/integration', checks: [] };
  depot = await Depot.open(rig, join(temp.path, 'worktrees/demo'), { sole: true });
  base = await depot.target();
  tree = await Worktree.ensure(depot, 'a1');
  await tree.begin('harness/x-1', base);
});
afterEach(() => temp.remove());

const fifo = (path: string) => {
  rmSync(path, { recursive: true, force: true });
  execFileSync('mkfifo', [path]);
};
const instead = (path: string, put: () => void) => {
  rmSync(path, { recursive: true, force: true });
  put();
};
const LONG = 'x'.repeat(100_000);

for (const [what, damage] of Object.entries<(at: { entry: string; path: string; view: string }) => void>({
  'a .git file without end': ({ path }) => writeFileSync(join(path, '.git'), LONG),
  'a HEAD without end': ({ entry }) => writeFileSync(join(entry, 'HEAD'), LONG),
  'a FIFO as its index': ({ entry }) => fifo(join(entry, 'index')),
  'a folder as its index': ({ entry }) =>
    instead(join(entry, 'index'), () => mkdirSync(join(entry, 'index'))),
  'a folder as MERGE_HEAD': ({ entry }) => mkdirSync(join(entry, 'MERGE_HEAD')),
  'a FIFO as MERGE_HEAD': ({ entry }) => fifo(join(entry, 'MERGE_HEAD')),
  'a file as its entry': ({ entry }) => instead(entry, () => writeFileSync(entry, '')),
  'a dead link as its entry': ({ entry }) => instead(entry, () => symlinkSync('/nonexistent/x', entry)),
  'a file as its view': ({ view }) => instead(view, () => writeFileSync(view, '')),
  'a file as its logs': ({ view }) =>
    instead(join(view, 'logs'), () => writeFileSync(join(view, 'logs'), '')),
})) {
  test(`a worktree with ${what} is repaired, its files are rescued, and it gets clean`, async () => {
    writeFiles(tree.path, { 'work.txt': 'precious' });
    damage({ entry: tree.entry.gitDir, path: tree.path, view: tree.entry.view });
    await depot.guard.look();
    const again = await Worktree.ensure(depot, 'a1');
    const saved = await rescue(again, { item: 'x', attempt: 1 });
    expect(gitIn(depot.gitDir, 'show', `${saved}:work.txt`)).toBe('precious');
    await again.begin('harness/x-2', base);
    expect(await again.status()).toEqual({ head: base, branch: 'harness/x-2', dirty: [] });
    expect(gitIn(tree.path, 'rev-parse', '--abbrev-ref', 'HEAD')).toBe('harness/x-2');
  });
}

test('nobody waits for a FIFO in the place of a log, nor follows a link there', async () => {
  const commit = commitIn(tree.path, { 'n.txt': 'n\n' });
  const log = join(tree.entry.view, 'logs/refs/heads/harness/x-1');
  fifo(log);
  expect(ownMoves(tree.entry, 'refs/heads/harness/x-1')).toEqual([]);
  await depot.guard.look();
  expect(await depot.resolve('refs/heads/harness/x-1')).toBe(commit);
  instead(log, () => symlinkSync('/dev/zero', log));
  await depot.guard.look();
  expect(await depot.resolve('refs/heads/harness/x-1')).toBe(commit);
});

test('a branch that an agent gave a name which no item has names no attempt', () => {
  expect(attemptIn('refs/heads/harness/x-y-2')).toEqual({ item: 'x-y', attempt: 2 });
  for (const name of ['X_Y-1', 'a/b-1', '-1-1', `${'x'.repeat(65)}-1`])
    expect(attemptIn(`refs/heads/harness/${name}`)).toBeUndefined();
});

test('hidden files whose names are no text are saved and undone', async () => {
  const hide =
    'N=$(printf "n\\377"); echo 1 > $N; git add .; git commit -qm n; git update-index --assume-unchanged $N; echo 2 > $N';
  execFileSync('sh', ['-c', hide], { cwd: tree.path });
  const saved = await rescue(tree, { item: 'x', attempt: 1 });
  expect(gitIn(depot.gitDir, 'log', '-1', '-p', String(saved))).toContain('+2');
  await tree.begin('harness/x-2', base);
  expect(await tree.status()).toMatchObject({ head: base, dirty: [] });
});

test('a git whose folder is gone is not taken for one that is not installed', async () => {
  rmSync(tree.entry.gitDir, { recursive: true });
  for (const call of [() => tree.git.run(['status']), () => tree.git.text(['status'])])
    await expect(call()).rejects.toMatchObject({ trouble: 'failed', message: /a1 is gone$/ });
});

test('a tree that is set aside is kept whole, and made anew', async () => {
  writeFiles(tree.path, { 'work.txt': 'precious' });
  const aside = setTreeAside(depot, 'a1');
  expect(readFileSync(join(aside, 'tree/work.txt'), 'utf8')).toBe('precious');
  const again = await Worktree.ensure(depot, 'a1');
  expect(existsSync(join(again.path, 'work.txt'))).toBe(false);
  await again.begin('harness/x-2', base);
  expect(await again.status()).toMatchObject({ head: base, dirty: [] });
});
