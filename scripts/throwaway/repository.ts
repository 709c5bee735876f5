import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('repository', import.meta.url));

/** Runs git in a folder and returns what it printed. */
export function git(folder: string, ...args: string[]): string {
  return execFileSync('git', args, {
    cwd: folder,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  }).trim();
}

/** Makes a git repository of the small program at `folder`, with one commit on `main` and an identity of its own. */
export function makeRepository(folder: string): void {
  cpSync(PROGRAM, folder, { recursive: true });
  git(folder, 'init', '--quiet', '--initial-branch=main');
  git(folder, 'config', 'user.name', 'Demo');
  git(folder, 'config', 'user.email', 'demo@example.invalid');
  git(folder, 'add', '--all');
  git(folder, 'commit', '--quiet', '--message=Add eight functions that are not right yet');
}

/** How many of the program's own tests pass and fail in a folder. */
export function runTests(folder: string): { passed: number; failed: number } {
  // Inside of another test run Node.js would report to that one instead of printing.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const run = spawnSync(process.execPath, ['--test', '--test-reporter=tap'], {
    cwd: folder,
    encoding: 'utf8',
    env,
  });
  const count = (word: string): number => Number(new RegExp(`^# ${word} (\\d+)$`, 'm').exec(run.stdout)?.[1]);
  return { passed: count('pass'), failed: count('fail') };
}
