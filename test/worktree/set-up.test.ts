import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { CommandResult } from '../../src/command.ts';
import { Depot } from '../../src/worktree/depot.ts';
import { distrustSetUp, LOCK_FILES, setUp } from '../../src/worktree/set-up.ts';
import { surroundings } from '../../src/worktree/surroundings.ts';
import { Worktree } from '../../src/worktree/worktree.ts';
import { commitIn, makeRepo, tempFolder, writeFiles } from '../helpers/temp-repo.ts';
import type { TempRepo } from '../helpers/temp-repo.ts';

let temp: ReturnType<typeof tempFolder>;
let repo: TempRepo;
let depot: Depot;
let base: string;

beforeEach(async () => {
  temp = tempFolder();
  repo = makeRepo(join(temp.path, 'user'), {
    'package-lock.json': '1',
    'a.txt': '1\n',
    '.gitignore': 'node_modules/\n.env*\nconfig/local/\n',
  });
  const rig = { name: 'demo', path: repo.path, target: 'harness/integration', checks: [] };
  depot = await Depot.open(rig, join(temp.path, 'worktrees/demo'), { sole: true });
  base = await depot.target();
});
afterEach(() => temp.remove());

const ok: CommandResult = {
  code: 0,
  signal: null,
  timedOut: false,
  stopped: false,
  output: '',
  ms: 1,
  left: [],
};
let ran = 0;
const install = (
  tree: Worktree,
  more: Partial<{ inputs: readonly string[]; warm: string[]; command: string }> = {},
) =>
  setUp(tree, { command: 'npm ci', inputs: LOCK_FILES, warm: [], ...more }, async () => {
    writeFiles(tree.path, { 'node_modules/x/index.js': `${++ran}` });
    return ok;
  });
const modules = (tree: Worktree) => readFileSync(join(tree.path, 'node_modules/x/index.js'), 'utf8');

async function begun(name: string, branch: string, commit = base): Promise<Worktree> {
  const tree = await Worktree.ensure(depot, name);
  await tree.begin(branch, commit);
  return tree;
}

test('set-up runs once for the same lock file, and again when that, its command or what it made has changed', async () => {
  const tree = await begun('a1', 'harness/x-1');
  expect(await install(tree)).toEqual(ok);
  const changed = commitIn(tree.path, { 'a.txt': '2\n' });
  await tree.begin('harness/x-2', changed);
  expect(await install(tree)).toBeUndefined();
  const upgraded = commitIn(tree.path, { 'package-lock.json': '2' });
  await tree.begin('harness/x-3', upgraded);
  expect(await install(tree)).toEqual(ok);
  expect(await install(tree, { command: 'npm ci --force' })).toEqual(ok);
  expect(await install(tree)).toEqual(ok);
  rmSync(join(tree.path, 'node_modules'), { recursive: true });
  expect(await install(tree)).toEqual(ok);
  distrustSetUp(tree);
  expect(await install(tree)).toEqual(ok);
  expect(await install(tree)).toBeUndefined();
});

test('set-up whose inputs are not known runs every time, and one that failed runs again', async () => {
  const tree = await begun('a1', 'harness/x-1');
  for (const inputs of [[], ['no-such.lock']]) {
    expect(await install(tree, { inputs })).toEqual(ok);
    expect(await install(tree, { inputs })).toEqual(ok);
  }
  const failed = { ...ok, code: 1 };
  const wanted = { command: 'npm ci', inputs: LOCK_FILES, warm: [] };
  expect(await setUp(tree, wanted, async () => failed)).toEqual(failed);
  expect(await setUp(tree, wanted, async () => failed)).toEqual(failed);
});

test('a new tree gets copies of what another was set up with, by the lock file', async () => {
  const warm = ['node_modules'];
  const first = await begun('a1', 'harness/x-1');
  await install(first, { warm });
  symlinkSync('../x', join(first.path, 'node_modules/link'));
  const second = await begun('a2', 'harness/y-1');
  expect(await install(second, { warm })).toBeUndefined();
  expect(modules(second)).toBe(modules(first));
  writeFileSync(join(second.path, 'node_modules/x/index.js'), 'changed by its agent');
  expect(modules(first)).not.toBe(modules(second));
  const other = commitIn(second.path, { 'package-lock.json': '2' });
  const third = await begun('a3', 'harness/z-1', other);
  expect(await install(third, { warm })).toEqual(ok);
});

test('ignored files that the user names are copied into every tree, and nothing else', async () => {
  repo.commit({ '.worktreeinclude': '.env\nconfig/local/\na.txt\n' });
  writeFiles(repo.path, {
    '.env': 'SECRET=1',
    '.env.other': 'no',
    'config/local/db.json': '{}',
    'a.txt': 'mine',
  });
  const tree = await begun('a1', 'harness/x-1');
  expect(readFileSync(join(tree.path, '.env'), 'utf8')).toBe('SECRET=1');
  expect(existsSync(join(tree.path, 'config/local/db.json'))).toBe(true);
  expect(existsSync(join(tree.path, '.env.other'))).toBe(false);
  expect(readFileSync(join(tree.path, 'a.txt'), 'utf8')).toBe('1\n');
  writeFiles(repo.path, { '.env': 'SECRET=22' });
  rmSync(join(tree.path, 'config'), { recursive: true });
  const outside = join(temp.path, 'outside');
  mkdirSync(outside);
  symlinkSync(outside, join(tree.path, 'config'));
  await tree.begin('harness/x-2', base);
  expect(readFileSync(join(tree.path, '.env'), 'utf8')).toBe('SECRET=22');
  expect(existsSync(join(outside, 'local'))).toBe(false);
  expect((await tree.status()).dirty).toEqual([]);
});

test('every tree has ports and a temporary folder of its own, and keeps them', () => {
  const worktrees = join(temp.path, 'worktrees');
  const places = ['demo/a1', 'demo/a2', 'other/a1', 'demo/spare-a1'].map((tree) => join(worktrees, tree));
  const first = places.map(surroundings);
  expect(new Set(first.map(({ HARNESS_PORT }) => HARNESS_PORT)).size).toBe(4);
  expect(new Set(first.map(({ TMPDIR }) => TMPDIR)).size).toBe(4);
  for (const { HARNESS_PORT, HARNESS_PORTS, TMPDIR } of first) {
    expect(Number(HARNESS_PORT)).toBeGreaterThanOrEqual(10_000);
    expect(Number(HARNESS_PORT) + Number(HARNESS_PORTS)).toBeLessThanOrEqual(32_000);
    expect(existsSync(TMPDIR ?? '')).toBe(true);
  }
  expect(places.map(surroundings)).toEqual(first);
  writeFileSync(join(worktrees, 'ports.json'), 'torn');
  expect(surroundings(places[0] ?? '')).toMatchObject({ HARNESS_PORTS: '10' });
});

test('what an agent links to is neither removed nor copied as what set-up made', async () => {
  const warm = ['web/node_modules'];
  const outside = join(temp.path, 'outside');
  writeFiles(outside, { 'node_modules/mine': 'precious' });
  const make = async (tree: Worktree) => {
    writeFiles(tree.path, { 'web/node_modules/x': 'x' });
    return ok;
  };
  const wanted = { command: 'npm ci', inputs: LOCK_FILES, warm };
  const first = await begun('a1', 'harness/x-1');
  expect(await setUp(first, wanted, () => make(first))).toEqual(ok);
  const second = await begun('a2', 'harness/x-2');
  symlinkSync(outside, join(second.path, 'web'));
  expect(await setUp(second, wanted, async () => ok)).toEqual(ok);
  expect(readFileSync(join(outside, 'node_modules/mine'), 'utf8')).toBe('precious');
  expect(existsSync(join(outside, 'node_modules/x'))).toBe(false);
});
