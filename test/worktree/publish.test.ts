import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Depot } from '../../src/worktree/depot.ts';
import { publish } from '../../src/worktree/publish.ts';
import { TARGET_REF } from '../../src/worktree/refs.ts';
import { Worktree } from '../../src/worktree/worktree.ts';
import { commitIn, fingerprint, makeRepo, tempFolder } from '../helpers/temp-repo.ts';
import type { TempRepo } from '../helpers/temp-repo.ts';

let temp: ReturnType<typeof tempFolder>;
let repo: TempRepo;
let depot: Depot;

beforeEach(async () => {
  temp = tempFolder();
  repo = makeRepo(join(temp.path, 'user'), { 'a.txt': '1\n' });
  depot = await open('worktrees/demo');
});
afterEach(() => temp.remove());

const open = (folder: string) => {
  const rig = { name: 'demo', path: repo.path, target: 'harness/integration', checks: [] };
  return Depot.open(rig, join(temp.path, folder));
};

/** Moves the target of a depot to a new commit, as a landing would. */
async function advance(on: Depot, file: string): Promise<string> {
  const tree = await Worktree.ensure(on, 'a1');
  const from = await on.target();
  await tree.detach(from);
  const commit = commitIn(tree.path, { [file]: 'x' });
  await on.swap(TARGET_REF, from, commit);
  return commit;
}

const published = () => repo.git('rev-parse', 'harness/integration');

test('publishing makes and moves that one branch, and nothing else changes', async () => {
  const mark = join(temp.path, 'hooked');
  for (const hook of [
    'pre-receive',
    'update',
    'post-receive',
    'reference-transaction',
    'pre-push',
    'post-checkout',
  ]) {
    writeFileSync(join(repo.path, '.git/hooks', hook), `#!/bin/sh\ntouch ${mark}\n`, { mode: 0o755 });
  }
  writeFileSync(join(repo.path, 'a.txt'), 'stashed');
  repo.git('stash');
  repo.git('fetch', '--quiet', '.', 'main'); // leaves a FETCH_HEAD
  writeFileSync(join(repo.path, 'a.txt'), 'staged');
  repo.git('add', 'a.txt');
  writeFileSync(join(repo.path, 'a.txt'), 'and changed');
  writeFileSync(join(repo.path, 'untracked'), 'u');
  // Making the mess above runs the hooks itself.
  rmSync(mark, { force: true });
  const before = fingerprint(repo.path, TARGET_REF);
  for (const file of ['one', 'two']) {
    const id = await advance(depot, file);
    expect(await publish(depot)).toEqual({ published: id });
    expect(published()).toBe(id);
  }
  expect(fingerprint(repo.path, TARGET_REF)).toEqual(before);
  expect(existsSync(mark)).toBe(false);
  expect(repo.git('fsck', '--no-dangling')).toBe('');
});

test('publishing what is there already is done, and changes nothing at all', async () => {
  const id = await advance(depot, 'one');
  await publish(depot);
  const before = fingerprint(repo.path);
  expect(await publish(depot)).toEqual({ published: id });
  expect(fingerprint(repo.path)).toEqual(before);
});

test('a branch that is checked out is left alone, in any work tree of the user', async () => {
  await advance(depot, 'one');
  await publish(depot);
  const old = published();
  await advance(depot, 'two');
  repo.git('worktree', 'add', '--quiet', join(temp.path, 'look at\nit'), 'harness/integration');
  expect(await publish(depot)).toEqual({ refused: expect.stringMatching(/is checked out in .*look at\nit/) });
  repo.git('switch', '--quiet', '--ignore-other-worktrees', 'harness/integration');
  expect(await publish(depot)).toEqual({ refused: expect.stringMatching(/is checked out in/) });
  expect(published()).toBe(old);
  expect(repo.git('status', '--porcelain')).toBe('');
});

test('a branch with commits that are not of this depot is left alone', async () => {
  await advance(depot, 'one');
  await publish(depot);
  repo.git('switch', '--quiet', 'harness/integration');
  const mine = repo.commit({ 'mine.txt': 'x' });
  repo.git('switch', '--quiet', 'main');
  await advance(depot, 'two');
  expect(await publish(depot)).toEqual({ ahead: mine });
  expect(published()).toBe(mine);
});

test('two homes that publish to one repository never undo each other', async () => {
  const other = await open('worktrees/other');
  const [first] = [await advance(depot, 'one'), await advance(other, 'two')];
  const both = await Promise.all([publish(depot), publish(other)]);
  const winner = both.find((one) => 'published' in one);
  expect(both.filter((one) => 'published' in one)).toHaveLength(1);
  expect(winner).toEqual({ published: published() });
  expect([first, await other.target()]).toContain(published());
});

test('a branch that moves between the look and the swap is looked at again', async () => {
  repo.git('branch', 'harness/integration');
  const one = await advance(depot, 'one');
  repo.git('fetch', '--quiet', '--no-write-fetch-head', depot.gitDir, one);
  const two = await advance(depot, 'two');
  const looks: string[] = [];
  const isAncestor = depot.isAncestor.bind(depot);
  depot.isAncestor = async (old, of) => {
    const is = await isAncestor(old, of);
    if (looks.push(old) === 1) repo.git('update-ref', TARGET_REF, one);
    return is;
  };
  expect(await publish(depot)).toEqual({ published: two });
  expect(looks).toEqual([repo.git('rev-parse', 'main'), one]);
  expect(published()).toBe(two);
});
