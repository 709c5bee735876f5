import { readdirSync, readFileSync, statfsSync } from 'node:fs';
import { cpus, freemem, loadavg } from 'node:os';
import { monotonicMs } from '../clock.ts';
import type { Happening } from '../journal/event.ts';
import { illness } from './health.ts';
import type { HealthLimits, Vitals } from './health.ts';

/** Looking costs system calls; the operating system's own numbers are no fresher. */
const EVERY_MS = 1_000;

interface MachineSetup {
  /** A folder on the disk that the home is on. */
  folder: string;
  /** As it is now: a changed limit counts at once. */
  limits: () => HealthLimits;
  tell: (happening: Happening) => void;
  /** For tests. */
  vitals?: (folder: string) => Vitals;
}

/** Watches whether the machine is well enough for more work. What cannot be measured counts as well. */
export class Machine {
  #setup: MachineSetup;
  #why: string | undefined;
  #lookedMs = Number.NEGATIVE_INFINITY;
  #sinceMs = 0;

  constructor(setup: MachineSetup) {
    this.#setup = setup;
  }

  /** Whether more may be started now; the journal is told when that changes. */
  isWell(): boolean {
    const now = monotonicMs();
    if (now - this.#lookedMs < EVERY_MS) return this.#why === undefined;
    this.#lookedMs = now;
    const { folder, limits, tell, vitals = vitalsOf } = this.#setup;
    const before = this.#why;
    const why = illness(vitals(folder), limits(), before !== undefined);
    this.#why = why;
    if (why !== undefined && before === undefined) {
      this.#sinceMs = now;
      tell({ is: 'starts-closed', why });
    }
    if (why === undefined && before !== undefined) tell({ is: 'starts-opened', ms: now - this.#sinceMs });
    return why === undefined;
  }
}

function vitalsOf(folder: string): Vitals {
  return {
    loadPerCore: (loadavg()[0] ?? 0) / Math.max(1, cpus().length),
    memoryFree: memoryFree(),
    diskFree: measured(() => {
      const { bavail, bsize } = statfsSync(folder);
      return bavail * bsize;
    }, Number.POSITIVE_INFINITY),
    files: measured(() => readdirSync('/proc/self/fd').length / openable(), 0),
  };
}

/** What could be had without swapping, where the system says so: what is only cached counts as free. */
const memoryFree = (): number =>
  measured(() => {
    const [, kib] = /^MemAvailable:\s+(\d+) kB$/m.exec(readFileSync('/proc/meminfo', 'utf8')) ?? [];
    return kib === undefined ? freemem() : Number(kib) * 1024;
  }, freemem());

function openable(): number {
  const [, most] = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
  return Number(most) || Number.POSITIVE_INFINITY;
}

function measured(look: () => number, otherwise: number): number {
  try {
    return look();
  } catch {
    return otherwise;
  }
}
