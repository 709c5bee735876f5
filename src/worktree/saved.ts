import { lstatSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { HarnessError } from '../errors.ts';
import type { Depot } from './depot.ts';
import { COPY_TIMEOUT_MS, FETCH, Git } from './git.ts';
import { ATTEMPT_REFS, attemptIn, foreignRef, NOTHING } from './refs.ts';

/** Work of an attempt that is kept in a depot: its branch, or what it had not committed. */
export interface Saved {
  item: string;
  attempt: number;
  kind: 'branch' | 'uncommitted';
  ref: string;
  commit: string;
  /** When it was saved; wall clock, ms. */
  savedMs: number;
  subject: string;
}

const FORMAT = '%(refname)%00%(objectname)%00%(committerdate:unix)%00%(contents:subject)';

/** All saved work of a depot, by attempt; of one item if it is named. */
export async function savedIn(depot: Depot, item?: string): Promise<Saved[]> {
  const list = await depot.git.text(['for-each-ref', `--format=${FORMAT}`, ...ATTEMPT_REFS]);
  const saved = list.split('\n').flatMap((line): Saved[] => {
    const [ref = '', commit = '', seconds = '', subject = ''] = line.split('\0');
    const of = attemptIn(ref);
    if (!of || (item !== undefined && of.item !== item)) return [];
    const kind = ref.startsWith('refs/heads/') ? 'branch' : 'uncommitted';
    return [{ ...of, kind, ref, commit, savedMs: Number(seconds) * 1000, subject }];
  });
  // What was not committed is on top of what was.
  const rank = ({ kind }: Saved) => Number(kind === 'uncommitted');
  return saved.toSorted(
    (one, other) => one.attempt - other.attempt || rank(one) - rank(other) || one.savedMs - other.savedMs,
  );
}

const DIFF = ['diff', '--no-ext-diff', '--no-textconv', '--no-color', '--stat', '--patch'];

/** What saved work changed: uncommitted work against the commit it was done on, a branch against where it was cut from. */
export async function changeOf(depot: Depot, { kind, commit }: Saved): Promise<string> {
  const parted =
    kind === 'branch' ? ['merge-base', await depot.target(), commit] : ['rev-parse', `${commit}^1`];
  const from = (await depot.git.run(parted, { ok: [0, 1, 128] })).stdout.trim();
  return from === '' ? '' : depot.git.text([...DIFF, from, commit, '--']);
}

/**
 * Makes saved work a branch of the user's repository, which must not exist yet. Nothing else is touched there.
 * HarnessError('usage') for a name that is taken or none.
 */
export async function restore(depot: Depot, { ref, commit }: Saved, name: string): Promise<void> {
  const users = new Git(depot.commonDir, { gitDir: depot.commonDir });
  const checked = await users.run(['check-ref-format', '--branch', name], { ok: [0, 1, 128] });
  if (checked.code !== 0)
    throw new HarnessError('usage', `${JSON.stringify(name)} is not a name for a branch`);
  await users.run([...FETCH, depot.ownView, ref], { timeoutMs: COPY_TIMEOUT_MS });
  const args = [
    'update-ref',
    '--create-reflog',
    '-m',
    'harness: recover',
    `refs/heads/${name}`,
    commit,
    NOTHING,
  ];
  const made = await users.run(args, { ok: [0, 128] });
  if (made.code === 0) return;
  if (!/already exists|cannot lock ref/.test(made.stderr))
    throw new HarnessError('failed', `${depot.rig.path}: ${made.stderr.trim()}`);
  throw new HarnessError('usage', `${depot.rig.path} has a branch ${name} already; give it another name`);
}

/**
 * Forgets uncommitted work that was saved before `beforeMs`, of items for which `isOver` says so, and what was moved out of the
 * way or put back then; branches stay. Returns how much that was.
 */
export async function forgetSaved(
  depot: Depot,
  beforeMs: number,
  isOver: (item: string) => boolean,
): Promise<number> {
  const old = (await savedIn(depot)).filter(
    ({ kind, item, savedMs }) => kind === 'uncommitted' && savedMs < beforeMs && isOver(item),
  );
  if (old.length > 0) await depot.transact(old.map(({ ref, commit }) => `delete ${ref} ${commit}`));
  return old.length + (await forgetForeign(depot, beforeMs)) + forgetKept(depot, beforeMs, isOver);
}

async function forgetForeign(depot: Depot, beforeMs: number): Promise<number> {
  const args = ['for-each-ref', '--format=%(refname) %(objectname) %(committerdate:unix)', foreignRef('')];
  const refs = (await depot.git.text(args)).split('\n').map((line) => line.split(' '));
  const old = refs.filter(([ref, , seconds]) => ref !== '' && Number(seconds) * 1000 < beforeMs);
  if (old.length > 0) await depot.transact(old.map(([ref, id]) => `delete ${ref} ${id}`));
  return old.length;
}

/** Files that were too big for git, by attempt. */
function forgetKept(depot: Depot, beforeMs: number, isOver: (item: string) => boolean): number {
  const kept = join(depot.folder, '.kept');
  const folders = lstatSync(kept, { throwIfNoEntry: false })?.isDirectory() ? readdirSync(kept) : [];
  const old = folders.filter((name) => {
    const item = name.replace(/\.\d+$/, '');
    return lstatSync(join(kept, name)).mtimeMs < beforeMs && isOver(item);
  });
  for (const name of old) rmSync(join(kept, name), { recursive: true, force: true });
  return old.length;
}
