import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { writeFileSync } from 'node:fs';
import { SMALL_DISK } from './injure.ts';

/** Set in a process whose folder is a small file system of its own. */
const INSIDE = 'HARNESS_SOAK_DISK';
const SIZE = '512m';

/** What is run as root of a user namespace that has one more mount. */
const MOUNT = `mount -t tmpfs -o size=${SIZE},mode=700 harness-soak "$0" && exec "$@"`;

/** Whether this process has a small disk under it. */
export const isOnSmallDisk = (env: Record<string, string | undefined>): boolean => env[INSIDE] === '1';

/** Whether this machine lets a user mount a file system in a namespace of his own. */
export function canMount(folder: string): boolean {
  const argv = ['-Urm', 'sh', '-c', MOUNT, folder, 'true'];
  return spawnSync('unshare', argv, { stdio: 'ignore' }).status === 0;
}

/** Starts this very program again, on a small disk that is mounted on the folder; resolves with its exit code. */
export function onSmallDisk(folder: string): Promise<number> {
  const self = [process.execPath, ...process.execArgv, ...process.argv.slice(1)];
  const child = spawn('unshare', ['-Urm', 'sh', '-c', MOUNT, folder, ...self], {
    stdio: 'inherit',
    env: { ...process.env, [INSIDE]: '1', HARNESS_SOAK_FOLDER: folder },
  });
  return new Promise((done, fail) => {
    child.once('error', fail);
    child.once('exit', (code) => done(code ?? 1));
  });
}

/** Says beside the world that its disk may be filled. */
export const markSmallDisk = (folder: string): void => writeFileSync(join(folder, SMALL_DISK), '');
