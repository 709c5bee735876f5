/** Reads `git status --porcelain=v2 --branch -z`. Pure. */

export interface Status {
  /** The commit id of HEAD; undefined on a branch without a commit. */
  head?: string;
  /** The branch that HEAD is on, without `refs/heads/`; undefined if it is detached. */
  branch?: string;
  /** Paths that differ from HEAD in any way, untracked ones too; ignored ones not. */
  dirty: string[];
}

/** The arguments that give what `parseStatus` reads, whatever the user's own configuration shows by default. */
export const STATUS = [
  'status',
  '--porcelain=v2',
  '--branch',
  '-z',
  '--untracked-files=all',
  '--ignore-submodules=none',
  '--no-renames',
];

/** Fields before the path, by the kind of line: changed, renamed, unmerged, untracked. */
const FIELDS: Record<string, number> = { '1': 8, '2': 9, u: 10, '?': 1 };

export function parseStatus(text: string): Status {
  const status: Status = { dirty: [] };
  const lines = text.split('\0');
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? '';
    const [, name, value] = /^# branch\.(oid|head) (.*)$/s.exec(line) ?? [];
    if (name === 'oid' && value !== undefined && !value.startsWith('(')) status.head = value;
    if (name === 'head' && value !== undefined && value !== '(detached)') status.branch = value;
    const fields = FIELDS[line[0] ?? ''];
    if (fields !== undefined) status.dirty.push(line.split(' ').slice(fields).join(' '));
    if (line.startsWith('2 ')) at++; // the old name follows as a line of its own
  }
  return status;
}

/** Reads `git diff --numstat -z --no-renames`: the files of a change, and how many lines came and went. */
export function parseNumstat(text: string): {
  diffStat: { files: number; insertions: number; deletions: number };
  paths: string[];
} {
  const diffStat = { files: 0, insertions: 0, deletions: 0 };
  const paths: string[] = [];
  for (const line of text.split('\0')) {
    // Binary files have a dash in place of a number.
    const [, came, went, path] = /^\n*(\d+|-)\t(\d+|-)\t(.+)$/s.exec(line) ?? [];
    if (path === undefined) continue;
    paths.push(path);
    diffStat.files++;
    diffStat.insertions += Number(came) || 0;
    diffStat.deletions += Number(went) || 0;
  }
  return { diffStat, paths };
}
