import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Git, GitError } from '../../src/worktree/git.ts';
import { makeRepo, tempFolder, writeFiles } from '../helpers/temp-repo.ts';
import type { TempRepo } from '../helpers/temp-repo.ts';

let temp: ReturnType<typeof tempFolder>;
let repo: TempRepo;

beforeEach(() => {
  temp = tempFolder();
  repo = makeRepo(join(temp.path, 'user'));
});
afterEach(() => {
  delete process.env.GIT_DIR;
  delete process.env.GIT_INDEX_FILE;
  delete process.env.EDITOR;
  temp.remove();
});

test('output comes without its last line break, and exit codes are answers where they are expected', async () => {
  const git = new Git(repo.path);
  expect(await git.text(['log', '--format=%s%n'])).toBe('Start\n');
  expect((await git.run(['diff', '--quiet'], { ok: [0, 1] })).code).toBe(0);
  writeFileSync(join(repo.path, 'readme.md'), 'changed');
  expect((await git.run(['diff', '--quiet'], { ok: [0, 1] })).code).toBe(1);
  expect((await git.run(['hash-object', '--stdin'], { input: 'x' })).stdout.trim()).toHaveLength(40);
});

test('a failure says which command failed where, on one line, by both ways of running', async () => {
  const git = new Git(repo.path);
  for (const failing of [
    git.run(['rev-parse', '--verify', 'nope']),
    git.text(['rev-parse', '--verify', 'nope']),
  ]) {
    const error: unknown = await failing.catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(GitError);
    expect(error).toMatchObject({
      code: 128,
      message: `git rev-parse in ${repo.path}: fatal: Needed a single revision`,
    });
  }
  await expect(git.text(['diff', '--quiet', 'HEAD', '--no-index', 'a', 'b'])).rejects.toBeInstanceOf(
    GitError,
  );
});

test('variables of a surrounding git, hook or terminal do not get in', async () => {
  const other = makeRepo(join(temp.path, 'other'));
  process.env.GIT_DIR = join(other.path, '.git');
  process.env.GIT_INDEX_FILE = join(other.path, 'index');
  process.env.EDITOR = 'false';
  const git = new Git(repo.path);
  expect(await git.text(['rev-parse', '--show-toplevel'])).toBe(repo.path);
  expect((await git.run(['rev-parse', '--show-toplevel'])).stdout.trim()).toBe(repo.path);
});

test('programs that the configuration of a repository names are not run', async () => {
  const mark = join(temp.path, 'ran');
  repo.git('config', 'core.fsmonitor', `touch ${mark}`);
  repo.git('config', 'core.hooksPath', temp.path);
  writeFileSync(join(temp.path, 'post-checkout'), `#!/bin/sh\ntouch ${mark}\n`, { mode: 0o755 });
  const git = new Git(repo.path);
  await git.text(['status']);
  await git.run(['status']);
  await git.run(['switch', '--quiet', '-c', 'other']);
  expect(existsSync(mark)).toBe(false);
});

test('a command that does not end is stopped, with a message that says so', async () => {
  const git = new Git(repo.path);
  const waiting = git.run(['-c', 'alias.wait=!sleep 30', 'wait'], { timeoutMs: 200 });
  await expect(waiting).rejects.toThrow(/did not end within 0\.2 s/);
});

test('a lock that another git holds for a moment is waited for', async () => {
  const lock = join(repo.path, '.git/index.lock');
  const git = new Git(repo.path);
  writeFileSync(lock, '');
  writeFileSync(join(repo.path, 'new.txt'), 'x');
  const adding = git.run(['add', '--all']);
  const freed = git.run(['-c', `alias.free=!sleep 0.3; rm ${JSON.stringify(lock)}`, 'free']);
  expect((await adding).code).toBe(0);
  await freed;
});

test('no more than two git processes run at once', async () => {
  const git = new Git(repo.path);
  const log = join(temp.path, 'log');
  const alias = `alias.slow=!echo in >> ${log}; sleep 0.1; echo out >> ${log}`;
  await Promise.all(Array.from({ length: 6 }, () => git.run(['-c', alias, 'slow'])));
  let inside = 0;
  let most = 0;
  for (const line of readFileSync(log, 'utf8').trim().split('\n')) {
    inside += line === 'in' ? 1 : -1;
    most = Math.max(most, inside);
  }
  expect(most).toBe(2);
});

test('a git that is killed gives an error, never an empty answer', async () => {
  const bin = join(temp.path, 'bin');
  writeFiles(bin, { git: '#!/bin/sh\nkill -KILL $$\n' });
  chmodSync(join(bin, 'git'), 0o755);
  const path = process.env.PATH;
  process.env.PATH = `${bin}:${path}`;
  try {
    const git = new Git(repo.path);
    await expect(git.text(['for-each-ref'])).rejects.toThrow(/git for-each-ref in .* could not run/);
    await expect(git.run(['for-each-ref'])).rejects.toThrow(/git for-each-ref in .* could not run/);
  } finally {
    process.env.PATH = path;
  }
});
