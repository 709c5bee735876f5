import type { Entry, Lease } from '../queue/name.ts';

/** `draining` lets what runs finish, `stopping` gives everything back now. */
export type Mode = 'running' | 'paused' | 'draining' | 'stopping';

/** Everything that is decided on, as plain values. All durations in milliseconds. */
export interface Observation {
  mode: Mode;
  untilEmpty: boolean;
  seats: readonly { agent: string; is: 'free' | 'working' | 'waiting' | 'parked' }[];
  /** Pending items in the order of the queue. */
  pending: readonly { entry: Entry; blocked: boolean; readyInMs: number }[];
  /** Leases of this run: how long ago they were renewed, and why they should end if they should. */
  mine: readonly { lease: Lease; renewedMsAgo: number; overdue?: string }[];
  /** Leases of other runs: for how long no change was seen, and whether their coordinator is known to be dead. */
  foreign: readonly { lease: Lease; unchangedMs: number; dead: boolean }[];
  /** Attempts that are ready and wait for their landing, oldest first. */
  ready: readonly Lease[];
  landing: boolean;
  /** Whether the account lets turns begin, and who waits for that in the middle of an attempt. */
  gate: 'open' | 'probe' | 'wait';
  waiting: readonly string[];
  publishing: boolean;
  /** Rigs that should be brought together with the user's repository again. */
  exchangeDue: readonly string[];
  /** Whether some were not yet in this run: work on them would begin on an old target. */
  catchingUp: boolean;
}

export interface Policy {
  heartbeatMs: number;
  staleMs: number;
}

export type Action =
  | { do: 'renew'; lease: Lease }
  | { do: 'expire'; lease: Lease; why: string }
  | { do: 'reclaim'; lease: Lease; reason: 'dead-holder' | 'stale' }
  | { do: 'stop-attempts' }
  | { do: 'exchange'; rig: string }
  | { do: 'land'; lease: Lease }
  | { do: 'admit'; agent: string }
  | { do: 'claim'; entry: Entry; agent: string }
  | { do: 'end'; why: 'empty' | 'stuck' | 'drained' | 'stopped' };

/**
 * What to do now, in order of urgency: keep alive, repair, land one, start new, end. Pure; the order is the policy.
 */
export function plan(observed: Observation, policy: Policy): Action[] {
  return [
    ...keepAlive(observed, policy),
    ...repair(observed, policy),
    ...exchange(observed),
    ...land(observed),
    ...goOn(observed),
    ...startNew(observed),
    ...end(observed),
  ];
}

function keepAlive({ mine }: Observation, { heartbeatMs }: Policy): Action[] {
  return mine.flatMap(({ lease, renewedMsAgo, overdue }): Action[] => [
    ...(renewedMsAgo >= heartbeatMs ? [{ do: 'renew' as const, lease }] : []),
    ...(overdue === undefined ? [] : [{ do: 'expire' as const, lease, why: overdue }]),
  ]);
}

function repair({ foreign, mode }: Observation, { staleMs }: Policy): Action[] {
  const back = foreign.flatMap(({ lease, unchangedMs, dead }): Action[] => {
    if (dead) return [{ do: 'reclaim', lease, reason: 'dead-holder' }];
    return unchangedMs >= staleMs ? [{ do: 'reclaim', lease, reason: 'stale' }] : [];
  });
  return mode === 'stopping' ? [...back, { do: 'stop-attempts' }] : back;
}

function exchange({ exchangeDue, mode }: Observation): Action[] {
  return mode === 'stopping' ? [] : exchangeDue.map((rig) => ({ do: 'exchange', rig }));
}

function land({ ready, landing, mode }: Observation): Action[] {
  const first = ready[0];
  return first && !landing && mode !== 'stopping' ? [{ do: 'land', lease: first }] : [];
}

/** Those who wait for the account go before new work, one a look; while the gate is closed only one may try. */
function goOn({ gate, waiting, mode }: Observation): Action[] {
  const [first] = waiting;
  return first !== undefined && gate !== 'wait' && mode !== 'stopping' ? [{ do: 'admit', agent: first }] : [];
}

function startNew({ mode, seats, pending, gate, waiting, catchingUp }: Observation): Action[] {
  if (mode !== 'running' || catchingUp || gate === 'wait' || waiting.length > 0) return [];
  const free = seats.filter((seat) => seat.is === 'free');
  const claimable = pending.filter(({ blocked, readyInMs }) => !blocked && readyInMs <= 0);
  const claims = free.flatMap(({ agent }, i): Extract<Action, { do: 'claim' }>[] => {
    const next = claimable[i];
    return next ? [{ do: 'claim', entry: next.entry, agent }] : [];
  });
  const [first] = claims;
  if (gate === 'open' || !first) return claims;
  return [first, { do: 'admit', agent: first.agent }];
}

function end(observed: Observation): Action[] {
  const { mode, seats, ready, landing, publishing, pending, foreign, untilEmpty } = observed;
  if (landing || publishing || seats.some((seat) => seat.is === 'working')) return [];
  if (mode === 'stopping') return [{ do: 'end', why: 'stopped' }];
  if (ready.length > 0) return [];
  if (mode === 'draining') return [{ do: 'end', why: 'drained' }];
  // A lease of somebody else may come back as work.
  if (mode === 'paused' || !untilEmpty || foreign.length > 0) return [];
  if (pending.every(({ blocked }) => blocked)) return [{ do: 'end', why: 'empty' }];
  return seats.every((seat) => seat.is === 'parked') ? [{ do: 'end', why: 'stuck' }] : [];
}
