/** Both clocks at one moment, ms. */
interface Clocks {
  wallMs: number;
  monotonicMs: number;
}

/** What the clocks tell between two looks of the loop; all it ever does is to forgive, once. */
type Standstill =
  /** This process did not run (suspend, SIGSTOP, an overloaded machine): its own intervals passed unseen. */
  | { is: 'stood-still'; ms: number }
  /** The machine slept: Linux' monotonic clock stops in suspend, the wall clock does not. Or somebody set the clock forward. */
  | { is: 'slept'; ms: number }
  /** Somebody set the wall clock back. */
  | { is: 'set-back'; ms: number };

/** Anything shorter is the ordinary unevenness of a busy machine, ms. */
const NOTICED_MS = 10_000;

/** What happened between two looks that should have been `tickMs` apart; undefined if nothing did. */
export function standstill(before: Clocks, now: Clocks, tickMs: number): Standstill | undefined {
  const passed = now.monotonicMs - before.monotonicMs;
  const drift = now.wallMs - before.wallMs - passed;
  if (passed > tickMs + NOTICED_MS) return { is: 'stood-still', ms: passed };
  if (drift > NOTICED_MS) return { is: 'slept', ms: drift };
  return drift < -NOTICED_MS ? { is: 'set-back', ms: -drift } : undefined;
}
