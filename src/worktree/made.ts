import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Git } from './git.ts';
import { verifyCommitId } from './refs.ts';

/** What was made between two commits: its commits, and the files that differ at the end. */
export interface Made {
  /** Newest first; merges of others' work are left out. */
  commits: { id: string; subject: string }[];
  /** How many files differ, and by how many lines. */
  files: number;
  added: number;
  removed: number;
  /** The files that differ most. */
  paths: { path: string; added: number; removed: number }[];
}

/** The two ends of what was made: whose commits count, and what is compared. */
export interface Span {
  commits: { from: string; to: string };
  tree: { from: string; to: string };
}

const MOST_COMMITS = 100;
const MOST_PATHS = 40;
const PLAIN = ['--no-ext-diff', '--no-textconv', '--no-renames'];

/** Looks at a depot without making or mending anything; undefined where there is none. */
function gitOf(gitDir: string): Git | undefined {
  const view = join(gitDir, 'view');
  return existsSync(view) ? new Git(gitDir, { gitDir: view, commonDir: view }) : undefined;
}

/** What was made, by git; undefined where there is no depot. Throws a GitError for commits that are not there. */
export async function madeIn(gitDir: string, { commits, tree }: Span): Promise<Made | undefined> {
  const git = gitOf(gitDir);
  if (!git) return undefined;
  const range = [verifyCommitId(commits.to), `^${verifyCommitId(commits.from)}`];
  const log = ['log', '--first-parent', '--no-merges', `--max-count=${MOST_COMMITS}`, '--format=%H%x09%s'];
  const said = await git.text([...log, ...range, '--']);
  const stat = [
    'diff',
    '--numstat',
    '-z',
    ...PLAIN,
    verifyCommitId(tree.from),
    verifyCommitId(tree.to),
    '--',
  ];
  const paths = (await git.run(stat)).stdout.split('\0').flatMap(pathOf);
  const sum = (of: 'added' | 'removed') => paths.reduce((all, one) => all + one[of], 0);
  return {
    commits: said.split('\n').flatMap((line) => {
      const [id = '', ...subject] = line.split('\t');
      return id === '' ? [] : [{ id, subject: subject.join('\t') }];
    }),
    files: paths.length,
    added: sum('added'),
    removed: sum('removed'),
    paths: paths
      .toSorted((one, other) => other.added + other.removed - one.added - one.removed)
      .slice(0, MOST_PATHS),
  };
}

/** A line of `--numstat`; files that are no text count as one without lines. */
function pathOf(line: string): Made['paths'] {
  const [added = '', removed = '', ...path] = line.split('\t');
  if (path.length === 0) return [];
  return [{ path: path.join('\t'), added: Number(added) || 0, removed: Number(removed) || 0 }];
}

/** The difference as a patch, cut after `most` characters; undefined where there is no depot. */
export async function patchIn(
  gitDir: string,
  { tree }: Span,
  most: number,
): Promise<{ text: string; isCut: boolean } | undefined> {
  const git = gitOf(gitDir);
  if (!git) return undefined;
  const args = ['diff', ...PLAIN, verifyCommitId(tree.from), verifyCommitId(tree.to), '--'];
  const { stdout } = await git.run(args);
  return { text: stdout.slice(0, most), isCut: stdout.length > most };
}
