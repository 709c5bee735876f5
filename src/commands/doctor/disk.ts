import { statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { sizeText } from '../../size.ts';
import { error, ok, warning } from './check.ts';
import type { Check, Finding } from './check.ts';
import { nearestFolder } from './probe.ts';

/** Below the first nothing can be relied on; below the second a night of worktrees may fill the disk. */
const LEAST_BYTES = 2 ** 30;
const COMFORTABLE_BYTES = 5 * 2 ** 30;
const LEAST_FILES = 100_000;

/** Free space where the worktrees and the temporary files go. */
export const disk: Check = {
  name: 'disk',
  look: ({ home }) => [...(home ? spaceIn(nearestFolder(home.folder)) : []), ...spaceIn(tmpdir())],
};

function spaceIn(folder: string): Finding[] {
  const { bavail, bsize, files, ffree } = statfsSync(folder);
  const free = bavail * bsize;
  const found: Finding[] = [];
  const todo = 'free some, or use a home on another disk';
  if (free < LEAST_BYTES) found.push(error(`${sizeText(free)} are free in ${folder}`, todo));
  else if (free < COMFORTABLE_BYTES) {
    const what = `${sizeText(free)} are free in ${folder}; every agent has a copy of the tree and what setup makes`;
    found.push(warning(what, todo));
  }
  // Some file systems make room for files as they need it, and say 0.
  if (files > 0 && ffree < LEAST_FILES) {
    found.push(warning(`only ${ffree} more files can be made in ${folder} (inodes)`, todo));
  }
  return found.length > 0 ? found : [ok(`${sizeText(free)} free in ${folder}`)];
}
