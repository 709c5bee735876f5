/** Something that waits for a slot. */
interface Waiting {
  go(): void;
  isUrgent: boolean;
}

/**
 * So many heavy commands (set-ups, checks) run at once, whoever asks: several test suites on few cores only make each
 * other slow, and flaky. What a landing waits for goes first, since all others wait for that.
 */
export class Slots {
  readonly #most: () => number;
  #running = 0;
  #waiting: Waiting[] = [];

  /** `most` is asked whenever one gets free, so that it may change. */
  constructor(most: () => number) {
    this.#most = most;
  }

  /** Runs `work` when there is a slot. What is aborted while it waits is run at once: it ends by itself. */
  async run<T>(work: () => Promise<T>, { isUrgent = false, abort }: Claim): Promise<T> {
    if (this.#running >= this.#most() && !abort.aborted) await this.#turn(isUrgent, abort);
    this.#running++;
    try {
      return await work();
    } finally {
      this.#running--;
      if (this.#running < this.#most()) this.#waiting.shift()?.go();
    }
  }

  #turn(isUrgent: boolean, abort: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const leave = () => {
        this.#waiting = this.#waiting.filter((other) => other !== one);
        resolve();
      };
      const go = () => {
        // The signal may be the run's own, which outlives every command: nothing of one that had its turn stays there.
        abort.removeEventListener('abort', leave);
        resolve();
      };
      const one: Waiting = { isUrgent, go };
      const at = isUrgent ? this.#waiting.findIndex((other) => !other.isUrgent) : -1;
      this.#waiting.splice(at === -1 ? this.#waiting.length : at, 0, one);
      abort.addEventListener('abort', leave, { once: true });
    });
  }
}

interface Claim {
  isUrgent?: boolean;
  abort: AbortSignal;
}
