/** The numbers of the restart policy, in one place. */
export const RESTARTS = {
  /** A window of this length ... */
  windowMs: 10 * 60_000,
  /** ... with this many deaths parks the agent. */
  most: 5,
  /** The first restart is immediate, then 1, 2, 4 ... seconds, up to this. */
  longestWaitMs: 60_000,
} as const;

/** What to do about an agent whose session died or would not start. */
export type Verdict = { do: 'revive'; afterMs: number } | { do: 'park'; why: string };

/**
 * The verdict after a death. `deaths` are the monotonic times (ms) of this agent's deaths, the last one now.
 * A cause that a restart cannot mend (no such command, not logged in) parks at once.
 */
export function verdict(deaths: readonly number[], nowMs: number, hopeless?: string): Verdict {
  if (hopeless !== undefined) return { do: 'park', why: hopeless };
  const recent = deaths.filter((at) => nowMs - at < RESTARTS.windowMs).length;
  if (recent >= RESTARTS.most) {
    return { do: 'park', why: `${recent} deaths within ${RESTARTS.windowMs / 60_000} minutes` };
  }
  const afterMs = recent <= 1 ? 0 : Math.min(1000 * 2 ** (recent - 2), RESTARTS.longestWaitMs);
  return { do: 'revive', afterMs };
}
