import { join } from 'node:path';
import { monotonicMs, timeScale } from '../clock.ts';
import { sizeText } from '../size.ts';
import { bytesOf, freeBytes } from '../worktree/disk.ts';
import type { Run } from './run.ts';

/** How often it is looked at what is free, which costs next to nothing, and at what is taken, which walks all trees. */
const LOOK_MS = 5_000;
const MEASURE_MS = 10 * 60_000;

/** Whether there is room for more work on the disk; when that changes, it is told. */
export class Room {
  /** Why nothing new is begun; undefined while there is room. */
  short: string | undefined;
  readonly #run: Run;
  readonly #scale: number;
  #lookedMs = Number.NEGATIVE_INFINITY;
  #measuredMs = Number.NEGATIVE_INFINITY;
  #taken = 0;

  constructor(run: Run) {
    this.#run = run;
    this.#scale = timeScale(run.env);
  }

  /** Looks again if it is time. */
  look(): void {
    const now = monotonicMs();
    if (now - this.#lookedMs < LOOK_MS / this.#scale) return;
    this.#lookedMs = now;
    const before = this.short;
    const why = this.#why(now);
    // What was said first stays: the figure changes with every look, the trouble does not.
    this.short = why === undefined ? undefined : (before ?? why);
    if ((before === undefined) === (this.short === undefined)) return;
    this.#run.tell(this.short === undefined ? { is: 'disk-free' } : { is: 'disk-short', why: this.short });
  }

  #why(now: number): string | undefined {
    const { least, most } = this.#run.config.disk;
    const worktrees = join(this.#run.state, '..', 'worktrees');
    const free = freeBytes(worktrees);
    if (free < least)
      return `only ${sizeText(free)} are free in ${worktrees} (disk.least: ${sizeText(least)})`;
    if (!Number.isFinite(most)) return undefined;
    this.#measure(worktrees, now);
    const taken = `${worktrees} takes ${sizeText(this.#taken)} (disk.most: ${sizeText(most)})`;
    return this.#taken > most ? taken : undefined;
  }

  /** In the background: what was measured last counts meanwhile. */
  #measure(worktrees: string, now: number): void {
    if (now - this.#measuredMs < MEASURE_MS / this.#scale) return;
    this.#measuredMs = now;
    void bytesOf(worktrees).then((bytes) => (this.#taken = bytes));
  }
}
