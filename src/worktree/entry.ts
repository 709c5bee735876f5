import { existsSync, lstatSync, readdirSync, readlinkSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { randomText } from '../clock.ts';
import { makeFolder, readSmallFile } from '../durable.ts';
import { HarnessError } from '../errors.ts';
import { folderOf, processes } from '../process.ts';
import { until } from '../stop.ts';
import { makeOwnFolder } from './view.ts';

/**
 * What git keeps about a worktree inside the depot (`depot.git/worktrees/<name>/`), and the `.git` file that points
 * there. Agents and their tools damage both; all that is in these files is known, so they are written anew.
 */
export interface Entry {
  /** The worktree. */
  path: string;
  /** Its folder inside the depot. */
  gitDir: string;
  /** The view that its agent sees the depot through. */
  view: string;
}

/** Operations that a killed agent leaves half done, by the file or folder that says so. */
const UNFINISHED: Record<string, string> = {
  MERGE_HEAD: 'merge',
  CHERRY_PICK_HEAD: 'cherry-pick',
  REVERT_HEAD: 'revert',
  'rebase-merge': 'rebase',
  'rebase-apply': 'rebase',
  BISECT_LOG: 'bisect',
};

/** What goes with those operations. */
const LEFTOVERS =
  /^(MERGE_|AUTO_MERGE|SQUASH_MSG|CHERRY_PICK_HEAD|REVERT_HEAD|REBASE_HEAD|BISECT_|rebase-|sequencer$)/;

const HEAD = /^(?:ref: refs\/\S+|[0-9a-f]{40}|[0-9a-f]{64})\n$/;

/** No file of git's that is read here is longer, in bytes. */
const MOST_BYTES = 1 << 16;

/** The text of a small plain file; undefined for whatever else an agent put in its place. */
export const textOf = (file: string): string | undefined => {
  const stat = lstatSync(file, { throwIfNoEntry: false });
  return stat?.isFile() && stat.size <= MOST_BYTES ? readSmallFile(file, MOST_BYTES) : undefined;
};

/** Which operation was begun and not ended, if any. */
export function unfinishedIn(entry: Entry): string | undefined {
  const name = Object.keys(UNFINISHED).find((file) => existsSync(join(entry.gitDir, file)));
  return name === undefined ? undefined : UNFINISHED[name];
}

/**
 * Repairs what can be damaged: a missing or foreign `.git`, a folder that is gone or is a link, entry files that are
 * gone or wrong. `head` is where HEAD is set if it cannot be read. True if the work tree is empty and must be filled.
 */
export function mendEntry(entry: Entry, head: string): boolean {
  makeOwnFolder(entry.gitDir);
  dropForeign(entry);
  put(join(entry.gitDir, 'commondir'), `${entry.view}\n`);
  put(join(entry.gitDir, 'gitdir'), `${join(entry.path, '.git')}\n`);
  if (!HEAD.test(textOf(join(entry.gitDir, 'HEAD')) ?? '')) put(join(entry.gitDir, 'HEAD'), `${head}\n`);
  rmSync(join(entry.gitDir, 'config.worktree'), { force: true, recursive: true });
  const stat = lstatSync(entry.path, { throwIfNoEntry: false });
  if (stat && !stat.isDirectory()) setAside(entry.path);
  makeFolder(entry.path);
  const dot = join(entry.path, '.git');
  if (lstatSync(dot, { throwIfNoEntry: false })?.isDirectory()) setAside(dot, `${entry.path}.git`);
  put(dot, `gitdir: ${entry.gitDir}\n`);
  return !stat?.isDirectory();
}

/**
 * Removes from an entry what git would wait for (a FIFO), follow (a link) or stumble over (a folder where it has a file): git
 * itself makes nothing of the kind, and none of it is work.
 */
export function dropForeign({ gitDir }: Entry): void {
  if (!lstatSync(gitDir, { throwIfNoEntry: false })?.isDirectory()) return;
  for (const one of readdirSync(gitDir, { withFileTypes: true })) {
    const isGits = one.isDirectory() ? !/^(?:index|[A-Z][A-Z_]*)$/.test(one.name) : one.isFile();
    if (!isGits) rmSync(join(gitDir, one.name), { recursive: true, force: true });
  }
}

/** Writes a small file unless it says that already. What lies in its way is removed: no link is followed. */
function put(file: string, text: string): void {
  if (textOf(file) === text) return;
  rmSync(file, { recursive: true, force: true });
  writeFileSync(file, text, { flag: 'wx', mode: 0o600 });
}

/** Where the hook of a view reads which branch is its agent's own. */
export const ownFileOf = (gitDir: string): string => join(gitDir, 'harness-branch');

/**
 * Says which branch is the agent's own from now on (none: no reserved one), and begins its log in the agent's view: what it does
 * with the branch is then written there by git itself.
 */
export function noteOwn(entry: Entry, ref: string | undefined, commit: string): void {
  put(ownFileOf(entry.gitDir), `${ref ?? ''}\n`);
  rmSync(join(entry.gitDir, 'logs'), { force: true, recursive: true });
  if (ref === undefined) return;
  const log = join(entry.view, 'logs', ref);
  let folder = entry.view;
  for (const part of ['logs', ...ref.split('/').slice(0, -1)]) makeOwnFolder((folder = join(folder, part)));
  put(log, `${'0'.repeat(commit.length)} ${commit} harness <harness> 0 +0000\tharness: begin\n`);
}

/** Renames what does not belong here, since it may hold work; `worktree list` shows it. */
function setAside(path: string, as = path): void {
  renameSync(path, `${as}.kept-${randomText(6)}`);
}

/** Forgets half-done operations, so that git switches again. What they held must be saved before. */
export function dropUnfinished(entry: Entry): void {
  for (const name of readdirSync(entry.gitDir)) {
    if (LEFTOVERS.test(name)) rmSync(join(entry.gitDir, name), { recursive: true, force: true });
  }
  rmSync(join(entry.gitDir, 'refs', 'bisect'), { recursive: true, force: true });
}

/**
 * Removes lock files that a killed git left. A lock is stale when no process has it open and no git works in the tree (git
 * closes the file while its hooks run, but keeps the lock). Throws a HarnessError if somebody still holds one after 2 s.
 */
export async function dropStaleLocks(entry: Entry): Promise<void> {
  await dropLocks(() => locksIn(entry.gitDir), entry.path);
}

/**
 * The same for refs and settings of the depot itself, that is for all worktrees; for a coordinator that has ended what
 * earlier ones left running, before anything of its own runs there.
 */
export async function dropStaleRefLocks(gitDir: string): Promise<void> {
  const locks = () => [...locksIn(gitDir), ...locksIn(join(gitDir, 'refs'), { recursive: true })];
  await dropLocks(locks, gitDir);
}

function locksIn(folder: string, { recursive = false } = {}): string[] {
  const names = readdirSync(folder, { recursive, encoding: 'utf8' });
  return names.filter((name) => name.endsWith('.lock')).map((name) => join(folder, name));
}

async function dropLocks(locks: () => string[], folder: string): Promise<void> {
  if (locks().length === 0) return;
  let holder: number | undefined;
  const free = await until(() => (holder = holderOf(locks(), folder)) === undefined, 2_000, 100);
  if (!free)
    throw new HarnessError('failed', `${folder} is locked by a running git (pid ${holder}); wait or end it`);
  for (const lock of locks()) rmSync(lock, { force: true });
}

function holderOf(locks: string[], folder: string): number | undefined {
  if (locks.length === 0) return undefined;
  return processes().find(({ pid }) => {
    const at = folderOf(pid);
    const isGit = basename(linkOf(`/proc/${pid}/exe`)) === 'git';
    if (isGit && at !== undefined && `${at}/`.startsWith(`${folder}/`)) return true;
    return openFiles(pid).some((file) => locks.includes(file));
  })?.pid;
}

function openFiles(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).map((fd) => linkOf(`/proc/${pid}/fd/${fd}`));
  } catch {
    return []; // gone, or another user's
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
