import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Git } from './git.ts';

/** How much a commit changed against its first parent. */
export interface Change {
  files: number;
  added: number;
  removed: number;
}

/**
 * What each of these commits of a depot changed, by its id; without those that are not (any more) there. Looks only: nothing
 * is made or mended, so it may run beside a coordinator. Throws a GitError for what is no depot.
 */
export async function changesOf(gitDir: string, commits: readonly string[]): Promise<Map<string, Change>> {
  const view = join(gitDir, 'view');
  if (commits.length === 0 || !existsSync(view)) return new Map();
  const git = new Git(gitDir, { gitDir: view, commonDir: view });
  const known = await git.run(['cat-file', '--batch-check=%(objecttype) %(objectname)'], {
    input: `${commits.join('\n')}\n`,
  });
  const there = known.stdout
    .split('\n')
    .flatMap((line) => (line.startsWith('commit ') ? [line.slice(7)] : []));
  const diff = await git.run(
    ['diff-tree', '--stdin', '--root', '-r', '-m', '--first-parent', '--no-ext-diff', '--shortstat'],
    { input: there.map((id) => `${id}\n`).join('') },
  );
  return shortstats(diff.stdout);
}

/** Reads ids with the `--shortstat` line that may follow them; a commit that changed nothing has none. */
export function shortstats(text: string): Map<string, Change> {
  const changes = new Map<string, Change>();
  let commit = '';
  for (const line of text.split('\n')) {
    const id = /^([0-9a-f]{40,64})\b/.exec(line)?.[1];
    if (id !== undefined) changes.set((commit = id), { files: 0, added: 0, removed: 0 });
    else if (/ files? changed/.test(line)) changes.set(commit, statOf(line));
  }
  return changes;
}

const statOf = (line: string): Change => ({
  files: numberIn(line, /(\d+) files? changed/),
  added: numberIn(line, /(\d+) insertions?/),
  removed: numberIn(line, /(\d+) deletions?/),
});

const numberIn = (line: string, pattern: RegExp): number => Number(pattern.exec(line)?.[1] ?? 0);
