/**
 * The one way in: promises and timers only push news here, the loop takes them out. Between two takes nothing that
 * the loop decides on changes.
 */
export class Inbox<T> {
  #news: T[] = [];
  #wake: (() => void) | undefined;

  push(news: T): void {
    this.#news.push(news);
    this.#wake?.();
  }

  /** Everything that came in, at once if there is something, else after `waitMs` at the latest. */
  async take(waitMs: number): Promise<T[]> {
    if (this.#news.length === 0) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, waitMs);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      this.#wake = undefined;
    }
    return this.#news.splice(0);
  }
}
