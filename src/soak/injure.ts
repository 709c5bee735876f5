import { closeSync, existsSync, openSync, readdirSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { sleep } from '../clock.ts';
import type { Fault } from './course.ts';
import type { SoakWorld } from './world.ts';

/** What is done to processes and files from outside. Each mends what it did; says whether there was something to hurt. */
type Injury = (world: SoakWorld, random: () => number, healed: AbortSignal) => Promise<boolean>;

export const INJURIES: { [K in Fault]?: Injury } = {
  'agent killed': async ({ sessions }, random) => signal(one(sessions, random), 'SIGKILL'),
  'coordinator killed': async ({ coordinator }) => signal(coordinator, 'SIGKILL'),
  'agents stopped and continued': swizzle,
  'coordinator stopped and continued': async ({ coordinator }, random, healed) => {
    const stopped = signal(coordinator, 'SIGSTOP');
    await sleep(1_000 + random() * 6_000, healed);
    signal(coordinator, 'SIGCONT');
    return stopped;
  },
  'git lock held': holdLock,
  'notifications fail': async ({ notifyDown }, _, healed) => {
    writeFileSync(notifyDown, '');
    await sleep(10_000, healed);
    rmSync(notifyDown, { force: true });
    return true;
  },
  'clock steps': async ({ clock, canStepClock }, random, healed) => {
    const steps = ['+3600', '-3600', '+86400', '-86400', '+15'];
    writeFileSync(clock, `${one(steps, random)}\n`);
    await sleep(8_000, healed);
    writeFileSync(clock, '+0\n');
    return canStepClock;
  },
  'disk full': fillDisk,
};

const one = <T>(list: readonly T[], random: () => number): T | undefined =>
  list[Math.floor(random() * list.length)];

function signal(pid: number | undefined, name: NodeJS.Signals): boolean {
  try {
    return pid !== undefined && process.kill(pid, name);
  } catch {
    return false; // it has ended by itself
  }
}

/** Stops all agents one by one, and lets them go on in another order. */
async function swizzle({ sessions }: SoakWorld, random: () => number, healed: AbortSignal): Promise<boolean> {
  const stopped: number[] = [];
  for (const pid of sessions) {
    if (signal(pid, 'SIGSTOP')) stopped.push(pid);
    await sleep(random() * 500, healed);
  }
  await sleep(1_000 + random() * 3_000, healed);
  for (const pid of stopped.toSorted(() => random() - 0.5)) {
    signal(pid, 'SIGCONT');
    await sleep(random() * 500, healed);
  }
  return stopped.length > 0;
}

/** A git that holds the index of a worktree for seconds. */
async function holdLock(world: SoakWorld, random: () => number, healed: AbortSignal): Promise<boolean> {
  const folder = join(world.home, 'worktrees/app/depot.git/worktrees');
  const tree = existsSync(folder) ? one(readdirSync(folder), random) : undefined;
  if (tree === undefined) return false;
  const lock = join(folder, tree, 'index.lock');
  try {
    writeFileSync(lock, '', { flag: 'wx' });
  } catch {
    return false; // a real one is there
  }
  await sleep(1_000 + random() * 2_000, healed);
  rmSync(lock, { force: true });
  return true;
}

/** Fills the small disk to the last byte, waits, and frees it. Never done where the disk is not our own. */
async function fillDisk({ folder }: SoakWorld, _: () => number, healed: AbortSignal): Promise<boolean> {
  if (!existsSync(join(folder, '..', SMALL_DISK))) return false;
  const ballast = join(folder, 'ballast');
  const fd = openSync(ballast, 'w', 0o600);
  let bytes = 1 << 20;
  while (bytes >= 1) {
    try {
      writeSync(fd, Buffer.alloc(bytes));
    } catch {
      bytes = Math.floor(bytes / 2);
    }
  }
  closeSync(fd);
  await sleep(5_000, healed);
  rmSync(ballast, { force: true });
  return true;
}

/** A file of this name beside the folder of the world says that the disk is small and the soak's own. */
export const SMALL_DISK = 'small-disk';
