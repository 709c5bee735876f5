import type { Git } from './git.ts';

/**
 * Files that are marked in the index (`--assume-unchanged`, `--skip-worktree`) so that git does not look at them; undefined if
 * the index cannot be read. `env` may name another index.
 */
export async function hiddenFiles(git: Git, env: Record<string, string> = {}): Promise<string[] | undefined> {
  const listed = await git.run(['ls-files', '-v', '-z'], { ok: [0, 128], env });
  if (listed.code !== 0) return undefined;
  return listed.stdout.split('\0').flatMap((line) => (/^[a-zS] /.test(line) ? [line.slice(2)] : []));
}

/**
 * Takes those marks off: changes in such files would be neither seen, nor saved, nor undone. False if the index cannot be
 * read, or names files by bytes that are no text.
 */
export async function unhide(git: Git, env: Record<string, string> = {}): Promise<boolean> {
  const hidden = await hiddenFiles(git, env);
  if (hidden === undefined || hidden.length === 0) return hidden !== undefined;
  const input = hidden.map((path) => `${path}\0`).join('');
  for (const mark of ['--no-assume-unchanged', '--no-skip-worktree']) {
    const done = await git.run(['update-index', mark, '-z', '--stdin'], { input, env, ok: [0, 128] });
    if (done.code !== 0) return false;
  }
  return true;
}
