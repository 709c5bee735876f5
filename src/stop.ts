import { monotonicMs, sleep } from './clock.ts';
import { descendantsOf, folderOf, isAlive, markerOf, processes } from './process.ts';
import type { ProcessIdentity, ProcessView } from './process.ts';

/** How to recognise what belongs to a stopped process after it is gone. */
export interface Belongings {
  /** Exact value of the marker in the environment, e.g. `r1x2.a1`. */
  marker?: string;
  /**
   * A folder of ours: what works in or below it belongs if it has no marker, of anybody (a tool that left its parent may
   * have scrubbed its environment), no terminal, and is not older than `since` (`ProcessIdentity.start`).
   */
  folder?: { path: string; since: string };
  /** Descendants seen earlier (a tool may leave its session and scrub its environment). */
  known?: readonly ProcessIdentity[];
  /** Processes to leave alone, by pid (the caller's own is always left alone). */
  spare?: ReadonlySet<number>;
}

/** Waits until a condition holds, looking every `stepMs`; false if it still does not after `limitMs`. */
export async function until(holds: () => boolean, limitMs: number, stepMs = 20): Promise<boolean> {
  const end = monotonicMs() + limitMs;
  while (!holds()) {
    if (monotonicMs() >= end) return false;
    await sleep(stepMs);
  }
  return true;
}

/**
 * Ends a process that leads a group of its own, and all that belongs to it: TERM (and CONT, since a stopped process
 * cannot handle TERM), `graceMs` of patience, KILL to the group, then a sweep of what escaped the group.
 * Returns what could not be ended. May be called twice.
 */
export async function stopTree(
  leader: ProcessIdentity,
  belongings: Belongings,
  graceMs: number,
): Promise<ProcessView[]> {
  const known = [...(belongings.known ?? []), ...descendantsOf(leader.pid)];
  if (isAlive(leader)) {
    signal(leader.pid, 'SIGTERM');
    signal(leader.pid, 'SIGCONT');
    await until(() => !isAlive(leader), graceMs);
    if (isAlive(leader)) {
      signal(-leader.pid, 'SIGKILL');
      await until(() => !isAlive(leader), 2_000);
    }
  }
  return sweep({ ...belongings, known });
}

/**
 * Kills whatever belongs, until two looks in a row find nothing; gives up after 5 s and returns what is left.
 * Processes are matched by evidence (marker, folder, recorded identity), never by name.
 */
export async function sweep(belongings: Belongings): Promise<ProcessView[]> {
  const end = monotonicMs() + 5_000;
  let left = remaining(belongings);
  for (let empty = 0; empty < 2 && monotonicMs() < end; left = remaining(belongings)) {
    empty = left.length === 0 ? empty + 1 : 0;
    for (const one of left) if (isAlive(one)) signal(one.pid, 'SIGKILL');
    await sleep(15);
  }
  return left;
}

/** What now lives and belongs. */
export function remaining(belongings: Belongings): ProcessView[] {
  const { marker, folder, known = [], spare } = belongings;
  const recorded = new Map(known.map((one) => [one.pid, one.start]));
  return processes().filter((one) => {
    if (one.pid === process.pid || spare?.has(one.pid)) return false;
    if (recorded.get(one.pid) === one.start) return true;
    if (marker !== undefined && markerOf(one.pid) === marker) return true;
    return folder !== undefined && worksIn(one, folder);
  });
}

function worksIn(one: ProcessView, { path, since }: { path: string; since: string }): boolean {
  if (one.terminal || Number(one.start) < Number(since)) return false;
  const at = folderOf(one.pid);
  return at !== undefined && `${at}/`.startsWith(`${path}/`) && markerOf(one.pid) === undefined;
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It is gone, which is what was wanted.
  }
}
