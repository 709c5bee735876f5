import { join } from 'node:path';
import { groundIn } from './ground.ts';
import type { Queue } from './queue.ts';
import { listingAttempts } from './records.ts';
import { toEnd } from './steps.ts';

/** The folders of an item's attempts, oldest first; an attempt that was adopted has one for each run. */
export function attemptFolders(
  { folder }: Queue,
  id: string,
): { path: string; attempt: number; run: string }[] {
  const ground = groundIn(folder);
  return toEnd(listingAttempts(ground, id)).map(({ name, attempt, run }) => {
    return { path: join(ground.folders.attempts, id, name), attempt, run };
  });
}
