/**
 * Why nobody may start a turn: a usage limit, an API that does not answer, a login that is not accepted, no money on the
 * account, a model that there is not, or most agents died at once.
 */
export type GateCause = 'limit' | 'api' | 'login' | 'billing' | 'model' | 'incident';

/**
 * The gate of an account: everybody who uses the account waits before it. `closed` until a moment of the wall clock, then
 * one may try (`probing`); what the probe finds opens the gate or closes it again.
 */
export type Gate =
  | { is: 'open' }
  | {
      is: 'closed' | 'probing';
      cause: GateCause;
      untilMs: number;
      sinceMs: number;
      tries: number;
      text: string;
    };

export const OPEN: Gate = { is: 'open' };

/** What somebody ran into. */
export interface Refusal {
  cause: GateCause;
  text: string;
  /** When it is said to be over; wall clock, ms. */
  resetAtMs?: number | undefined;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** How long to wait where no reset was given: `first` x 2^tries, up to `most`. */
const BACKOFF: Record<GateCause, { firstMs: number; mostMs: number }> = {
  limit: { firstMs: 5 * MINUTE_MS, mostMs: 60 * MINUTE_MS },
  api: { firstMs: MINUTE_MS / 2, mostMs: 10 * MINUTE_MS },
  incident: { firstMs: MINUTE_MS / 4, mostMs: 10 * MINUTE_MS },
  login: { firstMs: 5 * MINUTE_MS, mostMs: 30 * MINUTE_MS },
  billing: { firstMs: 5 * MINUTE_MS, mostMs: 30 * MINUTE_MS },
  model: { firstMs: 5 * MINUTE_MS, mostMs: 30 * MINUTE_MS },
};

/** A weekly limit resets within a week; a moment further away than this is not believed. */
const FARTHEST_RESET_MS = 8 * 24 * HOUR_MS;

/** What is said of a reset may be wrong, and an account may get more: after this long one tries all the same. */
const LONGEST_WAIT_MS = 6 * HOUR_MS;

/** Added to a reset, so that the first request is not too early and several machines do not come at once. */
const JITTER_MS = MINUTE_MS;

/** What a person can do about it. */
export const ADVICE: Partial<Record<GateCause, string>> = {
  login:
    'run claude /login in a terminal, or set CLAUDE_CODE_OAUTH_TOKEN to a long-lived token (claude setup-token)',
  billing: 'add credit to the account, or log in with another one',
  model: 'write a model that the account has into models.implement',
};

/**
 * The gate after somebody was refused. `jitter` is a random number from 0 to 1; `scale` divides the harness' own waits.
 * While it is closed further refusals of others (who had begun before) change nothing but a later reset; a refused
 * probe closes it again, for longer.
 */
export function refuse(
  gate: Gate,
  refusal: Refusal,
  nowMs: number,
  { jitter, scale = 1 }: { jitter: number; scale?: number },
): Gate {
  const { cause, text, resetAtMs } = refusal;
  const tries = gate.is === 'open' ? 0 : gate.is === 'probing' ? gate.tries + 1 : gate.tries;
  const sinceMs = gate.is === 'open' ? nowMs : Math.min(gate.sinceMs, nowMs);
  const believable = resetAtMs !== undefined && resetAtMs > nowMs && resetAtMs < nowMs + FARTHEST_RESET_MS;
  const { firstMs, mostMs } = BACKOFF[cause];
  const untilMs = believable
    ? Math.min(resetAtMs, nowMs + LONGEST_WAIT_MS) + (jitter * JITTER_MS) / scale
    : nowMs + (Math.min(firstMs * 2 ** tries, mostMs) * (0.9 + 0.2 * jitter)) / scale;
  if (gate.is === 'closed' && (!believable || untilMs <= gate.untilMs)) return gate;
  return { is: 'closed', cause, untilMs, sinceMs, tries, text };
}

/** Whether a turn may begin now: `probe` lets exactly one through, whose outcome decides. */
export function admission(gate: Gate, nowMs: number): 'open' | 'probe' | 'wait' {
  if (gate.is === 'open') return 'open';
  // Closed since a moment that is still to come: the clock was set back, and the wait says nothing any more.
  if (gate.is === 'closed' && nowMs < gate.sinceMs) return 'probe';
  return gate.is === 'closed' && nowMs >= gate.untilMs ? 'probe' : 'wait';
}

/** The gate while somebody tries. */
export const probe = (gate: Gate): Gate => (gate.is === 'closed' ? { ...gate, is: 'probing' } : gate);

/** A probe that ended without an answer (its agent died, the run was killed): somebody else may try at once. */
export const abandon = (gate: Gate): Gate => (gate.is === 'probing' ? { ...gate, is: 'closed' } : gate);
