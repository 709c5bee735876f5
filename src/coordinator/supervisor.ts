/** The numbers of the restart policy, in one place. */
export const RESTARTS = {
  /** A window of this length ... */
  windowMs: 10 * 60_000,
  /** ... with this many deaths parks the agent, until the window has passed without another one. */
  most: 5,
  /** The first restart is immediate, then 1, 2, 4 ... seconds, up to this. */
  longestWaitMs: 60_000,
  /** More deaths than this in an hour are told once. */
  often: { deaths: 3, withinMs: 60 * 60_000 },
  /** More than half of at least so many agents dying within that time is one incident, and no fault of theirs. */
  incident: { agents: 3, withinMs: 30_000 },
  /** With this many parked agents nothing new is claimed. */
  parkedAgents: 3,
} as const;

/** What to do about an agent whose session died or would not start. */
export type Verdict = { do: 'revive'; afterMs: number } | { do: 'park'; why: string };

interface Circumstances {
  /** A cause that a restart cannot mend (no such command, not logged in): parks at once. */
  hopeless?: string | undefined;
  /** A random number from 0 to 1, so that agents that died together do not return together. */
  jitter?: number;
  /** The deaths that count for parking, if not all do. */
  counted?: readonly number[];
}

/** The verdict after a death. `deaths` are the times (ms, of one clock) of this agent's deaths, the last one now. */
export function verdict(
  deaths: readonly number[],
  nowMs: number,
  { hopeless, jitter = 0.5, counted = deaths }: Circumstances = {},
): Verdict {
  if (hopeless !== undefined) return { do: 'park', why: hopeless };
  const counting = within(counted, nowMs, RESTARTS.windowMs);
  if (counting >= RESTARTS.most) {
    return { do: 'park', why: `${counting} deaths within ${RESTARTS.windowMs / 60_000} minutes` };
  }
  const recent = within(deaths, nowMs, RESTARTS.windowMs);
  const afterMs = recent <= 1 ? 0 : Math.min(1000 * 2 ** (recent - 2), RESTARTS.longestWaitMs);
  return { do: 'revive', afterMs: Math.round(afterMs * (0.9 + 0.2 * jitter)) };
}

/** How many deaths fall into the last `spanMs`. After the clock was set back by more than that, those before do not count. */
export const within = (deaths: readonly number[], nowMs: number, spanMs: number): number =>
  deaths.filter((at) => Math.abs(nowMs - at) < spanMs).length;

/** Whether an agent dies more often than what goes without saying. */
export const diesOften = (deaths: readonly number[], nowMs: number): boolean =>
  within(deaths, nowMs, RESTARTS.often.withinMs) > RESTARTS.often.deaths;

/** Whether the deaths of several agents are one incident (the machine, the login, the API), not so many crashes. */
export function isIncident(
  deaths: readonly { agent: string; atMs: number }[],
  agents: number,
  nowMs: number,
): boolean {
  const { agents: least, withinMs } = RESTARTS.incident;
  const dead = new Set(deaths.filter(({ atMs }) => nowMs - atMs < withinMs).map(({ agent }) => agent));
  return agents >= least && dead.size > agents / 2;
}
