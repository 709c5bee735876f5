import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Depot } from '../../src/worktree/depot.ts';
import { rescue } from '../../src/worktree/rescue.ts';
import { Worktree } from '../../src/worktree/worktree.ts';
import { commitIn, gitIn, makeRepo, tempFolder, writeFiles } from '../helpers/temp-repo.ts';

let temp: ReturnType<typeof tempFolder>;
let depot: Depot;
let tree: Worktree;
let base: string;
const who = { item: 'x', attempt: 1 };

beforeEach(async () => {
  temp = tempFolder();
  const files = { 'a.txt': '1\n', 'b.txt': '1\n', 'c.txt': '1\n', 'run.sh': 'x\n', '.gitignore': 'cache/\n' };
  const repo = makeRepo(join(temp.path, 'user'), files);
  const rig = { name: 'demo', path: repo.path, target: 'harness/integration', checks: [] };
  depot = await Depot.open(rig, join(temp.path, 'worktrees/demo'));
  base = await depot.target();
  tree = await Worktree.ensure(depot, 'a1');
  await tree.begin('harness/x-1', base);
});
afterEach(() => temp.remove());

const show = (commit: string | undefined, file: string) => gitIn(depot.gitDir, 'show', `${commit}:${file}`);
const status = () => gitIn(tree.path, 'status', '--porcelain');

test('nothing to save is undefined, and makes no ref', async () => {
  expect(await rescue(tree, who)).toBeUndefined();
  commitIn(tree.path, { 'a.txt': '2\n' });
  writeFiles(tree.path, { 'cache/x': 'ignored' });
  expect(await rescue(tree, who)).toBeUndefined();
  expect(await depot.resolve('refs/harness/rescue/x.1')).toBeUndefined();
});

test('W04: every kind of change is saved as it is, and neither the tree nor its index changes', async () => {
  writeFiles(tree.path, {
    'a.txt': 'changed\n',
    'new file': 'n',
    'deep/er/-x': 'd',
    'ü\n1': 'u',
    'cache/x': 'i',
  });
  writeFiles(tree.path, { 'crlf.txt': 'a\r\nb\r\n', binary: '\0\u0001\0' });
  rmSync(join(tree.path, 'b.txt'));
  gitIn(tree.path, 'mv', 'c.txt', 'moved.txt');
  chmodSync(join(tree.path, 'run.sh'), 0o755);
  symlinkSync('a.txt', join(tree.path, 'link'));
  const index = readFileSync(join(tree.entry.gitDir, 'index'));
  const before = status();
  const saved = await rescue(tree, who);
  expect(saved).toBe(await depot.resolve('refs/harness/rescue/x.1'));
  expect(readFileSync(join(tree.entry.gitDir, 'index')).equals(index)).toBe(true);
  expect(status()).toBe(before);
  // What was saved is the work tree: checked out elsewhere it is the same, besides what is ignored.
  const copy = join(temp.path, 'copy');
  gitIn(depot.gitDir, 'worktree', 'add', '--quiet', '--detach', copy, String(saved));
  rmSync(join(tree.path, 'cache'), { recursive: true });
  execFileSync('diff', ['--recursive', '--no-dereference', '--exclude=.git', copy, tree.path]);
  expect(gitIn(depot.gitDir, 'ls-tree', String(saved), 'run.sh')).toMatch(/^100755/);
  expect(gitIn(depot.gitDir, 'log', '-1', '--format=%P %an', String(saved))).toContain(base);
});

test('W02: work is saved beside a stale index.lock', async () => {
  writeFileSync(join(tree.entry.gitDir, 'index.lock'), '');
  writeFiles(tree.path, { 'a.txt': 'precious\n' });
  expect(show(await rescue(tree, who), 'a.txt')).toBe('precious');
  expect(existsSync(join(tree.entry.gitDir, 'index.lock'))).toBe(true);
});

test('saves of one attempt are chained, and the same content is not saved twice', async () => {
  writeFiles(tree.path, { 'a.txt': '2\n' });
  const first = await rescue(tree, who);
  expect(await rescue(tree, who)).toBe(first);
  writeFiles(tree.path, { 'a.txt': '3\n' });
  const second = await rescue(tree, who);
  expect(second).not.toBe(first);
  expect(gitIn(depot.gitDir, 'log', '--format=%H', String(second)).split('\n')).toContain(first);
  writeFiles(tree.path, { 'a.txt': '2\n' });
  const third = await rescue(tree, who);
  expect(show(third, 'a.txt')).toBe('2');
  expect(await rescue(tree, { item: 'x', attempt: 2 })).not.toBe(third);
});

test('a change in the very moment of the last commit, of the same size, is saved', async () => {
  // The moment is made: one time for the file before, the index, and the file after.
  const [file, moment] = [join(tree.path, 'a.txt'), 1_700_000_000];
  gitIn(depot.gitDir, 'config', 'core.trustctime', 'false');
  writeFileSync(file, '2\n');
  utimesSync(file, moment, moment);
  gitIn(tree.path, 'commit', '--quiet', '-m', 'Two', 'a.txt');
  utimesSync(join(tree.entry.gitDir, 'index'), moment, moment);
  writeFileSync(file, '3\n');
  utimesSync(file, moment, moment);
  expect(show(await rescue(tree, who), 'a.txt')).toBe('3');
});

test('what was staged and then changed again is saved too', async () => {
  writeFiles(tree.path, { 'a.txt': 'staged\n' });
  gitIn(tree.path, 'add', 'a.txt');
  writeFiles(tree.path, { 'a.txt': 'later\n' });
  const saved = String(await rescue(tree, who));
  expect(show(saved, 'a.txt')).toBe('later');
  const parents = gitIn(depot.gitDir, 'log', '-1', '--format=%P', saved).split(' ');
  expect(parents.map((id) => show(id, 'a.txt'))).toContain('staged');
  rmSync(join(tree.path, 'a.txt'));
  writeFiles(tree.path, { 'a.txt': '1\n' });
  expect(show(`${await rescue(tree, who)}`, 'a.txt')).toBe('1');
});

test('commits that no branch has are saved', async () => {
  gitIn(tree.path, 'switch', '-q', '--detach');
  const commit = commitIn(tree.path, { 'a.txt': 'detached\n' });
  expect(await rescue(tree, who)).toBe(commit);
  expect(await depot.resolve('refs/harness/rescue/x.1')).toBe(commit);
  const later = commitIn(tree.path, { 'a.txt': 'more\n' });
  const saved = String(await rescue(tree, who));
  expect(await depot.isAncestor(later, saved)).toBe(true);
  expect(await depot.isAncestor(commit, saved)).toBe(true);
  gitIn(tree.path, 'switch', '-q', 'harness/x-1');
  expect(await rescue(tree, { item: 'x', attempt: 9 })).toBeUndefined();
});

test('work on a branch without a commit is saved, and the tree gets clean', async () => {
  gitIn(tree.path, 'switch', '-q', '--orphan', 'nowhere');
  writeFiles(tree.path, { 'fresh.txt': 'precious' });
  const saved = await rescue(tree, who);
  expect(show(saved, 'fresh.txt')).toBe('precious');
  expect(await rescue(tree, who)).toBe(saved);
  await tree.begin('harness/x-2', base);
  expect(status()).toBe('');
});

test('W05: the middle of a merge is saved: the files with their marks, and the other side', async () => {
  commitIn(tree.path, { 'a.txt': 'ours\n' });
  gitIn(tree.path, 'switch', '-q', '--detach', base);
  const other = commitIn(tree.path, { 'a.txt': 'theirs\n' });
  gitIn(tree.path, 'switch', '-q', 'harness/x-1');
  expect(() => gitIn(tree.path, 'merge', '-q', other)).toThrow();
  const saved = String(await rescue(tree, who));
  expect(show(saved, 'a.txt')).toMatch(/<<<<<<<[\s\S]*ours[\s\S]*theirs/);
  expect(await depot.isAncestor(other, saved)).toBe(true);
  expect(gitIn(depot.gitDir, 'log', '-1', '--format=%B', saved)).toMatch(
    /x\.1[\s\S]*In the middle of a merge/,
  );
});

test('changes in files that were hidden from git are saved', async () => {
  gitIn(tree.path, 'update-index', '--assume-unchanged', 'a.txt');
  gitIn(tree.path, 'update-index', '--skip-worktree', 'b.txt');
  writeFiles(tree.path, { 'a.txt': 'hidden a\n', 'b.txt': 'hidden b\n' });
  const saved = await rescue(tree, who);
  expect([show(saved, 'a.txt'), show(saved, 'b.txt')]).toEqual(['hidden a', 'hidden b']);
});

test('a repository inside the tree is saved with its files', async () => {
  writeFiles(tree.path, {
    'nested/file.txt': 'precious',
    'nested/.gitignore': 'out/\n',
    'nested/out/x': 'ignored',
  });
  gitIn(join(tree.path, 'nested'), 'init', '-q');
  const saved = await rescue(tree, who);
  expect(show(saved, 'nested/file.txt')).toBe('precious');
  gitIn(join(tree.path, 'nested'), 'config', 'user.name', 'Agent');
  gitIn(join(tree.path, 'nested'), 'config', 'user.email', 'agent@example.test');
  commitIn(join(tree.path, 'nested'), { 'second.txt': 'also' });
  expect(show(await rescue(tree, who), 'nested/second.txt')).toBe('also');
});

test('an unsafe item id never becomes a ref', async () => {
  await expect(rescue(tree, { item: '../heads/main', attempt: 1 })).rejects.toThrow(/not an item id/);
});

const namesIn = (commit: string | undefined) =>
  gitIn(depot.gitDir, 'ls-tree', '-r', '--name-only', String(commit)).split('\n');
const message = (commit: string | undefined) =>
  gitIn(depot.gitDir, 'log', '-1', '--format=%B', String(commit));

test('W04: files that are too big are left out by name, and moved out of the way when the tree is to be reset', async () => {
  writeFiles(tree.path, { 'small.txt': 'small', 'huge.bin': 'h'.repeat(3000), 'a.txt': 'a'.repeat(3000) });
  const most = { file: 1000, total: 10_000 };
  const commit = await rescue(tree, who, { most });
  expect(show(commit, 'small.txt')).toBe('small');
  expect(show(commit, 'a.txt')).toBe('1');
  expect(namesIn(commit)).not.toContain('huge.bin');
  expect(message(commit)).toMatch(/too big:\n {2}1 MiB \S+\n {2}1 MiB \S+\n/);
  expect(await rescue(tree, who, { most })).toBe(commit);
  const keepIn = join(temp.path, 'kept/x.1');
  expect(message(await rescue(tree, who, { most, keepIn }))).toContain(`moved to ${keepIn}`);
  expect(readFileSync(join(keepIn, 'huge.bin'), 'utf8')).toHaveLength(3000);
  expect(readFileSync(join(keepIn, 'a.txt'), 'utf8')).toHaveLength(3000);
  await tree.begin('harness/x-2', base);
  expect(status()).toBe('');
});

test('many files that are too much together: the small ones are saved', async () => {
  writeFiles(tree.path, {
    'one.txt': '1'.repeat(400),
    'two.txt': '2'.repeat(500),
    'three.txt': '3'.repeat(600),
  });
  const commit = await rescue(tree, who, { most: { file: 1000, total: 1000 } });
  expect(namesIn(commit)).toEqual(expect.arrayContaining(['one.txt', 'two.txt']));
  expect(namesIn(commit)).not.toContain('three.txt');
});
