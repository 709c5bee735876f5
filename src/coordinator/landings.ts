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

/** The attempts that wait for their landing, oldest first, and the one that is being landed: never two at once. */
export class Landings {
  #run: Run;
  #waiting: Ready[];
  #current: Ready | undefined;
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

  /** Aborts when the run stops: landings, and the exchanges that follow them. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  add(ready: Ready): void {
    this.#waiting.push(ready);
  }

  /** Takes an attempt out of those that wait; undefined if it does not wait. */
  take(lease: Lease): Ready | undefined {
    const taken = this.#waiting.find((one) => one.lease.file === lease.file);
    this.#waiting = this.#waiting.filter((one) => one !== taken);
    return taken;
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
