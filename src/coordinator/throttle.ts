/** How many calls are let through at once, and after how long (ms) one more is. */
export interface Rate {
  burst: number;
  everyMs: number;
}

/** What is left of a rate at a moment of the monotonic clock, ms. */
export interface Allowance {
  readonly left: number;
  readonly atMs: number;
}

/** The allowance after one more call; undefined if that is one too many. Pure. */
export function spend(
  before: Allowance | undefined,
  { burst, everyMs }: Rate,
  nowMs: number,
): Allowance | undefined {
  const refilled = before ? before.left + (nowMs - before.atMs) / everyMs : burst;
  const left = Math.min(burst, refilled) - 1;
  return left < 0 ? undefined : { left, atMs: nowMs };
}
