import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Depot } from '../../src/worktree/depot.ts';
import { commitMerge, land, mergeTree } from '../../src/worktree/merge.ts';
import { publish } from '../../src/worktree/publish.ts';
import { rescue } from '../../src/worktree/rescue.ts';
import { inspectRig } from '../../src/worktree/rig.ts';
import { Worktree } from '../../src/worktree/worktree.ts';
import { commitIn, gitIn, makeRepo, tempFolder, writeFiles } from '../helpers/temp-repo.ts';

let temp: ReturnType<typeof tempFolder>;
const at = (name: string) => join(temp.path, name);
beforeEach(() => {
  temp = tempFolder();
});
afterEach(() => temp.remove());

const open = (path: string) =>
  Depot.open({ name: 'demo', path, target: 'harness/integration', checks: [] }, at('worktrees/demo'), {
    sole: true,
  });

/** The whole trip of one item on a repository: a clean tree, a commit, saved work, a landing, publishing. */
async function trip(path: string, files: Record<string, string>): Promise<Depot> {
  await inspectRig(path);
  const depot = await open(path);
  const target = await depot.target();
  const tree = await Worktree.ensure(depot, 'a1');
  await tree.begin('harness/x-1', target);
  const commit = commitIn(tree.path, files);
  writeFiles(tree.path, { 'left over.txt': 'not committed' });
  expect(await rescue(tree, { item: 'x', attempt: 1 })).toBeDefined();
  await tree.begin('harness/y-1', target);
  expect((await tree.status()).dirty).toEqual([]);
  const merged = await mergeTree(depot, target, commit);
  if (merged.is !== 'merged') throw new Error(merged.is);
  const to = await commitMerge(depot, { item: 'x', title: 'x', tree: merged.tree, target, commit });
  expect(await land(depot, { item: 'x', from: target, to })).toBe(to);
  expect(await publish(depot)).toEqual({ published: to });
  for (const [name, text] of Object.entries(files))
    expect(`${gitIn(path, 'show', `harness/integration:${name}`)}\n`).toBe(text);
  return depot;
}

describe('W11: kinds of repositories', () => {
  test('one with SHA-256 ids works', async () => {
    const path = at('user');
    mkdirSync(path);
    gitIn(path, 'init', '--quiet', '--initial-branch=main', '--object-format=sha256');
    gitIn(path, 'config', 'user.name', 'Ursula User');
    gitIn(path, 'config', 'user.email', 'ursula@example.test');
    commitIn(path, { 'a.txt': '1\n' });
    const depot = await trip(path, { 'b.txt': '2\n' });
    expect(await depot.target()).toMatch(/^[0-9a-f]{64}$/);
  });

  test('one whose user has only a part of it checked out works, and agents have all of it', async () => {
    const repo = makeRepo(at('user'), { 'in/a.txt': '1\n', 'out/b.txt': '1\n' });
    repo.git('sparse-checkout', 'set', 'in');
    await trip(repo.path, { 'out/c.txt': '2\n' });
    expect(readFileSync(at('worktrees/demo/a1/out/b.txt'), 'utf8')).toBe('1\n');
    expect(() => readFileSync(join(repo.path, 'out/b.txt'))).toThrow(/ENOENT/);
  });

  test('one with files in LFS works, where LFS is not installed they stay pointers', async () => {
    const pointer = 'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 3\n';
    const repo = makeRepo(at('user'), { '.gitattributes': '*.bin filter=lfs diff=lfs merge=lfs -text\n' });
    repo.commit({ 'big.bin': pointer });
    await trip(repo.path, { 'b.txt': '2\n' });
    expect(readFileSync(at('worktrees/demo/a1/big.bin'), 'utf8')).toBe(pointer);
  });

  test('one that says it ignores case, with names that differ in case only, works', async () => {
    const repo = makeRepo(at('user'), { 'a.txt': '1\n', 'A.txt': '2\n' });
    repo.git('config', 'core.ignorecase', 'true');
    await trip(repo.path, { 'B.txt': '3\n' });
  });

  test('one in a format that this git does not know is refused in one sentence', async () => {
    const repo = makeRepo(at('user'));
    repo.git('config', 'core.repositoryformatversion', '1');
    repo.git('config', 'extensions.something', 'true');
    await expect(inspectRig(repo.path)).rejects.toThrow(/unknown repository extension/);
  });
});

describe('W10: hooks of the user', () => {
  test.each(['pre-commit', 'post-checkout', 'post-merge', 'reference-transaction', 'pre-push'])(
    'a %s that hangs holds nothing up, and one that fails stops nothing',
    async (name) => {
      const repo = makeRepo(at('user'));
      const hook = join(repo.path, '.git/hooks', name);
      mkdirSync(join(repo.path, '.git/hooks'), { recursive: true });
      writeFileSync(hook, `#!/bin/sh\ntouch ${at('ran')}\nsleep 600\nexit 1\n`);
      chmodSync(hook, 0o755);
      await trip(repo.path, { 'b.txt': '2\n' });
      expect(() => readFileSync(at('ran'))).toThrow(/ENOENT/);
    },
  );
});

test.each([
  ['spaces', 'a b/c d.txt'],
  ['leading dashes', '-rf/--all'],
  ['letters of the world', 'ünïcødé/日本語 🎉.txt'],
  ['line breaks, quotes and tabs', 'a\nb/"c\t\'d.txt'],
  ['what looks like a pattern', ':(top)*[a-z]?.txt'],
  ['a colon and a backslash', 'c:\\d.txt'],
])('W16: paths with %s are committed, saved, landed and published', async (_what, path) => {
  const repo = makeRepo(at('user of it'), { [path]: '1\n' });
  const depot = await open(repo.path);
  const target = await depot.target();
  const tree = await Worktree.ensure(depot, 'a1');
  await tree.begin('harness/x-1', target);
  const commit = commitIn(tree.path, { [path]: '2\n' });
  writeFiles(tree.path, { [path]: '3\n', [`${path}.new`]: 'new\n' });
  const saved = await rescue(tree, { item: 'x', attempt: 1 });
  const names = gitIn(depot.gitDir, 'ls-tree', '-r', '-z', '--name-only', String(saved))
    .split('\0')
    .filter(Boolean);
  expect(names.toSorted()).toEqual([path, `${path}.new`].toSorted());
  await tree.begin('harness/x-2', target);
  expect((await tree.status()).dirty).toEqual([]);
  const merged = await mergeTree(depot, target, commit);
  if (merged.is !== 'merged') throw new Error(merged.is);
  const to = await commitMerge(depot, { item: 'x', title: path, tree: merged.tree, target, commit });
  await land(depot, { item: 'x', from: target, to });
  expect(await publish(depot)).toEqual({ published: to });
  expect(gitIn(repo.path, 'ls-tree', '-r', '-z', '--name-only', 'harness/integration')).toBe(`${path}\0`);
});

test('W15: refs that somebody packs again and again are moved all the same, none is lost', async () => {
  const repo = makeRepo(at('user'));
  const depot = await open(repo.path);
  const script = 'while :; do git --git-dir "$0" pack-refs --all; done';
  const packing = spawn('sh', ['-c', script, depot.gitDir], { stdio: 'ignore', detached: true });
  try {
    let target = await depot.target();
    for (let n = 0; n < 15; n++) {
      const tree = await depot.treeOf(target);
      const commit = (await depot.git.run(['commit-tree', tree, '-p', target, '-m', `${n}`])).stdout.trim();
      const [branch, rescued] = [`refs/heads/harness/x-${n}`, `refs/harness/rescue/x.${n}`];
      expect(await depot.swap(branch, '', commit)).toBe(true);
      expect(await depot.swap(rescued, '', commit)).toBe(true);
      expect(await land(depot, { item: `x${n}`, from: target, to: commit })).toBe(commit);
      target = commit;
    }
  } finally {
    process.kill(-(packing.pid ?? 0), 'SIGKILL');
  }
  const refs = gitIn(
    depot.gitDir,
    'for-each-ref',
    '--format=%(refname)',
    'refs/heads/harness/x-*',
    'refs/harness/rescue',
  );
  expect(refs.split('\n')).toHaveLength(30);
  expect(gitIn(repo.path, '--git-dir', depot.gitDir, 'rev-list', '--count', 'harness/integration')).toBe(
    '16',
  );
  expect(gitIn(depot.gitDir, 'fsck', '--no-dangling')).toBe('');
});
