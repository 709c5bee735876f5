import { existsSync, lstatSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { randomText } from '../clock.ts';
import { makeFolder, readSmallFile } from '../durable.ts';
import type { Depot } from './depot.ts';
import { bytesOf } from './disk.ts';
import { attemptIn } from './refs.ts';
import { rescue } from './rescue.ts';
import { Worktree } from './worktree.ts';

/** A work tree of a rig, as it lies on the disk. */
export interface Tree {
  name: string;
  path: string;
  /** What it is for: an agent, or checks. */
  use: 'agent' | 'checks';
  /** The branch that is checked out, without `refs/heads/`; undefined on none. */
  branch: string | undefined;
  bytes: number;
}

/** The work trees below `worktrees/<rig>`, by name. Changes nothing. */
export async function treesIn(folder: string): Promise<Tree[]> {
  const entries = join(folder, 'depot.git', 'worktrees');
  const names = existsSync(entries) ? readdirSync(entries).toSorted() : [];
  const trees: Tree[] = [];
  for (const name of names) {
    const path = join(folder, name);
    if (!existsSync(path)) continue;
    const head = readSmallFile(join(entries, name, 'HEAD'), 4096) ?? '';
    const branch = /^ref: refs\/heads\/(.+)\n$/.exec(head)?.[1];
    const use = name.startsWith('spare-') ? 'checks' : 'agent';
    trees.push({ name, path, use, branch, bytes: await bytesOf(path) });
  }
  return trees;
}

/**
 * Removes a work tree with all that belongs to it; its commits stay in the depot, and what is not committed is saved first. False
 * if that cannot be filed under an attempt: then the tree stays. Only while no coordinator runs. `teardown` is called before.
 */
export async function removeTree(
  depot: Depot,
  name: string,
  teardown: (tree: Worktree) => Promise<void>,
): Promise<boolean> {
  const tree = await Worktree.ensure(depot, name);
  if (!tree.isUnused && !(await isSaved(tree))) return false;
  await teardown(tree);
  for (const gone of [tree.path, tree.entry.gitDir, tree.entry.view, join(depot.folder, '.tmp', name)])
    rmSync(gone, { recursive: true, force: true, maxRetries: 3 });
  return true;
}

async function isSaved(tree: Worktree): Promise<boolean> {
  const { branch, dirty } = await tree.status();
  const of = branch === undefined ? undefined : attemptIn(`refs/heads/${branch}`);
  if (!of) return dirty.length === 0;
  await rescue(tree, of, { keepIn: join(tree.depot.folder, '.kept', `${of.item}.${of.attempt}`) });
  return true;
}

/** Moves a work tree and what git knows of it out of the way, whole; returns where it is. What worked in it must have ended. */
export function setTreeAside(depot: Depot, name: string): string {
  const aside = join(depot.folder, '.kept', `${name}.${randomText(6)}`);
  makeFolder(aside);
  for (const [from, to] of [
    [join(depot.folder, name), 'tree'],
    [join(depot.gitDir, 'worktrees', name), 'entry'],
  ] as const) {
    if (lstatSync(from, { throwIfNoEntry: false })) renameSync(from, join(aside, to));
  }
  return aside;
}
