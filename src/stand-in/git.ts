import { execFileSync } from 'node:child_process';

/** Runs git as an agent would: in its folder, with its environment. Throws with what git said. */
export function git(cwd: string, args: readonly string[], input?: string): string {
  return execFileSync('git', args, {
    cwd,
    encoding: 'utf8',
    stdio: ['pipe', 'pipe', 'pipe'],
    ...(input === undefined ? {} : { input }),
  }).trim();
}

/** The branch that is checked out; empty if none is, or outside of git. */
export function currentBranch(cwd: string): string {
  try {
    return git(cwd, ['symbolic-ref', '--quiet', '--short', 'HEAD']);
  } catch {
    return '';
  }
}

/** Paths with changes that no commit has, ignored ones left out; none outside of git. */
export function changedPaths(cwd: string): string[] {
  const list = ['ls-files', '-z', '--modified', '--deleted', '--others', '--exclude-standard'];
  try {
    const staged = git(cwd, ['diff', '--cached', '--name-only', '-z']);
    return [...new Set(`${staged}\0${git(cwd, list)}`.split('\0'))].filter((path) => path !== '');
  } catch {
    return [];
  }
}

/** Commits all changes except in `foreign` paths; undefined if there are none, else git's one-line answer. */
export function commitAll(cwd: string, message: string, foreign: ReadonlySet<string>): string | undefined {
  const paths = changedPaths(cwd).filter((path) => !foreign.has(path));
  if (paths.length === 0) return undefined;
  git(cwd, ['add', '-A', '--pathspec-from-file=-', '--pathspec-file-nul'], paths.join('\0'));
  return git(cwd, ['commit', '--quiet', '-m', message]) || git(cwd, ['log', '-1', '--oneline']);
}
