import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** What a folder takes on the disk, in bytes. What goes away meanwhile does not count. */
export async function bytesOf(folder: string): Promise<number> {
  let sum = 0;
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) sum += await bytesOf(path);
    else sum += ((await lstat(path).catch(() => undefined))?.blocks ?? 0) * BLOCK;
  }
  return sum;
}

/** What `blocks` of a stat counts in, on every system. */
const BLOCK = 512;
