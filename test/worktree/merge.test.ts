import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Depot } from '../../src/worktree/depot.ts';
import {
  begunLandings,
  commitMerge,
  forgetLanding,
  land,
  landedAlready,
  mergeTree,
} from '../../src/worktree/merge.ts';
import type { Rig } from '../../src/worktree/rig.ts';
import { Worktree } from '../../src/worktree/worktree.ts';
import { commitIn, gitIn, makeRepo, tempFolder } from '../helpers/temp-repo.ts';

let temp: ReturnType<typeof tempFolder>;
let rig: Rig;
let depot: Depot;
let base: string;
const folder = () => join(temp.path, 'worktrees/demo');

beforeEach(async () => {
  temp = tempFolder();
  const repo = makeRepo(join(temp.path, 'user'), { 'a.txt': '1\n', 'b.txt': '1\n' });
  rig = { name: 'demo', path: repo.path, target: 'harness/integration', checks: [] };
  depot = await Depot.open(rig, folder());
  base = await depot.target();
});
afterEach(() => temp.remove());

/** An agent's commit on a branch of its own. */
async function attempt(item: string, files: Record<string, string>): Promise<string> {
  const tree = await Worktree.ensure(depot, 'a1');
  await tree.begin(`harness/${item}-1`, base);
  return commitIn(tree.path, files, `Change for ${item}`);
}

/** Makes every merge commit another one, also within a second. */
let merges = 0;

/** What a coordinator does to land a commit, until it is on the target; answers with the id under which it is there. */
async function landFully(on: Depot, item: string, commit: string): Promise<string> {
  for (let tries = 0; tries < 5; tries++) {
    const earlier = await landedAlready(on, item);
    if (earlier !== undefined) return earlier;
    const from = await on.target();
    const merged = await mergeTree(on, from, commit);
    if (merged.is === 'contained') return String(merged.by);
    if (merged.is === 'conflict') throw new Error(`conflict in ${merged.paths.join()}`);
    const to = await commitMerge(on, {
      item,
      title: `Do ${item} (${++merges})`,
      tree: merged.tree,
      target: from,
      commit,
    });
    const landed = await land(on, { item, from, to });
    if (landed !== undefined) return landed;
  }
  throw new Error('the target kept moving');
}

/** How often an item landed: merges of the target that say so. */
const landings = (item: string) =>
  gitIn(
    depot.gitDir,
    'log',
    '--first-parent',
    '--format=%H %(trailers:key=Harness-Item,valueonly,separator=%x2c)',
    'refs/heads/harness/integration',
  )
    .split('\n')
    .filter((line) => line.endsWith(` ${item}`)).length;

test('two attempts that touch different files land one after the other, each as one merge', async () => {
  const one = await attempt('one', { 'a.txt': '2\n' });
  const two = await attempt('two', { 'b.txt': '2\n' });
  const first = await landFully(depot, 'one', one);
  const second = await landFully(depot, 'two', two);
  expect(await depot.target()).toBe(second);
  expect(gitIn(depot.gitDir, 'log', '-1', '--format=%P|%an', second)).toBe(`${first} ${two}|Ursula User`);
  expect(gitIn(depot.gitDir, 'show', `${second}:a.txt`)).toBe('2');
  expect([landings('one'), landings('two')]).toEqual([1, 1]);
});

test('a conflict names the paths and changes nothing', async () => {
  const one = await attempt('one', { 'a.txt': '2\n' });
  const two = await attempt('two', { 'a.txt': '3\n', 'ü\n.txt': 'x' });
  const target = await landFully(depot, 'one', one);
  expect(await mergeTree(depot, target, two)).toEqual({ is: 'conflict', paths: ['a.txt'] });
  expect(await depot.target()).toBe(target);
});

test('what the target has already is known as contained, with the landing that brought it', async () => {
  const one = await attempt('one', { 'a.txt': '2\n' });
  const landed = await landFully(depot, 'one', one);
  await landFully(depot, 'two', await attempt('two', { 'b.txt': '2\n' }));
  expect(await mergeTree(depot, await depot.target(), one)).toEqual({ is: 'contained', by: landed });
  const same = await attempt('same', { 'a.txt': '2\n' });
  expect(await mergeTree(depot, await depot.target(), same)).toEqual({ is: 'contained', by: undefined });
});

test('a title with line breaks and control characters cannot forge a trailer', async () => {
  const one = await attempt('one', { 'a.txt': '2\n' });
  const merge = {
    item: 'one',
    title: 'x\n\nHarness-Item: other\u0000\u001b[31m',
    tree: '',
    target: base,
    commit: one,
  };
  const merged = await mergeTree(depot, base, one);
  const id = await commitMerge(depot, { ...merge, tree: merged.is === 'merged' ? merged.tree : '' });
  expect(gitIn(depot.gitDir, 'log', '-1', '--format=%B', id)).toBe(
    'Merge: x Harness-Item: other [31m\n\nHarness-Item: one\n',
  );
});

test('landing on a target that moved answers undefined, leaves nothing behind, and works on the new one', async () => {
  const one = await attempt('one', { 'a.txt': '2\n' });
  const two = await attempt('two', { 'b.txt': '2\n' });
  const merged = await mergeTree(depot, base, two);
  const tree = merged.is === 'merged' ? merged.tree : '';
  const to = await commitMerge(depot, { item: 'two', title: 't', tree, target: base, commit: two });
  await landFully(depot, 'one', one);
  expect(await land(depot, { item: 'two', from: base, to })).toBeUndefined();
  expect(await begunLandings(depot)).toEqual(['one']);
  await landFully(depot, 'two', two);
  expect(landings('two')).toBe(1);
});

test('the mark of a landing stays until it is forgotten', async () => {
  const one = await attempt('one', { 'a.txt': '2\n' });
  const landed = await landFully(depot, 'one', one);
  expect(await landedAlready(depot, 'one')).toBe(landed);
  expect(await land(depot, { item: 'one', from: landed, to: one })).toBe(landed);
  expect(await begunLandings(depot)).toEqual(['one']);
  await forgetLanding(depot, 'one');
  await forgetLanding(depot, 'one');
  expect(await begunLandings(depot)).toEqual([]);
  expect(await landedAlready(depot, 'one')).toBeUndefined();
  expect(await landFully(depot, 'one', one)).toBe(landed);
});

/** A depot whose coordinator is killed at the n-th git call: before it ran, or after it ran but before its answer came. */
function dying(on: Depot, at: number, when: 'before' | 'after'): { calls: () => number } {
  let calls = 0;
  const { git } = on;
  const step = async <T>(call: () => Promise<T>): Promise<T> => {
    const mine = ++calls;
    if (mine === at && when === 'before') throw new Error('killed');
    const result = await call();
    if (mine === at) throw new Error('killed');
    return result;
  };
  const [run, text] = [git.run.bind(git), git.text.bind(git)];
  git.run = (...args) => step(() => run(...args));
  git.text = (...args) => step(() => text(...args));
  return { calls: () => calls };
}

test('killed at any step of a landing and repeated, it lands once', async () => {
  const probe = await Depot.open(rig, folder());
  const count = dying(probe, 0, 'before');
  await landFully(probe, 'probe', await attempt('probe', { 'probe.txt': 'x' }));
  expect(count.calls()).toBeGreaterThan(6);
  for (let at = 1; at <= count.calls(); at++) {
    for (const when of ['before', 'after'] as const) {
      const item = `item-${when}-${at}`;
      const commit = await attempt(item, { [`${item}.txt`]: 'x' });
      const killed = await Depot.open(rig, folder());
      dying(killed, at, when);
      await expect(landFully(killed, item, commit)).rejects.toThrow('killed');
      const again = await Depot.open(rig, folder());
      const landed = await landFully(again, item, commit);
      expect(await again.isAncestor(landed, await again.target())).toBe(true);
      expect([item, landings(item)]).toEqual([item, 1]);
      await forgetLanding(again, item);
    }
  }
  expect(await begunLandings(depot)).toEqual(['probe']);
  expect(gitIn(depot.gitDir, 'fsck', '--no-dangling')).toBe('');
});

/** Lets a depot's coordinator stall at its n-th git call (or several) until `go` is called. */
function stalling(on: Depot, ...at: number[]): { reached: Promise<void>; go: () => void }[] {
  const stops = at.map((call) => ({
    call,
    released: Promise.withResolvers<void>(),
    reached: Promise.withResolvers<void>(),
  }));
  let calls = 0;
  const { git } = on;
  const wait = async () => {
    const mine = ++calls;
    const stop = stops.find(({ call }) => call === mine);
    stop?.reached.resolve();
    await stop?.released.promise;
  };
  const [run, text] = [git.run.bind(git), git.text.bind(git)];
  git.run = (...args) => wait().then(() => run(...args));
  git.text = (...args) => wait().then(() => text(...args));
  return stops.map(({ reached, released }) => ({ reached: reached.promise, go: () => released.resolve() }));
}

/** A coordinator that stalls at its n-th call while it lands a commit. */
async function stalled(item: string, commit: string, at: number) {
  const on = await Depot.open(rig, folder());
  const [stop] = stalling(on, at);
  const landing = landFully(on, item, commit);
  await Promise.race([stop?.reached, landing]);
  return { go: () => stop?.go(), landing };
}

test('a coordinator that stalls at any step while another lands the same item: landed once', async () => {
  for (const forgets of [false, true]) {
    for (let at = 1; at <= 9; at++) {
      const item = `item-${forgets}-${at}`;
      const commit = await attempt(item, { [`${item}.txt`]: 'x' });
      const slow = await stalled(item, commit, at);
      const landed = await landFully(depot, item, commit);
      if (forgets) await forgetLanding(depot, item);
      slow.go();
      expect(await slow.landing).toBe(landed);
      if (!forgets) expect(await landedAlready(depot, item)).toBe(landed);
      expect([item, landings(item)]).toEqual([item, 1]);
    }
  }
});

test('a coordinator that stalls at any step while another lands another item: both landed once', async () => {
  for (let at = 1; at <= 9; at++) {
    const [mine, other] = [`mine-${at}`, `other-${at}`];
    const slow = await stalled(mine, await attempt(mine, { [`${mine}.txt`]: 'x' }), at);
    await landFully(depot, other, await attempt(other, { [`${other}.txt`]: 'x' }));
    slow.go();
    await slow.landing;
    const files = gitIn(depot.gitDir, 'ls-tree', '--name-only', 'refs/heads/harness/integration').split('\n');
    expect(files).toEqual(expect.arrayContaining([`${mine}.txt`, `${other}.txt`]));
    expect([at, landings(mine), landings(other)]).toEqual([at, 1, 1]);
  }
});

test('two coordinators that both stall in the middle and then go on: landed once', async () => {
  for (let first = 4; first <= 9; first++) {
    for (let second = 4; second <= 9; second++) {
      const item = `item-${first}-${second}`;
      const commit = await attempt(item, { [`${item}.txt`]: 'x' });
      const both = [await stalled(item, commit, first), await stalled(item, commit, second)];
      for (const { go } of both) go();
      const ids = await Promise.all(both.map(({ landing }) => landing));
      expect([item, landings(item), new Set(ids).size]).toEqual([item, 1, 1]);
      expect([item, await landedAlready(depot, item)]).toEqual([item, ids[0]]);
    }
  }
});

test('a landing that ends while another takes it for dead keeps its mark', async () => {
  const commit = await attempt('one', { 'a.txt': '2\n' });
  const on = await Depot.open(rig, folder());
  // The second looks for a landing (1) before there is one, and then stalls before it puts its own mark (9).
  const [early, late] = stalling(on, 6, 9);
  const second = landFully(on, 'one', commit);
  await early?.reached;
  const first = await stalled('one', commit, 8); // its mark is set, the target is not moved
  early?.go();
  await late?.reached;
  first.go();
  const landed = await first.landing;
  late?.go();
  expect(await second).toBe(landed);
  expect(await landedAlready(depot, 'one')).toBe(landed);
});

test('every value that the target had was landed, in order', async () => {
  for (let n = 0; n < 4; n++) {
    const item = `item-${n}`;
    await landFully(depot, item, await attempt(item, { [`${n}.txt`]: 'x' }));
  }
  const log = gitIn(depot.gitDir, 'log', '-g', '--format=%gs', 'refs/heads/harness/integration').split('\n');
  expect(log.slice(0, 4)).toEqual(['land item-3', 'land item-2', 'land item-1', 'land item-0']);
});
