import { monotonicMs } from '../clock.ts';
import type { Seat } from './seat.ts';

/** Closes sessions that nobody needs for a while: each keeps some 200 MB. Their conversations are gone on with later. */
export class Rest {
  #freeSinceMs = new Map<Seat, number>();

  look(seats: readonly Seat[], idleCloseMs: number): void {
    const now = monotonicMs();
    for (const seat of seats) {
      if (seat.is !== 'free' || !seat.session) {
        this.#freeSinceMs.delete(seat);
        continue;
      }
      const sinceMs = this.#freeSinceMs.get(seat) ?? now;
      this.#freeSinceMs.set(seat, sinceMs);
      if (now - sinceMs < idleCloseMs) continue;
      seat.rests = true;
      void seat.close().finally(() => (seat.rests = false));
    }
  }
}
