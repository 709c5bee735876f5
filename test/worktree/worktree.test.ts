import { existsSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Depot } from '../../src/worktree/depot.ts';
import { rescue } from '../../src/worktree/rescue.ts';
import { Worktree } from '../../src/worktree/worktree.ts';
import { commitIn, gitIn, makeRepo, tempFolder, writeFiles } from '../helpers/temp-repo.ts';
import type { TempRepo } from '../helpers/temp-repo.ts';

let temp: ReturnType<typeof tempFolder>;
let repo: TempRepo;
let depot: Depot;
let base: string;

beforeEach(async () => {
  temp = tempFolder();
  repo = makeRepo(join(temp.path, 'user'), { 'a.txt': '1\n', 'deep/b.txt': '1\n', '.gitignore': 'cache/\n' });
  const rig = { name: 'demo', path: repo.path, target: 'harness/integration', checks: [] };
  depot = await Depot.open(rig, join(temp.path, 'worktrees/demo'));
  base = await depot.target();
});
afterEach(() => temp.remove());

const read = (tree: Worktree, file: string) => readFileSync(join(tree.path, file), 'utf8');

/** A tree in which an attempt was begun. */
async function begun(branch = 'harness/x-1'): Promise<Worktree> {
  const tree = await Worktree.ensure(depot, 'a1');
  await tree.begin(branch, base);
  return tree;
}

/** The next attempt begins in this tree, and it is really clean there. */
async function expectNextClean(tree: Worktree, branch = 'harness/x-2'): Promise<void> {
  await tree.begin(branch, base);
  const facts = await tree.facts(branch, base);
  expect(facts).toMatchObject({
    head: base,
    onBranch: true,
    clean: true,
    commits: [],
    unfinished: undefined,
  });
  expect(gitIn(tree.path, 'status', '--porcelain', '--branch')).toBe(`## ${branch}`);
  expect(read(tree, 'a.txt')).toBe('1\n');
  expect(read(tree, 'deep/b.txt')).toBe('1\n');
  expect(gitIn(depot.gitDir, 'fsck', '--no-dangling')).toBe('');
}

test('a begun attempt is a clean tree on a new branch at exactly that commit', async () => {
  const tree = await begun();
  expect(gitIn(tree.path, 'rev-parse', '--show-toplevel')).toBe(tree.path);
  expect(await tree.facts('harness/x-1', base)).toEqual({
    head: base,
    branch: 'harness/x-1',
    onBranch: true,
    tip: base,
    commits: [],
    clean: true,
    dirty: [],
    unfinished: undefined,
    diffStat: { files: 0, insertions: 0, deletions: 0 },
    paths: [],
  });
  expect(gitIn(tree.path, 'config', 'user.name')).toBe('Ursula User');
});

test('an attempt is gone on with on its old branch, also where somebody moved or deleted that meanwhile', async () => {
  const tree = await begun();
  const commit = commitIn(tree.path, { 'a.txt': '2\n' });
  await tree.begin('harness/x-2', base);
  await tree.resume('harness/x-1', commit);
  expect(await tree.facts('harness/x-1', base)).toMatchObject({ onBranch: true, clean: true, tip: commit });
  expect(read(tree, 'a.txt')).toBe('2\n');
  const moved = commitIn(tree.path, { 'a.txt': '3\n' });
  await tree.begin('harness/x-3', base);
  await tree.resume('harness/x-1', commit);
  expect(await tree.facts('harness/x-1', base)).toMatchObject({ onBranch: true, clean: true, tip: commit });
  expect(gitIn(depot.gitDir, 'for-each-ref', '--format=%(objectname)', 'refs/harness/foreign')).toBe(moved);
  await tree.begin('harness/x-4', base);
  await depot.swap('refs/heads/harness/x-1', commit, '');
  await tree.resume('harness/x-1', commit);
  expect(await tree.facts('harness/x-1', base)).toMatchObject({ onBranch: true, clean: true, tip: commit });
});

test('a reused tree loses what the last attempt left, keeps ignored files, and leaves its branch', async () => {
  const tree = await begun();
  const commit = commitIn(tree.path, { 'a.txt': '2\n', 'new.txt': 'n\n' });
  writeFiles(tree.path, { 'a.txt': 'dirty', 'junk/x': 'x', 'cache/kept': 'k' });
  gitIn(tree.path, 'rm', '-q', 'deep/b.txt');
  gitIn(tree.path, 'init', '-q', 'junk/nested');
  await expectNextClean(tree);
  expect(existsSync(join(tree.path, 'junk'))).toBe(false);
  expect(existsSync(join(tree.path, 'new.txt'))).toBe(false);
  expect(read(tree, 'cache/kept')).toBe('k');
  expect(await depot.resolve('refs/heads/harness/x-1')).toBe(commit);
});

test('a branch that exists is never taken again, and names in place of commit ids are refused', async () => {
  const tree = await begun();
  await expect(tree.begin('harness/x-1', base)).rejects.toThrow(/harness\/x-1 exists already/);
  await expect(tree.begin('harness/x-2', 'harness/integration')).rejects.toThrow(/not a full commit id/);
  await expect(tree.begin('harness/x-2', 'HEAD')).rejects.toThrow(/not a full commit id/);
});

test('facts show commits of the branch, its difference, and every kind of uncommitted path', async () => {
  const tree = await begun();
  const first = commitIn(tree.path, { 'n.txt': 'n\n' });
  const second = commitIn(tree.path, { 'a.txt': '2\n' });
  writeFiles(tree.path, {
    'untracked file': 'x',
    'deep/b.txt': 'changed',
    'staged.txt': 's',
    'cache/x': 'ignored',
  });
  gitIn(tree.path, 'add', 'staged.txt');
  gitIn(tree.path, 'mv', 'a.txt', 'moved.txt');
  const facts = await tree.facts('harness/x-1', base);
  expect(facts).toMatchObject({ onBranch: true, tip: second, commits: [first, second], clean: false });
  expect(facts.dirty.toSorted()).toEqual([
    'a.txt',
    'deep/b.txt',
    'moved.txt',
    'staged.txt',
    'untracked file',
  ]);
  expect(facts.diffStat).toEqual({ files: 2, insertions: 2, deletions: 1 });
});

test('commits elsewhere than on the branch of the attempt do not count', async () => {
  const tree = await begun();
  gitIn(tree.path, 'switch', '-q', '-c', 'other');
  commitIn(tree.path, { 'n.txt': 'n' });
  expect(await tree.facts('harness/x-1', base)).toMatchObject({
    branch: 'other',
    onBranch: false,
    commits: [],
  });
  gitIn(tree.path, 'switch', '-q', '--detach');
  expect(await tree.facts('harness/x-1', base)).toMatchObject({ branch: undefined, onBranch: false });
  gitIn(tree.path, 'branch', '-q', '-D', 'harness/x-1');
  expect(await tree.facts('harness/x-1', base)).toMatchObject({ tip: undefined, commits: [] });
  await expectNextClean(tree);
});

for (const [what, leave] of Object.entries<(tree: Worktree) => void>({
  merge: (tree) => tryGit(tree, 'merge', '-q', 'side'),
  rebase: (tree) => tryGit(tree, 'rebase', '-q', 'side'),
  'cherry-pick': (tree) => tryGit(tree, 'cherry-pick', 'side'),
  revert: (tree) => tryGit(tree, 'revert', '--no-edit', 'HEAD~1'),
  bisect: (tree) => gitIn(tree.path, 'bisect', 'start', 'HEAD', 'HEAD~1'),
})) {
  test(`W05: a tree left in the middle of a ${what} is seen as such and gets clean`, async () => {
    const tree = await begun();
    gitIn(tree.path, 'branch', 'side');
    commitIn(tree.path, { 'a.txt': '2\n' });
    commitIn(tree.path, { 'a.txt': '3\n' });
    gitIn(tree.path, 'switch', '-q', 'side');
    commitIn(tree.path, { 'a.txt': '4\n' });
    gitIn(tree.path, 'switch', '-q', 'harness/x-1');
    leave(tree);
    expect((await tree.facts('harness/x-1', base)).unfinished).toBe(what);
    await expectNextClean(tree);
  });
}

function tryGit(tree: Worktree, ...args: string[]): void {
  expect(() => gitIn(tree.path, ...args)).toThrow();
}

test('W02: locks of a dead git are removed', async () => {
  const tree = await begun();
  writeFileSync(join(tree.entry.gitDir, 'index.lock'), '');
  writeFileSync(join(tree.entry.gitDir, 'HEAD.lock'), '');
  await expectNextClean(tree);
});

test('W02: a lock that a process holds open is left alone, and the message names the process', async () => {
  const tree = await begun();
  const lock = join(tree.entry.gitDir, 'index.lock');
  const holder = spawn('sh', ['-c', `exec 9>'${lock}'; echo; exec sleep 60`], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  try {
    await once(holder.stdout, 'data');
    await expect(tree.begin('harness/x-2', base)).rejects.toThrow(`(pid ${holder.pid})`);
    expect(existsSync(lock)).toBe(true);
  } finally {
    holder.kill('SIGKILL');
    await once(holder, 'close');
  }
  await expectNextClean(tree);
});

test('files that an agent hid from git are seen again and restored', async () => {
  const tree = await begun();
  writeFiles(tree.path, { 'a.txt': 'hidden', 'deep/b.txt': 'hidden' });
  gitIn(tree.path, 'update-index', '--assume-unchanged', 'a.txt');
  gitIn(tree.path, 'update-index', '--skip-worktree', 'deep/b.txt');
  await expectNextClean(tree);
});

test('W03: a worktree whose folder was deleted comes back with what was staged and committed', async () => {
  const tree = await begun();
  const commit = commitIn(tree.path, { 'n.txt': 'committed' });
  writeFiles(tree.path, { 'n.txt': 'staged' });
  gitIn(tree.path, 'add', 'n.txt');
  rmSync(tree.path, { recursive: true });
  const again = await Worktree.ensure(depot, 'a1');
  expect(read(again, 'n.txt')).toBe('staged');
  expect(await again.facts('harness/x-1', base)).toMatchObject({ head: commit, dirty: ['n.txt'] });
  await expectNextClean(again);
});

test('W03: a removed, foreign or own .git in a tree never leads to another repository', async () => {
  const tree = await begun();
  const dot = join(tree.path, '.git');
  rmSync(dot);
  gitIn(temp.path, 'init', '-q'); // what git finds when it walks up
  await expectNextClean(await Worktree.ensure(depot, 'a1'), 'harness/x-2');
  const before = repo.git('rev-parse', 'HEAD');
  writeFileSync(dot, `gitdir: ${join(repo.path, '.git')}\n`);
  await expectNextClean(tree, 'harness/x-3');
  rmSync(dot);
  gitIn(tree.path, 'init', '-q');
  await expectNextClean(tree, 'harness/x-4');
  expect(repo.git('symbolic-ref', 'HEAD')).toBe('refs/heads/main');
  expect(repo.git('rev-parse', 'HEAD')).toBe(before);
  expect(repo.git('status', '--porcelain')).toBe('');
});

test('a folder that was replaced by a link is set aside and what it leads to is left alone', async () => {
  const tree = await begun();
  renameSync(tree.path, join(temp.path, 'moved'));
  symlinkSync(repo.path, tree.path);
  writeFiles(repo.path, { 'mine.txt': 'precious' });
  const again = await Worktree.ensure(depot, 'a1');
  await expectNextClean(again);
  expect(readFileSync(join(repo.path, 'mine.txt'), 'utf8')).toBe('precious');
});

for (const [what, damage] of Object.entries<(entry: string) => void>({
  'without its entry': (entry) => rmSync(entry, { recursive: true }),
  'with an empty HEAD': (entry) => writeFileSync(join(entry, 'HEAD'), ''),
  'with a wrong gitdir and commondir': (entry) => {
    writeFileSync(join(entry, 'gitdir'), '/nowhere/.git\n');
    rmSync(join(entry, 'commondir'));
  },
  'with a garbled index': (entry) => writeFileSync(join(entry, 'index'), 'garbage'),
  'with settings of its own': (entry) => {
    writeFileSync(join(entry, 'config.worktree'), '[core]\n\tworktree = /nowhere\n');
  },
})) {
  test(`a worktree ${what} is repaired, its files are rescued, and it gets clean`, async () => {
    const tree = await begun();
    writeFiles(tree.path, { 'work.txt': 'precious', 'cache/kept': 'k' });
    damage(tree.entry.gitDir);
    const again = await Worktree.ensure(depot, 'a1');
    const saved = await rescue(again, { item: 'x', attempt: 1 });
    expect(gitIn(depot.gitDir, 'show', `${saved}:work.txt`)).toBe('precious');
    await expectNextClean(again);
    expect(read(again, 'cache/kept')).toBe('k');
  });
}

test('W08: a stray git init with the GIT_DIR of a hook breaks no tree', async () => {
  const tree = await begun();
  writeFiles(tree.path, { 'hook.sh': `GIT_DIR='${tree.entry.gitDir}' git init -q .` });
  execFileSync('sh', ['hook.sh'], { cwd: tree.path });
  expect(gitIn(depot.gitDir, 'config', '--file', 'config', 'core.bare')).toBe('true');
  commitIn(tree.path, { 'n.txt': 'n' });
  await expectNextClean(tree);
});

test('W01: twelve worktrees at once: all made, no stray branch, no stray entry', async () => {
  const names = Array.from({ length: 12 }, (_, n) => `a${n}`);
  const trees = await Promise.all(names.map((name) => Worktree.ensure(depot, name)));
  await Promise.all(trees.map((tree, n) => tree.begin(`harness/w-${n}`, base)));
  expect(gitIn(depot.gitDir, 'worktree', 'list').split('\n')).toHaveLength(13);
  expect(gitIn(depot.gitDir, 'for-each-ref', 'refs/heads/harness/w-*').split('\n')).toHaveLength(12);
});

test('a spare tree detaches at a commit, again and again', async () => {
  const spare = await Worktree.ensure(depot, 'spare-1');
  await spare.detach(base);
  const tree = await begun();
  const commit = commitIn(tree.path, { 'n.txt': 'n' });
  await spare.detach(commit);
  expect(read(spare, 'n.txt')).toBe('n');
  expect(await spare.status()).toEqual({ head: commit, dirty: [] });
});

test('a name that is no plain word is refused', async () => {
  for (const name of ['../x', 'a/b', '', '-x', 'A', 'depot.git']) {
    await expect(Worktree.ensure(depot, name)).rejects.toThrow(/not a name for a worktree/);
  }
});
