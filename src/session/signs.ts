import { monotonicMs } from '../clock.ts';
import type { SessionEvent } from './protocol.ts';
import { transcriptBytes } from './transcript.ts';

/**
 * Whether what the CLI said shows that the turn goes on. An answer to a question of ours does not; nor does the heartbeat of a tool
 * that has run for more than twice the patience: it would beat for ever.
 */
export function isSignOfLife(event: SessionEvent, silenceMs = Infinity): boolean {
  if (event.is === 'tool-progress') return event.elapsedMs <= 2 * silenceMs;
  return event.is !== 'response';
}

/** The transcript is looked at when stdout has been quiet for this part of the patience, and not later than this. */
const QUIET_PART = 10;
const QUIET_MS = 5_000;

/**
 * When a session last showed that it works: on stdout, or by the growth of the transcript that the CLI keeps (stdout can stop
 * while work goes on). Looking costs nothing while stdout is alive.
 */
export class Signs {
  #transcript: () => string;
  #quietMs: number;
  #bytes: number | undefined;
  #grownMs = Number.NEGATIVE_INFINITY;
  #lookedMs = Number.NEGATIVE_INFINITY;

  constructor(transcript: () => string, { silenceMs = Infinity }: { silenceMs?: number }) {
    this.#transcript = transcript;
    this.#quietMs = Math.min(QUIET_MS, silenceMs / QUIET_PART);
  }

  /** Monotonic, ms; `heardMs` is when stdout last said anything. */
  last(heardMs: number): number {
    const now = monotonicMs();
    if (now - heardMs >= this.#quietMs && now - this.#lookedMs >= this.#quietMs / 5) {
      this.#lookedMs = now;
      const bytes = transcriptBytes(this.#transcript());
      if (this.#bytes !== undefined && bytes !== this.#bytes) this.#grownMs = now;
      this.#bytes = bytes;
    }
    return Math.max(heardMs, this.#grownMs);
  }
}
