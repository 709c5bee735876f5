import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Depot } from '../../src/worktree/depot.ts';
import { publish } from '../../src/worktree/publish.ts';
import { push } from '../../src/worktree/push.ts';
import { TARGET_REF } from '../../src/worktree/refs.ts';
import { Worktree } from '../../src/worktree/worktree.ts';
import { commitIn, fingerprint, gitIn, makeRepo, tempFolder } from '../helpers/temp-repo.ts';
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

test('a branch that is checked out goes on with its tree, if that is clean', async () => {
  await advance(depot, 'one');
  await publish(depot);
  const tree = join(temp.path, 'look at\nit');
  repo.git('worktree', 'add', '--quiet', tree, 'harness/integration');
  const two = await advance(depot, 'two');
  const mark = join(temp.path, 'hooked');
  writeFileSync(join(repo.path, '.git/hooks/post-merge'), `#!/bin/sh\ntouch ${mark}\n`, { mode: 0o755 });
  writeFileSync(join(tree, 'untracked'), 'u');
  expect(await publish(depot)).toEqual({ published: two });
  expect(published()).toBe(two);
  expect(gitIn(tree, 'status', '--porcelain')).toBe('?? untracked');
  expect(existsSync(join(tree, 'two'))).toBe(true);
  expect(existsSync(mark)).toBe(false);
});

test('a branch that is checked out is left alone in a dirty tree, in two trees, in a sparse one and in mid-rebase', async () => {
  await advance(depot, 'one');
  await publish(depot);
  const old = published();
  await advance(depot, 'two');
  repo.git('switch', '--quiet', 'harness/integration');
  writeFileSync(join(repo.path, 'a.txt'), 'mine');
  const before = fingerprint(repo.path);
  expect(await publish(depot)).toEqual({
    refused: expect.stringMatching(/uncommitted changes; commit or stash/),
  });
  repo.git('checkout', '--quiet', 'a.txt');
  writeFileSync(join(repo.path, 'two'), 'in the way');
  expect(await publish(depot)).toEqual({
    refused: expect.stringMatching(/does not move it: .*would be overwritten/),
  });
  rmSync(join(repo.path, 'two'));
  repo.git('worktree', 'add', '--quiet', '--force', join(temp.path, 'second'), 'harness/integration');
  expect(await publish(depot)).toEqual({
    refused: expect.stringMatching(/is checked out in .* and .*second/),
  });
  repo.git('worktree', 'remove', join(temp.path, 'second'));
  repo.git('config', 'core.sparseCheckout', 'true');
  expect(await publish(depot)).toEqual({ refused: expect.stringMatching(/sparsely/) });
  repo.git('config', '--unset', 'core.sparseCheckout');
  mkdirSync(join(repo.path, '.git/rebase-merge'));
  writeFileSync(join(repo.path, '.git/rebase-merge/head-name'), `${TARGET_REF}\n`);
  expect(await publish(depot)).toEqual({ refused: expect.stringMatching(/is being rebased/) });
  expect(published()).toBe(old);
  expect(Object.keys(before)).toContain('a.txt');
});

test('the branch is the one that the rig names, also the one that work starts from', async () => {
  const rig = { name: 'demo', path: repo.path, target: 'main', checks: [] };
  const own = await Depot.open(rig, join(temp.path, 'worktrees/main'), { sole: true });
  const one = await advance(own, 'one');
  expect(await publish(own)).toEqual({ published: one });
  expect(repo.git('rev-parse', 'main')).toBe(one);
  expect(repo.git('status', '--porcelain')).toBe('');
  expect(repo.git('branch', '--list', 'harness/*')).toBe('');
});

test('commits that the target lacks come back, and can be taken in', async () => {
  await advance(depot, 'one');
  await publish(depot);
  repo.git('switch', '--quiet', 'harness/integration');
  const mine = repo.commit({ 'mine.txt': 'x' });
  repo.git('switch', '--quiet', 'main');
  await advance(depot, 'two');
  expect(await publish(depot)).toEqual({ ahead: mine });
  expect(published()).toBe(mine);
  expect(await depot.resolve(mine)).toBe(mine);
});

test('a branch that the user deleted is made again', async () => {
  const one = await advance(depot, 'one');
  await publish(depot);
  repo.git('branch', '-D', 'harness/integration');
  expect(await publish(depot)).toEqual({ published: one });
});

describe('W13: pushing on to a remote', () => {
  const bare = () => join(temp.path, 'remote.git');

  beforeEach(() => {
    gitIn(temp.path, 'init', '--quiet', '--bare', bare());
    repo.git('remote', 'add', 'origin', bare());
  });

  test('the target arrives there, without hooks of the user, and nothing of the user is changed', async () => {
    const mark = join(temp.path, 'hooked');
    writeFileSync(join(repo.path, '.git/hooks/pre-push'), `#!/bin/sh\ntouch ${mark}; exit 1\n`, {
      mode: 0o755,
    });
    const one = await advance(depot, 'one');
    await publish(depot);
    const before = fingerprint(repo.path);
    expect(await push(depot, 'origin')).toEqual({ published: one });
    expect(gitIn(bare(), 'rev-parse', 'harness/integration')).toBe(one);
    expect(existsSync(mark)).toBe(false);
    const after = fingerprint(repo.path);
    delete after['.git/refs/remotes/origin/harness/integration'];
    delete after['.git/logs/refs/remotes/origin/harness/integration'];
    expect(after).toEqual(before);
  });

  test('what somebody else pushed comes back, its objects with it', async () => {
    await advance(depot, 'one');
    await publish(depot);
    await push(depot, 'origin');
    gitIn(temp.path, 'clone', '--quiet', '--branch=harness/integration', bare(), 'theirs');
    const theirs = join(temp.path, 'theirs');
    gitIn(theirs, 'config', 'user.name', 'T');
    gitIn(theirs, 'config', 'user.email', 't@example.test');
    const id = commitIn(theirs, { 'theirs.txt': 'x' });
    gitIn(theirs, 'push', '--quiet');
    await advance(depot, 'two');
    await publish(depot);
    expect(await push(depot, 'origin')).toEqual({ ahead: id });
    expect(await depot.resolve(id)).toBe(id);
  });

  test.each([
    ['a remote that is gone', () => rmSync(bare(), { recursive: true })],
    ['a remote that was never there', () => repo.git('remote', 'remove', 'origin')],
    [
      'a hook there that refuses',
      () => writeFileSync(join(bare(), 'hooks/pre-receive'), '#!/bin/sh\nexit 1\n', { mode: 0o755 }),
    ],
  ])('%s: refused with a sentence, the local branch stays', async (_, spoil) => {
    const one = await advance(depot, 'one');
    await publish(depot);
    spoil();
    expect(await push(depot, 'origin')).toEqual({
      refused: expect.stringMatching(/could not be pushed to origin: \S/),
    });
    expect(published()).toBe(one);
  });

  test('a remote that asks for a password is not waited for', async () => {
    const server = createServer((_, answer) =>
      answer.writeHead(401, { 'WWW-Authenticate': 'Basic realm="x"' }).end(),
    );
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    const { port } = server.address() as AddressInfo;
    repo.git('remote', 'set-url', 'origin', `http://127.0.0.1:${port}/x.git`);
    await advance(depot, 'one');
    await publish(depot);
    expect(await push(depot, 'origin')).toEqual({ refused: expect.stringMatching(/could not be pushed/) });
    await new Promise((closed) => server.close(closed));
  });
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
