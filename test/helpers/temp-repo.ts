import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** A folder of its own in the system's temporary folder; call `remove` when done. */
export function tempFolder(prefix = 'harness-test-'): { path: string; remove: () => void } {
  const path = realpathSync(mkdtempSync(join(tmpdir(), prefix)));
  return { path, remove: () => rmSync(path, { recursive: true, force: true, maxRetries: 3 }) };
}

/** Git's environment in tests: nothing of the machine's or the user's settings. */
export function gitEnvironment(home: string): Record<string, string> {
  return {
    PATH: process.env.PATH ?? '/usr/bin:/bin',
    HOME: home,
    LC_ALL: 'C',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_TERMINAL_PROMPT: '0',
  };
}

/** Runs git in a folder and returns its output without the last line break; throws what git said if it fails. */
export function gitIn(folder: string, ...args: string[]): string {
  const options = { cwd: folder, env: gitEnvironment(folder), encoding: 'utf8', stdio: 'pipe' } as const;
  return execFileSync('git', args, options).replace(/\n$/, '');
}

/** Writes files (path: content) into a folder. */
export function writeFiles(folder: string, files: Record<string, string>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}

/** Writes files, commits everything in the folder and returns the new commit id. */
export function commitIn(folder: string, files: Record<string, string>, message = 'Change'): string {
  writeFiles(folder, files);
  gitIn(folder, 'add', '--all');
  gitIn(folder, 'commit', '--quiet', '--allow-empty', '-m', message);
  return gitIn(folder, 'rev-parse', 'HEAD');
}

export interface TempRepo {
  path: string;
  git: (...args: string[]) => string;
  /** Writes files, commits, returns the id. */
  commit: (files: Record<string, string>, message?: string) => string;
}

/** A repository as a user has it: branch `main`, an identity, one commit with the given files. */
export function makeRepo(path: string, files: Record<string, string> = { 'readme.md': 'Hello\n' }): TempRepo {
  mkdirSync(path, { recursive: true });
  gitIn(path, 'init', '--quiet', '--initial-branch=main');
  gitIn(path, 'config', 'user.name', 'Ursula User');
  gitIn(path, 'config', 'user.email', 'ursula@example.test');
  const repo: TempRepo = {
    path,
    git: (...args) => gitIn(path, ...args),
    commit: (more, message) => commitIn(path, more, message),
  };
  repo.commit(files, 'Start');
  return repo;
}

/**
 * A fingerprint of all that must not change in a user's repository: every file of the work tree and of `.git`, besides the
 * objects (which may be added to) and the named ref with its log.
 */
export function fingerprint(path: string, exceptRef?: string): Record<string, string> {
  const prints: Record<string, string> = {};
  const except = exceptRef === undefined ? [] : [`.git/${exceptRef}`, `.git/logs/${exceptRef}`];
  for (const entry of readdirSync(path, { recursive: true, withFileTypes: true })) {
    const file = join(entry.parentPath, entry.name);
    const name = file.slice(path.length + 1);
    if (!entry.isFile() || name.startsWith('.git/objects/') || except.includes(name)) continue;
    prints[name] = createHash('sha256').update(readFileSync(file)).digest('hex');
  }
  return prints;
}
