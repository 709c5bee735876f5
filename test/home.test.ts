import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findHome } from '../src/home.ts';

let root: string;
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'harness-home-')));
});
afterEach(() => rmSync(root, { recursive: true }));

const repository = (name: string) => {
  const folder = join(root, name);
  execFileSync('git', ['init', '-q', folder]);
  return folder;
};
const env = () => ({ XDG_STATE_HOME: join(root, 'state'), HOME: root });

test('the home of a repository lies outside of it, named after its folder and the hash of its git folder', () => {
  const folder = repository('my app');
  mkdirSync(join(folder, 'src'));
  const home = findHome({ env: env(), cwd: join(folder, 'src') });
  expect(home.folder).toMatch(new RegExp(`^${root}/state/harness/my-app-[0-9a-f]{8}$`));
  expect(home).toMatchObject({ repository: folder, configFile: join(folder, '.harness/config.yaml') });
});

test('a linked worktree has the home of its repository', () => {
  const folder = repository('app');
  const git = (...args: string[]) =>
    execFileSync('git', ['-C', folder, '-c', 'user.name=x', '-c', 'user.email=x@x', ...args]);
  git('commit', '-q', '--allow-empty', '-m', 'first');
  git('worktree', 'add', '-q', join(root, 'linked'));
  const linked = findHome({ env: env(), cwd: join(root, 'linked') });
  expect(linked.folder).toBe(findHome({ env: env(), cwd: folder }).folder);
  expect(linked.repository).toBe(join(root, 'linked'));
});

test('without XDG_STATE_HOME the home is below ~/.local/state', () => {
  const cwd = repository('app');
  expect(findHome({ env: { HOME: root }, cwd }).folder).toContain(`${root}/.local/state/harness/app-`);
});

test('--home wins over HARNESS_HOME, which wins over the folder', () => {
  const cwd = repository('app');
  expect(findHome({ home: 'x', env: { HARNESS_HOME: '/y' }, cwd }).folder).toBe(join(cwd, 'x'));
  expect(findHome({ env: { HARNESS_HOME: '/y' }, cwd }).folder).toBe('/y');
});

test('a folder whose config.yaml says so is a home, from below too', () => {
  const folder = repository('home');
  writeFileSync(join(folder, 'config.yaml'), '# mine\nhome: .\n');
  mkdirSync(join(folder, 'deep/er'), { recursive: true });
  const home = { folder, configFile: join(folder, 'config.yaml') };
  expect(findHome({ env: {}, cwd: join(folder, 'deep/er') })).toEqual(home);
});

test('a config.yaml of something else makes no home', () => {
  const folder = repository('app');
  writeFileSync(join(folder, 'config.yaml'), 'homes: .\n  home: .\n');
  expect(findHome({ env: env(), cwd: folder }).folder).not.toBe(folder);
});

test('a config.yaml that is a link to one that says so makes a home too', () => {
  const folder = repository('home');
  writeFileSync(join(root, 'kept-elsewhere.yaml'), 'home: .\n');
  symlinkSync(join(root, 'kept-elsewhere.yaml'), join(folder, 'config.yaml'));
  expect(findHome({ env: env(), cwd: folder }).folder).toBe(folder);
});

test.each([
  ['a link to nothing', (file: string) => symlinkSync('/nowhere', file)],
  ['a device', (file: string) => symlinkSync('/dev/zero', file)],
  ['a FIFO', (file: string) => execFileSync('mkfifo', [file])],
  ['a folder', (file: string) => mkdirSync(file)],
  ['huge', (file: string) => writeFileSync(file, 'home: .\n'.repeat(200_000))],
])('a config.yaml further up that is %s is none of ours', (_, make) => {
  const folder = repository('app');
  make(join(root, 'config.yaml'));
  expect(findHome({ env: env(), cwd: folder }).repository).toBe(folder);
  expect(findHome({ env: env(), cwd: folder }).folder).not.toBe(root);
});

test('outside of any repository it says what to do', () => {
  expect(() => findHome({ env: env(), cwd: root })).toThrow(
    /not in a git repository; go to one, or name a home/,
  );
});
