import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { commandEnvironment } from '../src/environment.ts';

const PROJECT = join(import.meta.dirname, '..');

/** Every command block of a document, in order. */
function blocksOf(file: string): string[] {
  const text = readFileSync(join(PROJECT, file), 'utf8');
  return [...text.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map((match) => match[1] ?? '');
}

let root: string;
let checkout: string;
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'harness-docs-')));
  checkout = join(root, 'harness');
  const files = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: PROJECT,
  });
  for (const file of files.toString().split('\0').filter(Boolean))
    cpSync(join(PROJECT, file), join(checkout, file));
  const repository = join(root, 'home/your/repository');
  mkdirSync(repository, { recursive: true });
  writeFileSync(join(repository, 'package.json'), '{"scripts": {"test": "true"}}\n');
  writeFileSync(
    join(root, 'home/.gitconfig'),
    '[user]\n\tname = A User\n\temail = user@example.com\n[init]\n\tdefaultBranch = main\n',
  );
  const git = (...args: string[]) => execFileSync('git', ['-C', repository, ...args], { env: environment() });
  git('init', '-q');
  git('add', '-A');
  git('commit', '-q', '-m', 'first');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** A newcomer's: a home of its own, npm's global folder in it, and the stand-in in the place of Claude Code. */
function environment(): Record<string, string> {
  const prefix = join(root, 'home/npm');
  const path = (process.env.PATH ?? '').split(':').filter((folder) => !folder.startsWith(PROJECT));
  return commandEnvironment(process.env, {
    PATH: [join(prefix, 'bin'), ...path].join(':'),
    HOME: join(root, 'home'),
    npm_config_prefix: prefix,
    npm_config_cache: process.env.npm_config_cache ?? join(process.env.HOME ?? root, '.npm'),
    HARNESS_AGENT_COMMAND: JSON.stringify(['node', join(checkout, 'dist/stand-in.js')]),
  });
}

/** Runs blocks one after the other in one shell, as a reader would type them. */
function follow(blocks: string[]): { status: number | null; output: string } {
  const script = ['set -e', 'exec 2>&1', 'mkdir -p "$npm_config_prefix/lib"', ...blocks].join('\n');
  const ran = spawnSync('bash', ['-c', script], {
    cwd: checkout,
    env: environment(),
    encoding: 'utf8',
    timeout: 280_000,
  });
  return { status: ran.status, output: ran.stdout };
}

/** What a test cannot do inside of itself: it is what runs this file. */
const isTheTest = (block: string) => block.trim() === './scripts/test';

test('every command of the README works as it stands', { timeout: 300_000 }, () => {
  const blocks = blocksOf('README.md');
  expect(blocks.filter(isTheTest)).toHaveLength(1);
  const ran = follow(blocks.filter((block) => !isTheTest(block)));
  expect(ran.output).toContain('Every item landed once');
  expect(ran.output).toMatch(/^1 landed, 0 failed, 0 held, 0 left$/m);
  expect(ran.output).toMatch(/Merge: Make the login page remember the user/);
  expect(ran.status).toBe(0);
});

test('every command of the quick start works as it stands', { timeout: 300_000 }, () => {
  const ran = follow(blocksOf('docs/quick-start.md'));
  expect(ran.output).toMatch(/^1 landed, 0 failed, 0 held, 0 left$/m);
  expect(ran.output).toMatch(/^hello$/m);
  expect(ran.status).toBe(0);
  expect(readFileSync(join(root, 'home/your/repository/hello.txt'), 'utf8')).toBe('hello\n');
});
