import { lstatSync, mkdirSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { messageOf } from '../errors.ts';
import type { Git } from './git.ts';

/** How much of the files that are not committed is saved, in bytes. */
export interface Most {
  file: number;
  total: number;
}

/** Bigger things are products of builds and dumps that somebody forgot to ignore; git would hash and keep them for ever. */
export const MOST: Most = { file: 100 << 20, total: 1 << 30 };

export interface Bulk {
  /** From the top of the work tree. */
  path: string;
  bytes: number;
}

/**
 * Which of the changed and new files (`paths`, and what git finds changed) are too much to be saved: each that is bigger than
 * `most.file`, and the biggest ones until the rest is below `most.total`.
 */
export async function bulkOf(
  git: Git,
  paths: readonly string[],
  { folder, env, most }: { folder: string; env: Record<string, string>; most: Most },
): Promise<Bulk[]> {
  const changed = await git.run(['ls-files', '--modified', '-z'], { env, ok: [0, 128] });
  const all = [...new Set([...paths, ...changed.stdout.split('\0')])].filter((path) => path !== '');
  const sized = all.map((path) => ({ path, bytes: bytesOf(join(folder, path)) }));
  const smallFirst = sized.toSorted((one, other) => one.bytes - other.bytes);
  let total = 0;
  return smallFirst.filter(({ bytes }) => {
    total += bytes;
    return bytes > most.file || (bytes > 0 && total > most.total);
  });
}

function bytesOf(path: string): number {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  return stat?.isFile() ? stat.size : 0;
}

/** Moves files out of a work tree that is about to be reset, into a folder of the same file system; says what could not be. */
export function setAside(bulk: readonly Bulk[], from: string, to: string): string[] {
  return bulk.flatMap(({ path }) => {
    try {
      mkdirSync(dirname(join(to, path)), { recursive: true, mode: 0o700 });
      renameSync(join(from, path), join(to, path));
      return [];
    } catch (error) {
      return [`${path}: ${messageOf(error)}`];
    }
  });
}

/** What was left out, for the message of the commit that the rest is saved in. */
export const leftOutText = (bulk: readonly Bulk[], kept: string | undefined): string[] =>
  bulk.length === 0
    ? []
    : [
        `Left out, since it is too big${kept === undefined ? '' : ` (moved to ${kept})`}:`,
        ...bulk.slice(0, 100).map(({ path, bytes }) => `  ${Math.ceil(bytes / (1 << 20))} MiB ${path}`),
      ];
