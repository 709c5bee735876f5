import type { Happening } from '../journal/event.ts';
import type { Counts } from './snapshot.ts';

/** What a look of the loop shows of the work that is left. */
export interface Left {
  counts: Counts;
  /** Attempts that are ready, or being landed. */
  ready: number;
}

/** Says once when the last work has ended and nothing is left that could be begun without a person. */
export class Idle {
  #wasBusy = false;

  look({ counts, ready }: Left): Happening | undefined {
    const { pending, blocked, claimed, held, failed } = counts;
    const isBusy = claimed + ready > 0 || pending > blocked;
    const isNew = this.#wasBusy && !isBusy;
    this.#wasBusy = isBusy;
    return isNew ? { is: 'queue-empty', blocked, held, failed } : undefined;
  }
}
