import { join } from 'node:path';
import { monotonicMs, timeScale } from '../clock.ts';
import { sizeText } from '../size.ts';
import { bytesOf } from '../worktree/disk.ts';
import type { Run } from './run.ts';

/** How often it is looked at whether the cap is kept, and at what is taken, which walks all trees. */
const LOOK_MS = 5_000;
const MEASURE_MS = 10 * 60_000;

/** Whether the work trees keep their cap (what is free on the disk is `machine.ts`'s matter); when that changes, it is told. */
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
    const { most } = this.#run.config.disk;
    if (!Number.isFinite(most)) return undefined;
    const worktrees = join(this.#run.state, '..', 'worktrees');
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
