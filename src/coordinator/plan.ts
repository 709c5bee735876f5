import type { Entry, Lease } from '../queue/name.ts';
import { RESTARTS } from './supervisor.ts';

/** `draining` lets what runs finish, `stopping` gives everything back now. */
export type Mode = 'running' | 'paused' | 'draining' | 'stopping';

/** An item that could be begun now: for which rig, and the words that limits go by (`rig:web`, `label:db`). */
export interface Candidate {
  entry: Entry;
  rig: string;
  keys: readonly string[];
  /** The agent whose conversation it goes on in: as long as there is that agent, the item waits for it. */
  agent?: string;
}

export interface Hopeless {
  entry: Entry;
  reason: 'broken' | 'skipped';
  why: string;
}

export interface SeatView {
  agent: string;
  is: 'free' | 'working' | 'waiting' | 'parked' | 'paused';
  /** The rig that its worktree and its session are for. */
  rig?: string | undefined;
  /** The words that limits go by, of the item that it works on. */
  keys?: readonly string[];
}

/** Why an attempt should end (its time or its money is used up), or its turn be interrupted (no sign of life), in words. */
export interface Troubles {
  overdue?: string | undefined;
  broke?: string | undefined;
  excess?: string | undefined;
  silent?: string | undefined;
}

/** Everything that is decided on, as plain values. All durations in milliseconds. */
export interface Observation {
  mode: Mode;
  untilEmpty: boolean;
  seats: readonly SeatView[];
  /** The first pending items of every lane that could be begun now, in the order of their turns. */
  pending: readonly Candidate[];
  /** How many others can be begun later without anybody's doing. */
  later: number;
  /** Pending items that can never be begun as things are. */
  hopeless: readonly Hopeless[];
  /** Leases of this run: how long ago they were renewed, and why they should end if they should. */
  mine: readonly ({ lease: Lease; renewedMsAgo: number; changed?: boolean } & Troubles)[];
  /** Leases of other runs: for how long no change was seen, and whether that was said at an earlier look. */
  foreign: readonly { lease: Lease; unchangedMs: number; suspected: boolean }[];
  /** Attempts that are ready and wait for their landing, oldest first. */
  ready: readonly Lease[];
  /** Refused landings, each for its author; `lost`: why that one is not waited for any longer. */
  returns: readonly { lease: Lease; agent: string; lost?: string }[];
  landing: boolean;
  /** Whether the account lets turns begin, and who waits for that in the middle of an attempt. */
  gate: 'open' | 'probe' | 'wait';
  waiting: readonly string[];
  /** A usage limit is near: what runs goes on, nothing new is begun. */
  heldBack: boolean;
  publishing: boolean;
  /** Whether the machine is well enough for more work. */
  isWell: boolean;
  /** Rigs that should be brought together with the user's repository again. */
  exchangeDue: readonly string[];
  /** Whether some were not yet in this run: work on them would begin on an old target. */
  catchingUp: boolean;
  /** Whether the disk has no room for more work. */
  noRoom: boolean;
}

export interface Policy {
  heartbeatMs: number;
  staleMs: number;
  /** How many items with a word (`rig:web`, `label:db`) may be worked on at once. */
  limits: Readonly<Record<string, number>>;
}

export type Action =
  | { do: 'renew'; lease: Lease }
  | { do: 'expire'; lease: Lease; reason: 'timeout' | 'changed' | 'budget' | 'overuse'; why: string }
  | { do: 'wake'; lease: Lease; why: string }
  | { do: 'suspect'; lease: Lease }
  | { do: 'reclaim'; lease: Lease }
  | { do: 'give-up'; entry: Entry; reason: Hopeless['reason']; why: string }
  | { do: 'stop-attempts' }
  | { do: 'exchange'; rig: string }
  | { do: 'land'; lease: Lease }
  | { do: 'take-up'; lease: Lease; agent: string }
  | { do: 'renounce'; lease: Lease; why: string }
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
    ...begin(observed, policy),
    ...end(observed),
  ];
}

function keepAlive({ mine }: Observation, { heartbeatMs }: Policy): Action[] {
  return mine.flatMap(({ lease, renewedMsAgo, changed, overdue, broke, excess, silent }): Action[] => {
    const renew: Action[] = renewedMsAgo >= heartbeatMs ? [{ do: 'renew', lease }] : [];
    if (changed)
      return [
        ...renew,
        { do: 'expire', lease, reason: 'changed', why: 'its definition was changed meanwhile' },
      ];
    if (excess !== undefined) return [...renew, { do: 'expire', lease, reason: 'overuse', why: excess }];
    if (broke !== undefined) return [...renew, { do: 'expire', lease, reason: 'budget', why: broke }];
    if (overdue !== undefined) return [...renew, { do: 'expire', lease, reason: 'timeout', why: overdue }];
    if (silent !== undefined) return [...renew, { do: 'wake', lease, why: silent }];
    return renew;
  });
}

/** A lease that nobody renewed is suspected at one look and taken back at a later one, if it is still the same. */
function repair({ foreign, hopeless, mode }: Observation, { staleMs }: Policy): Action[] {
  const stale = foreign.filter(({ unchangedMs }) => unchangedMs >= staleMs);
  const back = stale.map(
    ({ lease, suspected }): Action => ({ do: suspected ? 'reclaim' : 'suspect', lease }),
  );
  const up = hopeless.map((one): Action => ({ do: 'give-up', ...one }));
  return [...back, ...up, ...(mode === 'stopping' ? [{ do: 'stop-attempts' } as const] : [])];
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

/** What begins a turn: refused landings go back to their authors before anything new; a closed gate lets one try. */
function begin(observed: Observation, policy: Policy): Action[] {
  const { gate, waiting, mode, returns } = observed;
  if (mode === 'stopping') return [];
  const renounced = returns.flatMap(({ lease, lost }): Action[] =>
    lost === undefined ? [] : [{ do: 'renounce', lease, why: lost }],
  );
  if (gate === 'wait' || waiting.length > 0 || mode === 'paused') return renounced;
  const back = takeUp(observed);
  const begun = [...back, ...startNew(observed, policy, new Set(back.map(({ agent }) => agent)))];
  const [first] = begun;
  if (gate === 'open' || !first) return [...renounced, ...begun];
  return [...renounced, first, { do: 'admit', agent: first.agent }];
}

type TakeUp = Extract<Action, { do: 'take-up' }>;

/** One refused landing for each author that is free. */
function takeUp({ returns, seats }: Observation): TakeUp[] {
  return seats.flatMap(({ agent, is }): TakeUp[] => {
    const mine = returns.find((one) => one.agent === agent && one.lost === undefined);
    return mine && is === 'free' ? [{ do: 'take-up', lease: mine.lease, agent }] : [];
  });
}

function startNew(observed: Observation, { limits }: Policy, taken: ReadonlySet<string>): Claim[] {
  const { mode, seats, pending, gate, heldBack, catchingUp, noRoom, isWell } = observed;
  if (mode !== 'running' || catchingUp || heldBack || noRoom || !isWell || manyParked(seats)) return [];
  const free = seats.filter((seat) => seat.is === 'free' && !taken.has(seat.agent));
  const running = seats.flatMap(({ keys = [] }) => keys);
  const mayBegin = pending.filter((one) => !waitsFor(one, seats, taken));
  const chosen = within(mayBegin, limits, { running, most: gate === 'open' ? free.length : 1 });
  return seated(chosen, free);
}

/** So many agents are parked that the next one would fare no better. */
const manyParked = (seats: readonly SeatView[]): boolean =>
  seats.filter((seat) => seat.is === 'parked').length >= RESTARTS.parkedAgents;

type Claim = Extract<Action, { do: 'claim' }>;

/** Whether an item's own agent is there, and busy. A parked one is not waited for. */
const waitsFor = ({ agent }: Candidate, seats: Observation['seats'], taken: ReadonlySet<string>): boolean =>
  seats.some(
    (seat) =>
      seat.agent === agent && (seat.is === 'working' || seat.is === 'waiting' || taken.has(seat.agent)),
  );

/** The first items in the order of their turns that keep every limit. */
function within(
  pending: readonly Candidate[],
  limits: Policy['limits'],
  { running, most }: { running: readonly string[]; most: number },
): Candidate[] {
  const counts = new Map<string, number>();
  const count = (key: string) => counts.set(key, (counts.get(key) ?? 0) + 1);
  for (const key of running) count(key);
  const chosen: Candidate[] = [];
  for (const candidate of pending) {
    if (chosen.length >= most) break;
    if (candidate.keys.some((key) => (counts.get(key) ?? 0) >= (limits[key] ?? Infinity))) continue;
    candidate.keys.forEach(count);
    chosen.push(candidate);
  }
  return chosen;
}

/**
 * Gives each item a seat: one that has its rig's worktree and a warm session if there is one. Which items are begun does not
 * depend on that, so nothing waits because no seat is warm for it.
 */
function seated(chosen: readonly Candidate[], free: readonly SeatView[]): Claim[] {
  const left = [...free];
  const own = chosen.map(({ agent }) => takeWhere(left, (seat) => seat.agent === agent));
  const warm = chosen.map(({ rig }, at) => own[at] ?? takeWhere(left, (seat) => seat.rig === rig));
  return chosen.flatMap(({ entry, agent: wanted }, at) => {
    // Two that want one agent: the second one waits.
    if (wanted !== undefined && own[at] === undefined && free.some((seat) => seat.agent === wanted))
      return [];
    // A seat without a session first: one that is warm for another rig may be wanted for that soon.
    const agent = warm[at] ?? takeWhere(left, (seat) => seat.rig === undefined) ?? left.shift()?.agent;
    return agent === undefined ? [] : [{ do: 'claim', entry, agent }];
  });
}

/** Takes the first seat out of those that are left that fits. */
function takeWhere(left: SeatView[], fits: (seat: SeatView) => boolean): string | undefined {
  const at = left.findIndex(fits);
  return at < 0 ? undefined : left.splice(at, 1)[0]?.agent;
}

function end(observed: Observation): Action[] {
  const { mode, seats, ready, returns, landing, publishing } = observed;
  const { pending, later, hopeless, foreign, untilEmpty } = observed;
  if (landing || publishing || seats.some((seat) => seat.is === 'working')) return [];
  if (mode === 'stopping') return [{ do: 'end', why: 'stopped' }];
  if (ready.length + returns.length > 0) return [];
  if (mode === 'draining') return [{ do: 'end', why: 'drained' }];
  // A lease of somebody else may come back as work.
  if (mode === 'paused' || !untilEmpty || foreign.length > 0) return [];
  if (pending.length + later + hopeless.length === 0) return [{ do: 'end', why: 'empty' }];
  return manyParked(seats) || seats.every((seat) => seat.is === 'parked')
    ? [{ do: 'end', why: 'stuck' }]
    : [];
}
