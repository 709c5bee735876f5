import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Depot } from '../../src/worktree/depot.ts';
import type { Rig } from '../../src/worktree/rig.ts';
import { Worktree } from '../../src/worktree/worktree.ts';
import { commitIn, fingerprint, gitIn, makeRepo, tempFolder } from '../helpers/temp-repo.ts';
import type { TempRepo } from '../helpers/temp-repo.ts';

let temp: ReturnType<typeof tempFolder>;
let repo: TempRepo;
let rig: Rig;
const folder = () => join(temp.path, 'worktrees', 'demo');

beforeEach(() => {
  temp = tempFolder();
  repo = makeRepo(join(temp.path, 'user'));
  rig = { name: 'demo', path: repo.path, target: 'harness/integration', checks: [] };
});
afterEach(() => temp.remove());

test('a first opening copies by hard links and takes over neither refs nor hooks nor settings', async () => {
  repo.git('branch', 'private');
  repo.git('tag', 'v1');
  repo.git('config', 'core.fsmonitor', 'touch spied');
  repo.git('remote', 'add', 'origin', 'https://example.test/x.git');
  writeFileSync(join(repo.path, '.git/hooks/post-checkout'), '#!/bin/sh\ntouch hooked\n', { mode: 0o755 });
  const depot = await Depot.open(rig, folder());
  const head = repo.git('rev-parse', 'HEAD');
  expect(gitIn(depot.gitDir, 'for-each-ref', '--format=%(refname) %(objectname)').split('\n')).toEqual([
    `refs/harness/base ${head}`,
    `refs/heads/harness/integration ${head}`,
  ]);
  expect(existsSync(join(depot.gitDir, 'hooks'))).toBe(false);
  const config = readFileSync(join(depot.gitDir, 'config'), 'utf8');
  expect(config).not.toMatch(/fsmonitor|example\.test\/x|remote/);
  expect(config).toMatch(/Ursula User/);
  const object = join('objects', head.slice(0, 2), head.slice(2));
  expect(statSync(join(depot.gitDir, object)).ino).toBe(statSync(join(repo.path, '.git', object)).ino);
  expect(readdirSync(folder())).toEqual(['depot.git']);
});

test('opening, fetching and working leaves the repository of the user untouched', async () => {
  const before = fingerprint(repo.path);
  const depot = await Depot.open(rig, folder());
  expect(fingerprint(repo.path)).toEqual(before);
  const newer = repo.commit({ 'a.txt': 'a\n' });
  const between = fingerprint(repo.path);
  expect(await depot.fetchBase()).toBe(newer);
  const tree = await Worktree.ensure(depot, 'a1');
  await tree.begin('harness/x-1', newer);
  commitIn(tree.path, { 'b.txt': 'b\n' });
  expect(fingerprint(repo.path)).toEqual(between);
});

test('the base stays the branch of the first time, and its new commits are fetched', async () => {
  const depot = await Depot.open(rig, folder());
  repo.git('switch', '--quiet', '-c', 'elsewhere');
  repo.commit({ 'other.txt': 'x' });
  const again = await Depot.open(rig, folder());
  expect(await again.baseBranch()).toBe('main');
  expect(await again.fetchBase()).toBe(repo.git('rev-parse', 'main'));
  repo.git('switch', '--quiet', 'main');
  repo.git('commit', '--quiet', '--amend', '-m', 'Rewritten');
  expect(await depot.fetchBase()).toBe(repo.git('rev-parse', 'main'));
  repo.git('switch', '--quiet', 'elsewhere');
  repo.git('branch', '-D', 'main');
  await expect(depot.fetchBase()).rejects.toThrow(/base branch main is gone from/);
});

test('a new depot goes on from the integration branch that an earlier one published', async () => {
  repo.git('branch', 'harness/integration');
  repo.git('switch', '--quiet', 'harness/integration');
  const landed = repo.commit({ 'landed.txt': 'x' });
  repo.git('switch', '--quiet', 'main');
  const depot = await Depot.open(rig, folder());
  expect(await depot.target()).toBe(landed);
});

test('an integration branch that went apart from the base is refused, and no half depot stays', async () => {
  repo.git('switch', '--quiet', '-c', 'harness/integration');
  repo.commit({ 'landed.txt': 'x' });
  repo.git('switch', '--quiet', 'main');
  repo.commit({ 'mine.txt': 'x' });
  await expect(Depot.open(rig, folder())).rejects.toThrow(/main and harness\/integration have gone apart/);
  expect(existsSync(join(folder(), 'depot.git'))).toBe(false);
  repo.git('branch', '-D', 'harness/integration');
  await Depot.open(rig, folder());
  expect(readdirSync(folder())).toEqual(['depot.git']);
});

test('two that open at once make one depot', async () => {
  const depots = await Promise.all([Depot.open(rig, folder()), Depot.open(rig, folder())]);
  expect(await depots[0].target()).toBe(await depots[1].target());
  expect(readdirSync(folder())).toEqual(['depot.git']);
});

test('a depot whose copy was killed half way is made anew; a mutex of a dead coordinator is removed', async () => {
  mkdirSync(join(folder(), 'depot.new.abc'), { recursive: true });
  mkdirSync(join(folder(), 'depot.lock'));
  const depot = await Depot.open(rig, folder(), { sole: true });
  expect(await depot.target()).toBe(repo.git('rev-parse', 'HEAD'));
  expect(readdirSync(folder())).toEqual(['depot.git']);
});

test('attempt numbers are found in branches and rescues of exactly this item', async () => {
  const depot = await Depot.open(rig, folder());
  const head = await depot.target();
  for (const ref of [
    'heads/harness/ab-2',
    'heads/harness/ab-1-9',
    'harness/rescue/ab.5',
    'harness/rescue/abc.7',
  ]) {
    expect(await depot.swap(`refs/${ref}`, '', head)).toBe(true);
  }
  const attempts = await depot.attempts();
  expect(attempts.get('ab')).toBe(5);
  expect(attempts.get('ab-1')).toBe(9);
  expect(attempts.has('a')).toBe(false);
});

test('a swap from a value that the ref does not have answers false', async () => {
  const depot = await Depot.open(rig, folder());
  const old = await depot.target();
  const newer = repo.commit({ 'n.txt': 'n' });
  await depot.fetchBase();
  expect(await depot.swap('refs/harness/landing/x', '', old)).toBe(true);
  expect(await depot.swap('refs/harness/landing/x', '', newer)).toBe(false);
  expect(await depot.swap('refs/harness/landing/x', newer, old)).toBe(false);
  expect(await depot.swap('refs/harness/landing/x', old, newer)).toBe(true);
  expect(await depot.swap('refs/harness/landing/x', old, '')).toBe(false);
  expect(await depot.swap('refs/harness/landing/x', newer, '')).toBe(true);
});

test('paths with spaces, quotes, unicode and line breaks work, and links to the home too', async () => {
  const odd = makeRepo(join(temp.path, 'my "repo" ü\n-x'), { '-f 1\nü.txt': 'x\n' });
  const link = join(temp.path, 'link');
  mkdirSync(join(temp.path, 'real home'));
  symlinkSync(join(temp.path, 'real home'), link);
  const depot = await Depot.open({ ...rig, path: odd.path }, join(link, 'w'));
  const tree = await Worktree.ensure(depot, 'a1');
  await tree.begin('harness/x-1', await depot.target());
  expect((await tree.facts('harness/x-1', await depot.target())).clean).toBe(true);
  writeFileSync(join(tree.path, '-f 1\nü.txt'), 'changed');
  expect((await tree.status()).dirty).toEqual(['-f 1\nü.txt']);
});

test('a depot folder that is not one is reported with what to do', async () => {
  mkdirSync(join(folder(), 'depot.git'), { recursive: true });
  await expect(Depot.open(rig, folder())).rejects.toThrow(/move it away/);
});
