import { copyFileSync, existsSync, lstatSync, mkdirSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Git } from './git.ts';
import type { Worktree } from './worktree.ts';

/** In the user's repository: patterns, as in .gitignore, of ignored files that every work tree gets a copy of. */
const LIST = '.worktreeinclude';

/** It is meant for small files with settings; what is bigger is left out. */
const MOST_BYTES = 10 << 20;
const MOST_FILES = 1000;

/**
 * Copies the ignored files that the user's `.worktreeinclude` names into a work tree, over older copies. Only what is ignored in
 * the work tree too: nothing of it can be committed by accident.
 */
export async function include(worktree: Worktree): Promise<void> {
  const from = worktree.depot.rig.path;
  const list = join(from, LIST);
  if (!lstatSync(list, { throwIfNoEntry: false })?.isFile()) return;
  const users = new Git(from);
  const named = await paths(users, ['--exclude-from', list]);
  const ignored = new Set(await paths(users, ['--exclude-standard']));
  const both = named.filter((path) => ignored.has(path)).slice(0, MOST_FILES);
  const wanted = both.filter((path) => isNew(join(from, path), join(worktree.path, path)));
  if (wanted.length === 0) return;
  const input = wanted.map((path) => `${path}\0`).join('');
  const checked = await worktree.git.run(['check-ignore', '-z', '--stdin'], { input, ok: [0, 1] });
  for (const path of checked.stdout.split('\0').filter((one) => one !== '')) copy(from, worktree.path, path);
}

async function paths(git: Git, exclude: string[]): Promise<string[]> {
  const listed = await git.run(['ls-files', '--others', '--ignored', '-z', ...exclude], { ok: [0, 128] });
  return listed.stdout.split('\0').filter((path) => path !== '' && !path.endsWith('/'));
}

function isNew(from: string, to: string): boolean {
  const [there, here] = [from, to].map((path) => lstatSync(path, { throwIfNoEntry: false }));
  if (!there?.isFile() || there.size > MOST_BYTES) return false;
  return here === undefined || (here.isFile() && (here.size !== there.size || here.mtimeMs < there.mtimeMs));
}

/** An agent may have put a link where a folder was: nothing is written outside of the tree. */
function copy(from: string, to: string, path: string): void {
  const target = join(to, path);
  const folder = dirname(target);
  if (!existsSync(folder)) mkdirSync(folder, { recursive: true });
  const real = realpathSync(folder);
  if (real !== to && !real.startsWith(`${to}/`)) return;
  copyFileSync(join(from, path), target);
}
