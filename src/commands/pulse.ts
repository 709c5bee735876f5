import { statSync } from 'node:fs';
import { join } from 'node:path';
import { monotonicMs } from '../clock.ts';
import { readSmallFile } from '../durable.ts';

/**
 * Whether a coordinator's loop still moves, judged by its snapshot: no change seen for `hangMs` of the watcher's own
 * monotonic clock. A watcher that stood still itself (suspend, ^Z) starts to count anew.
 */
export class Pulse {
  #file: string;
  #pid: number;
  #hangMs: number;
  #mtimeMs = 0;
  #seenMs: number | undefined;
  #lookedMs = monotonicMs();

  constructor(state: string, pid: number, hangMs: number) {
    this.#file = join(state, 'snapshot.json');
    this.#pid = pid;
    this.#hangMs = hangMs;
  }

  /** To be asked at least every few seconds. */
  hangs(): boolean {
    const now = monotonicMs();
    const stoodStill = now - this.#lookedMs > this.#hangMs / 2;
    this.#lookedMs = now;
    const mtimeMs = statSync(this.#file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
    if (mtimeMs !== this.#mtimeMs) {
      this.#mtimeMs = mtimeMs;
      if (this.#isIts()) this.#seenMs = now;
    }
    // Before its first snapshot a coordinator may copy a large repository for as long as that takes.
    if (this.#seenMs === undefined) return false;
    if (stoodStill) this.#seenMs = now;
    return now - this.#seenMs > this.#hangMs;
  }

  #isIts(): boolean {
    try {
      return (JSON.parse(readSmallFile(this.#file, 16 << 20) ?? '{}') as { pid?: number }).pid === this.#pid;
    } catch {
      return false;
    }
  }
}
