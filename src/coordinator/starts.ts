import { monotonicMs, sleep } from '../clock.ts';

/** Sessions that start in one instant take each other's processor (thirteen at once took 5 s each): so far apart, in ms. */
const APART_MS = 500;

/** Lets sessions start one after the other. */
export class Starts {
  #nextMs = 0;
  #scale: number;

  /** `scale` divides the harness' own waits. */
  constructor(scale: number) {
    this.#scale = scale;
  }

  /** Waits for one's turn. */
  async turn(): Promise<void> {
    const now = monotonicMs();
    const mine = Math.max(now, this.#nextMs);
    this.#nextMs = mine + APART_MS / this.#scale;
    if (mine > now) await sleep(mine - now);
  }
}
