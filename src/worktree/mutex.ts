import { rmSync } from 'node:fs';
import lockfile from 'proper-lockfile';
import { HarnessError, messageOf } from '../errors.ts';

/** A mutex folder that was not touched for this long is of a dead process. */
const STALE_MS = 30_000;
/** Waits for another process: at most about two minutes, since a first copy of a big repository is waited for. */
const RETRIES = { retries: 240, factor: 1, minTimeout: 100, maxTimeout: 500, randomize: true };

/**
 * Keeps operations apart that git does not keep apart itself: in order within this process, and by an advisory lock
 * file between processes. The lock file can be lost (its take-over after a crash can be won twice), so nothing rests on it
 * but the absence of needless failures; what decides are compare-and-swaps on refs.
 */
export class Mutex {
  readonly #path: string;
  #last: Promise<unknown> = Promise.resolve();

  constructor(path: string) {
    this.#path = path;
  }

  /** Runs `work` when nobody else holds the mutex. */
  hold<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#last.then(() => this.#locked(work));
    this.#last = mine.catch(() => undefined);
    return mine;
  }

  /** Removes the lock file of a dead predecessor; only for the one coordinator, at its start. */
  clear(): void {
    rmSync(this.#path, { recursive: true, force: true });
  }

  async #locked<T>(work: () => Promise<T>): Promise<T> {
    const release = await lockfile
      .lock(this.#path, {
        lockfilePath: this.#path,
        realpath: false,
        stale: STALE_MS,
        retries: RETRIES,
        // The library would throw out of a timer and end the process; the work is safe without the lock.
        onCompromised: () => undefined,
      })
      .catch((error: unknown) => {
        const what = `${this.#path} is held by another process: ${messageOf(error)}`;
        throw new HarnessError('failed', `${what}; remove it if that process is gone`, { cause: error });
      });
    try {
      return await work();
    } finally {
      await release().catch(() => undefined);
    }
  }
}
