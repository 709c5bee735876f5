import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { CommandResult } from '../../src/command.ts';
import { Depot } from '../../src/worktree/depot.ts';
import { land } from '../../src/worktree/merge.ts';
import type { Strategy } from '../../src/worktree/strategy.ts';
import { verify } from '../../src/worktree/verify.ts';
import type { Verified } from '../../src/worktree/verify.ts';
import { Worktree } from '../../src/worktree/worktree.ts';
import { commitIn, gitIn, makeRepo, tempFolder } from '../helpers/temp-repo.ts';

let temp: ReturnType<typeof tempFolder>;
let depot: Depot;
let base: string;

beforeEach(async () => {
  temp = tempFolder();
  const repo = makeRepo(join(temp.path, 'user'), { 'a.txt': '1\n', 'b.txt': '1\n' });
  const rig = { name: 'demo', path: repo.path, target: 'harness/integration', checks: [] };
  depot = await Depot.open(rig, join(temp.path, 'worktrees/demo'), { sole: true });
  base = await depot.target();
});
afterEach(() => temp.remove());

const result = (code: number, more: Partial<CommandResult> = {}): CommandResult => ({
  code,
  signal: null,
  timedOut: false,
  stopped: false,
  output: '',
  ms: 1,
  left: [],
  ...more,
});

/** Commits of an agent on a branch of its own, one for each set of files. */
async function attempt(item: string, ...steps: Record<string, string>[]): Promise<string> {
  const tree = await Worktree.ensure(depot, 'a1');
  await tree.begin(`harness/${item}-1`, base);
  return steps.map((files, n) => commitIn(tree.path, files, `Step ${n + 1} of ${item}`)).at(-1) ?? '';
}

interface Wanted {
  strategy?: Strategy;
  checks?: string[];
  run?: (command: string, folder: string) => CommandResult;
}

const flaky: string[] = [];
function check(item: string, commit: string, { strategy = 'merge', checks = [], run }: Wanted = {}) {
  return verify(depot, new Set(), {
    item: { id: item, title: `Do ${item}` },
    commit,
    spare: 'spare',
    strategy,
    setup: undefined,
    checks,
    run: async (command, folder) => run?.(command, folder) ?? result(0),
    flaky: (command) => flaky.push(command),
  });
}

async function landed(item: string, verified: Verified): Promise<string> {
  if (verified.is !== 'passed') throw new Error(`${item} is ${verified.is}`);
  const to = await land(depot, { item, from: verified.target, to: verified.merge });
  return to ?? 'not landed';
}

const onTarget = (...args: string[]) => gitIn(depot.gitDir, ...args, 'refs/heads/harness/integration');
const shape = () => onTarget('log', '--graph', '--format=%s').split('\n');
const trailers = () =>
  onTarget('log', '--format=%(trailers:key=Harness-Item,valueonly)').split(/\n+/).filter(Boolean);

test('merge: the commits stay as they are, under one merge', async () => {
  const commit = await attempt('x', { 'a.txt': '2\n' }, { 'c.txt': '1\n' });
  await landed('x', await check('x', commit));
  expect(onTarget('log', '-1', '--format=%P')).toBe(`${base} ${commit}`);
  expect(trailers()).toEqual(['x']);
});

test('squash: one commit with all messages, by its author, on top of what landed meanwhile', async () => {
  await landed('y', await check('y', await attempt('y', { 'b.txt': '2\n' }), { strategy: 'squash' }));
  const commit = await attempt('x', { 'a.txt': '2\n' }, { 'c.txt': '1\n' });
  await landed('x', await check('x', commit, { strategy: 'squash' }));
  expect(shape()).toEqual(['* Do x', '* Do y', '* Start']);
  expect(onTarget('log', '-1', '--format=%an: %b')).toBe(
    'Ursula User: * Step 1 of x\n\n* Step 2 of x\n\nHarness-Item: x\n',
  );
  expect(onTarget('ls-tree', '--name-only')).toBe('a.txt\nb.txt\nc.txt');
  expect(trailers()).toEqual(['x', 'y']);
});

test('rebase: the commits one by one on top of what landed meanwhile, the item named once', async () => {
  await landed('y', await check('y', await attempt('y', { 'b.txt': '2\n' }), { strategy: 'rebase' }));
  const commit = await attempt('x', { 'a.txt': '2\n' }, { 'c.txt': '1\n' });
  const seen: string[] = [];
  const run = (_: string, folder: string) => {
    seen.push(readFileSync(join(folder, 'b.txt'), 'utf8'), readFileSync(join(folder, 'c.txt'), 'utf8'));
    return result(0);
  };
  await landed('x', await check('x', commit, { strategy: 'rebase', checks: ['look'], run }));
  expect(shape()).toEqual(['* Step 2 of x', '* Step 1 of x', '* Step 1 of y', '* Start']);
  expect(seen).toEqual(['2\n', '1\n']);
  expect(trailers()).toEqual(['x', 'y']);
});

test('rebase: what cannot be replayed, since a merge resolved it, lands as one commit', async () => {
  await landed('y', await check('y', await attempt('y', { 'a.txt': 'y\n' }), { strategy: 'rebase' }));
  const target = await depot.target();
  await attempt('x', { 'a.txt': 'x\n' });
  const tree = await Worktree.ensure(depot, 'a1');
  gitIn(tree.path, 'merge', '--quiet', '-X', 'ours', '--no-edit', target);
  const commit = commitIn(tree.path, { 'a.txt': 'x and y\n' });
  await landed('x', await check('x', commit, { strategy: 'rebase' }));
  expect(shape()).toEqual(['* Do x', '* Step 1 of y', '* Start']);
  expect(onTarget('log', '-1', '--format=%T')).toBe(gitIn(tree.path, 'log', '-1', '--format=%T'));
});

test('a check that fails once and then passes on the same tree passes, and is told', async () => {
  const commit = await attempt('x', { 'a.txt': '2\n' });
  let ran = 0;
  const verified = await check('x', commit, { checks: ['shaky'], run: () => result(ran++ === 0 ? 1 : 0) });
  expect(verified.is).toBe('passed');
  expect(flaky.splice(0)).toEqual(['shaky']);
});

test.each([
  ['that fails twice', {}, 2],
  ['whose time was up', { timedOut: true }, 1],
  ['that was stopped', { stopped: true }, 1],
])('a check %s fails', async (_what, more, times) => {
  const commit = await attempt('x', { 'a.txt': '2\n' });
  let ran = 0;
  const run = () => (ran++, result(1, more));
  expect(await check('x', commit, { checks: ['bad', 'next'], run })).toMatchObject({
    is: 'failed',
    command: 'bad',
  });
  expect(ran).toBe(times);
  expect(flaky).toEqual([]);
});
