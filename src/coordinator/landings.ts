import type { Finding } from '../agent/agent.ts';
import { monotonicMs } from '../clock.ts';
import type { Lease } from '../queue/name.ts';
import { landReady } from './landing.ts';
import type { LandingEnd, Ready } from './landing.ts';
import { rigOf } from './run.ts';
import type { RigWorks, Run } from './run.ts';

/** A landing that was begun. */
export interface Landing {
  ready: Ready;
  works: RigWorks;
  ended: Promise<LandingEnd>;
}

/** A landing that was refused, and that waits for its author. */
export interface Refused {
  ready: Ready;
  finding: Finding;
  /** What it had changed, for whoever begins anew. */
  evidence: string;
  /** Monotonic, ms. */
  sinceMs: number;
}

/**
 * The attempts that wait for their landing, oldest first, the one that is being landed (never two at once), and those that were
 * refused and wait for their authors.
 */
export class Landings {
  #run: Run;
  #waiting: Ready[];
  #current: Ready | undefined;
  #refused: Refused[] = [];
  #abort = new AbortController();

  constructor(run: Run, adopted: readonly Ready[]) {
    this.#run = run;
    this.#waiting = [...adopted];
  }

  get waiting(): readonly Ready[] {
    return this.#waiting;
  }

  get current(): Ready | undefined {
    return this.#current;
  }

  get refused(): readonly Refused[] {
    return this.#refused;
  }

  /** Aborts when the run stops: landings, and the exchanges that follow them. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  add(ready: Ready): void {
    this.#waiting.push(ready);
  }

  /** Takes an attempt out of those that wait, for their landing or for their author; undefined if it does not wait. */
  take(lease: Lease): Ready | undefined {
    const taken = this.#waiting.find((one) => one.lease.file === lease.file);
    this.#waiting = this.#waiting.filter((one) => one !== taken);
    return taken ?? this.takeRefused(lease)?.ready;
  }

  refuse(ready: Ready, { finding, evidence }: Pick<Refused, 'finding' | 'evidence'>): void {
    this.#refused.push({ ready, finding, evidence, sinceMs: monotonicMs() });
  }

  takeRefused(lease: Lease): Refused | undefined {
    const taken = this.#refused.find(({ ready }) => ready.lease.file === lease.file);
    this.#refused = this.#refused.filter((one) => one !== taken);
    return taken;
  }

  /** All that wait: ready ones first, then those that were refused. */
  get all(): readonly Ready[] {
    return [...this.#waiting, ...this.#refused.map(({ ready }) => ready)];
  }

  /** Begins the landing of an attempt that waits; undefined if it does not wait or its rig is gone. */
  begin(lease: Lease): Landing | undefined {
    const ready = this.#waiting.find((one) => one.lease.file === lease.file);
    const works = ready && rigOf(this.#run, ready.item);
    if (!ready || !works) return undefined;
    this.take(lease);
    this.#current = ready;
    return { ready, works, ended: landReady(this.#run, works, ready, this.signal) };
  }

  /** The landing in flight is over and booked. */
  end(): void {
    this.#current = undefined;
  }

  stop(): void {
    this.#abort.abort();
  }
}
