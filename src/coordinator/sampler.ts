import { appendFileSync, readdirSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { wallMs } from '../clock.ts';

/** How often a sample is taken, in milliseconds. */
const EVERY_MS = 1_000;
/** What `leak` keeps for every event, for ever: a text that is nowhere else. */
const keepsake = (n: number, bytes: number) => Buffer.alloc(bytes, n % 256).toString('latin1');

/** What a coordinator says of itself: a line of the file. */
export interface Sample {
  pid: number;
  /** Wall clock, ms. */
  at: number;
  /** Events of sessions and of the journal since the start. */
  events: number;
  heapUsed: number;
  external: number;
  rss: number;
  fds: number;
  /** Handles and requests that Node.js waits for. */
  resources: number;
  /** The slowest of a hundred turns of the event loop since the last sample, ms. */
  loopDelayMs: number;
}

/**
 * Measures its own process for `harness soak`, and only there: with HARNESS_SOAK_SAMPLES (a file) a line a second, after a
 * forced garbage collection where node runs with --expose-gc. HARNESS_SOAK_LEAK plants a leak of so many bytes an
 * event, by which a soak shows that it would see one.
 */
export class Sampler {
  #file: string;
  #leak: number;
  #events = 0;
  #kept: string[] = [];
  #delay = monitorEventLoopDelay({ resolution: 5 });
  #timer: NodeJS.Timeout;

  private constructor(file: string, leak: number) {
    this.#file = file;
    this.#leak = leak;
    this.#delay.enable();
    this.#timer = setInterval(() => this.take(), EVERY_MS).unref();
  }

  /** Undefined unless the environment asks for samples. */
  static of(env: Record<string, string | undefined>): Sampler | undefined {
    const { HARNESS_SOAK_SAMPLES: file, HARNESS_SOAK_LEAK: leak } = env;
    return file ? new Sampler(file, Number(leak) || 0) : undefined;
  }

  /** Notes that an event was handled. */
  readonly count = (): void => {
    this.#events++;
    if (this.#leak > 0) this.#kept.push(keepsake(this.#events, this.#leak));
  };

  /** Takes a sample now. */
  take(): void {
    const loopDelayMs = this.#delay.percentile(99) / 1e6;
    globalThis.gc?.();
    this.#delay.reset();
    const { heapUsed, external, rss } = process.memoryUsage();
    const sample: Sample = {
      pid: process.pid,
      at: wallMs(),
      events: this.#events,
      heapUsed,
      external,
      rss,
      fds: readdirSync('/proc/self/fd').length,
      resources: process.getActiveResourcesInfo().length,
      loopDelayMs,
    };
    try {
      appendFileSync(this.#file, `${JSON.stringify(sample)}\n`);
    } catch {
      // A full disk is one of the faults.
    }
  }

  close(): void {
    clearInterval(this.#timer);
    this.#delay.disable();
  }
}
