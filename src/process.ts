import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** Who a process is: a pid alone may be reused, so it goes with its start time and the machine's boot. */
export interface ProcessIdentity {
  pid: number;
  /** Start time in clock ticks since boot (field 22 of /proc/PID/stat). */
  start: string;
  boot: string;
}

/** The environment variable that marks everything a run started: `<run>.<agent>`. */
export const MARKER = 'HARNESS_RUN';

const read = (path: string): string | undefined => {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return undefined;
  }
};

let boot: string | undefined;
const bootId = (): string => (boot ??= read('/proc/sys/kernel/random/boot_id')?.trim() ?? 'unknown');

interface Stat {
  state: string;
  parent: number;
  group: number;
  terminal: boolean;
  start: string;
}

/** The fields of /proc/PID/stat that matter here, parsed after the last `)` since names may hold anything. */
function statOf(pid: number): Stat | undefined {
  const text = read(`/proc/${pid}/stat`);
  if (text === undefined) return undefined;
  const [state = '', parent, group, , terminal, ...rest] = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return {
    state,
    parent: Number(parent),
    group: Number(group),
    terminal: terminal !== '0',
    start: rest[14] ?? '',
  };
}

/** The identity of a living process; undefined if it is gone or a zombie. */
export function identify(pid: number): ProcessIdentity | undefined {
  const stat = statOf(pid);
  if (!stat || stat.state === 'Z' || stat.state === 'X') return undefined;
  return { pid, start: stat.start, boot: bootId() };
}

/** Whether this very process (not another one under a reused pid, not a zombie) still runs. */
export function isAlive(who: ProcessIdentity): boolean {
  const now = identify(who.pid);
  return now !== undefined && now.start === who.start && now.boot === who.boot;
}

/** What a sweep knows of a living process. */
export interface ProcessView extends ProcessIdentity {
  parent: number;
  group: number;
  /** Whether it has a controlling terminal, as what a person started by hand has. */
  terminal: boolean;
}

/** How much memory (bytes) a process takes, what it shares counted in part; 0 where it is gone. */
export function memoryOf(pid: number): number {
  const share = /^Pss:\s+(\d+) kB/m.exec(read(`/proc/${pid}/smaps_rollup`) ?? '')?.[1];
  if (share !== undefined) return Number(share) * 1024;
  const resident = /^VmRSS:\s+(\d+) kB/m.exec(read(`/proc/${pid}/status`) ?? '')?.[1];
  return Number(resident ?? 0) * 1024;
}

/** All living processes of the machine, without zombies. */
export function processes(): ProcessView[] {
  const found: ProcessView[] = [];
  for (const name of readdirSync('/proc')) {
    const pid = Number(name);
    if (!Number.isInteger(pid)) continue;
    const stat = statOf(pid);
    if (!stat || stat.state === 'Z' || stat.state === 'X') continue;
    const { start, parent, group, terminal } = stat;
    found.push({ pid, start, boot: bootId(), parent, group, terminal });
  }
  return found;
}

/** The marker in the environment of a process of ours; undefined where there is none or we may not look. */
export function markerOf(pid: number): string | undefined {
  const environment = read(`/proc/${pid}/environ`);
  const entry = environment?.split('\0').find((line) => line.startsWith(`${MARKER}=`));
  return entry?.slice(MARKER.length + 1);
}

/** The folder a process works in; undefined where we may not look. A removed folder still counts as itself. */
export function folderOf(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/cwd`).replace(/ \(deleted\)$/, '');
  } catch {
    return undefined;
  }
}

/** The living descendants of a process. */
export function descendantsOf(pid: number, all: ProcessView[] = processes()): ProcessView[] {
  const children = all.filter((one) => one.parent === pid);
  return children.flatMap((child) => [child, ...descendantsOf(child.pid, all)]);
}
