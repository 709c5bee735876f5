import { START, step, unready } from '../../src/agent/agent.ts';
import type { AttemptEvent, AttemptState, Outcome } from '../../src/agent/agent.ts';
import { admission, OPEN, probe, refuse } from '../../src/coordinator/gate.ts';
import type { Gate } from '../../src/coordinator/gate.ts';
import { plan } from '../../src/coordinator/plan.ts';
import type { Action, Observation } from '../../src/coordinator/plan.ts';
import { RESTARTS, verdict } from '../../src/coordinator/supervisor.ts';
import type { Entry, Lease } from '../../src/queue/name.ts';
import { randomNumbers } from '../../src/soak/random.ts';

/** Mistakes that can be planted in the model's own hands, to see that it would notice. */
export type Mistake = 'double claim' | 'lost outcome' | 'restart storm' | 'resumed and given back';

/** What lies on the model's disk: one place an item, and the name of its lease. */
interface Item {
  id: string;
  place: 'pending' | 'claimed' | 'done' | 'failed';
  attempt: number;
  charged: number;
  notBeforeMs: number;
  holder: { agent: string; run: string; renewedMs: number } | undefined;
}

/** A session's process: it outlives its coordinator, and may come back to it. */
interface Live {
  item: string;
  attempt: number;
  run: string;
  agent: string;
  state: AttemptState;
  /** The next thing that happens to it, and when. */
  next: { atMs: number; event: AttemptEvent } | undefined;
  /** When its coordinator, which stood still, goes on; never if it was killed. */
  wakesMs?: number;
}

interface Seat {
  agent: string;
  live: Live | undefined;
  deaths: number[];
  starts: number[];
  waitUntilMs: number;
  parked: boolean;
}

const TICK_MS = 1_000;
const POLICY = { heartbeatMs: 10_000, staleMs: 60_000, limits: {} };
const ALLOWANCE = { corrections: 2, ladder: ['nudge', 'anew'] as const };
const MAX_ATTEMPTS = 4;

/**
 * A world in plain values: clocks, a disk, sessions, a target and an account; the decisions in it are those of the product
 * (plan, step, the restart policy, the gate), only the hands are the model's. The seed decides everything.
 */
export class World {
  readonly items = new Map<string, Item>();
  /** How often each item landed, and by which attempts. */
  readonly landed = new Map<string, string[]>();
  readonly broken: string[] = [];
  ticks = 0;
  /** Turns that were begun: what costs money. */
  turns = 0;
  isFaulty = true;
  #nowMs = 0;
  #random: () => number;
  #mistake: Mistake | undefined;
  #seats: Seat[];
  #run = 0;
  #downUntilMs = 0;
  #gate: Gate = OPEN;
  #limitUntilMs = 0;
  #waiting: string[] = [];
  #probing: string | undefined;
  #ready: Lease[] = [];
  #foreign = new Map<string, { renewedMs: number; sinceMs: number; suspected: boolean }>();
  /** Sessions and their attempts whose coordinator died: they go on, and may say later that they are done. */
  #zombies: Live[] = [];

  constructor(
    seed: number,
    { agents = 3, mistake }: { agents?: number; mistake?: Mistake | undefined } = {},
  ) {
    this.#random = randomNumbers(seed);
    this.#mistake = mistake;
    this.#seats = Array.from({ length: agents }, (_, n) => {
      return { agent: `a${n + 1}`, live: undefined, deaths: [], starts: [], waitUntilMs: 0, parked: false };
    });
    this.#startRun();
  }

  add(id: string): void {
    this.items.set(id, { id, place: 'pending', attempt: 0, charged: 0, notBeforeMs: 0, holder: undefined });
  }

  get isAllOver(): boolean {
    return [...this.items.values()].every(({ place }) => place === 'done' || place === 'failed');
  }

  /** One second of everything. */
  tick(): void {
    this.ticks++;
    this.#nowMs += TICK_MS;
    if (this.isFaulty) this.#disturb();
    this.#zombies = this.#zombies.filter((one) => !this.#endZombie(one));
    if (this.#nowMs < this.#downUntilMs) return;
    if (this.#downUntilMs > 0) this.#startRun();
    for (const seat of this.#seats) if (seat.live) this.#progress(seat.live);
    for (const seat of this.#seats) this.#settle(seat);
    for (const action of plan(this.#observe(), POLICY)) this.#perform(action);
    this.#verify();
  }

  #chance(perTick: number): boolean {
    return this.#random() < perTick;
  }

  #disturb(): void {
    if (this.#chance(1 / 400)) this.#crash();
    if (this.#chance(1 / 1_500)) this.#nowMs += 30 * 60_000; // the machine slept: everybody stood still
    if (this.#chance(1 / 600)) this.#limitUntilMs = this.#nowMs + 120_000;
    for (const { live } of this.#seats) {
      const isInTurn =
        live && !['preparing', 'verifying', 'ended', 'waiting-for-limit'].includes(live.state.phase);
      if (isInTurn && this.#chance(1 / 120)) live.next = { atMs: this.#nowMs, event: died };
    }
  }

  /** The coordinator is killed: what it knew is gone, sessions go on for a while. */
  #crash(): void {
    for (const seat of this.#seats) {
      if (seat.live) this.#zombies.push({ ...seat.live, wakesMs: this.#wakeMs() });
      seat.live = undefined;
      seat.waitUntilMs = 0;
    }
    this.#ready = [];
    this.#waiting = [];
    this.#probing = undefined;
    if (this.#gate.is === 'probing') this.#gate = { ...this.#gate, is: 'closed' };
    this.#foreign.clear();
    this.#downUntilMs = this.#nowMs + 2_000 + this.#random() * 5_000;
  }

  #wakeMs(): number {
    const isKilled = this.#chance(0.5) || this.#mistake === 'lost outcome';
    return isKilled ? Number.POSITIVE_INFINITY : this.#nowMs + 20_000 + this.#random() * 300_000;
  }

  /** A new coordinator: adopts what can be gone on with, or leaves it to be taken back when it is stale; never both. */
  #startRun(): void {
    this.#run++;
    this.#downUntilMs = 0;
    for (const zombie of this.#zombies.toReversed()) {
      const item = this.items.get(zombie.item);
      const seat = this.#seats.find(({ agent }) => agent === zombie.agent);
      const isIts = item && this.#holds(item, zombie);
      if (!isIts || !seat || seat.live || this.#chance(0.5)) continue;
      if (this.#mistake === 'resumed and given back') this.#giveBack(item, false);
      else {
        item.holder = { agent: seat.agent, run: this.#name, renewedMs: this.#nowMs };
        zombie.run = this.#name;
      }
      this.#zombies.splice(this.#zombies.indexOf(zombie), 1);
      seat.live = { ...zombie, run: this.#name };
      if (zombie.state.phase === 'waiting-for-limit') this.#follow(seat.live);
    }
  }

  get #name(): string {
    return `r${this.#run}`;
  }

  /** Whether a lease is the one that a session was begun with: the name on the disk says so. */
  #holds(item: Item, { attempt, agent, run }: Live): boolean {
    return (
      item.place === 'claimed' &&
      item.attempt === attempt &&
      item.holder?.agent === agent &&
      item.holder.run === run
    );
  }

  #observe(): Observation {
    const leases = [...this.items.values()].filter((item) => item.place === 'claimed');
    const mine = leases.filter(({ holder }) => holder?.run === this.#name);
    const pending = [...this.items.values()].filter(
      ({ place, notBeforeMs }) => place === 'pending' && notBeforeMs <= this.#nowMs,
    );
    return {
      mode: 'running',
      untilEmpty: false,
      seats: this.#seats.map((seat) => ({ agent: seat.agent, is: this.#stateOf(seat) })),
      pending: pending.map((item) => ({ entry: entryOf(item), rig: 'app', keys: [] })),
      later: 0,
      hopeless: [],
      mine: mine.map((item) => {
        return { lease: leaseOf(item), renewedMsAgo: this.#nowMs - (item.holder?.renewedMs ?? 0) };
      }),
      foreign: this.#lookAtForeign(leases.filter(({ holder }) => holder?.run !== this.#name)),
      ready: this.#ready,
      returns: [],
      landing: false,
      gate: admission(this.#gate, this.#nowMs),
      waiting: this.#waiting,
      heldBack: false,
      publishing: false,
      isWell: true,
      noRoom: false,
      exchangeDue: [],
      catchingUp: false,
    };
  }

  #lookAtForeign(leases: Item[]): Observation['foreign'] {
    if (this.#mistake === 'lost outcome') return [];
    return leases.map((item) => {
      const lease = leaseOf(item);
      const renewedMs = item.holder?.renewedMs ?? 0;
      const before = this.#foreign.get(lease.file);
      const seen =
        before?.renewedMs === renewedMs ? before : { renewedMs, sinceMs: this.#nowMs, suspected: false };
      this.#foreign.set(lease.file, seen);
      return { lease, unchangedMs: this.#nowMs - seen.sinceMs, suspected: seen.suspected };
    });
  }

  #stateOf(seat: Seat): 'free' | 'working' | 'waiting' | 'parked' {
    if (seat.live) return 'working';
    const last = seat.deaths.at(-1) ?? Number.NEGATIVE_INFINITY;
    if (seat.parked && this.#nowMs - last >= RESTARTS.windowMs) seat.parked = false;
    if (seat.parked) return 'parked';
    return this.#nowMs < seat.waitUntilMs ? 'waiting' : 'free';
  }

  #perform(action: Action): void {
    switch (action.do) {
      case 'renew': {
        const item = this.items.get(action.lease.id);
        if (item?.holder && leaseOf(item).file === action.lease.file) item.holder.renewedMs = this.#nowMs;
        return;
      }
      case 'suspect': {
        const seen = this.#foreign.get(action.lease.file);
        if (seen) seen.suspected = true;
        return;
      }
      case 'reclaim':
        return this.#reclaim(action.lease);
      case 'land':
        return this.#land(action.lease);
      case 'admit':
        return this.#admit(action.agent);
      case 'claim':
        return this.#claim(action.entry, action.agent);
      case 'exchange':
      case 'expire':
      case 'wake':
      case 'give-up':
      case 'stop-attempts':
      case 'take-up':
      case 'renounce':
      case 'end':
        // Nothing in this world gives a reason for these.
        return void this.broken.push(`the plan wants to ${action.do}`);
      default:
        action satisfies never;
    }
  }

  #reclaim(lease: Lease): void {
    const item = this.items.get(lease.id);
    if (!item || leaseOf(item).file !== lease.file) return;
    if (this.#nowMs - (item.holder?.renewedMs ?? 0) < POLICY.staleMs)
      this.broken.push(`${item.id} was taken from the living`);
    this.#giveBack(item, false);
  }

  #giveBack(item: Item, charged: boolean): void {
    item.holder = undefined;
    item.charged += Number(charged);
    item.place = item.charged >= MAX_ATTEMPTS ? 'failed' : 'pending';
    item.notBeforeMs = charged ? this.#nowMs + 30_000 * 2 ** (item.charged - 1) : 0;
  }

  /** At most once: by whoever still holds the lease, and only if it has not landed before. */
  #land(lease: Lease): void {
    this.#ready = this.#ready.filter(({ file }) => file !== lease.file);
    const item = this.items.get(lease.id);
    if (!item || leaseOf(item).file !== lease.file) return;
    this.#finish(item, lease.file);
  }

  #finish(item: Item, by: string): void {
    this.landed.set(item.id, [...(this.landed.get(item.id) ?? []), by]);
    item.place = 'done';
    item.holder = undefined;
  }

  #admit(agent: string): void {
    if (this.#gate.is !== 'open') {
      this.#gate = probe(this.#gate);
      this.#probing = agent;
    }
    this.#waiting = this.#waiting.filter((one) => one !== agent);
    const live = this.#seats.find((seat) => seat.agent === agent)?.live;
    if (live?.state.phase === 'waiting-for-limit') this.#apply(live, { is: 'released' });
  }

  #claim(entry: Entry, agent: string): void {
    const item = this.items.get(entry.id);
    const seat = this.#seats.find((one) => one.agent === agent);
    const isThere = item?.place === 'pending' && item.attempt === entry.attempt;
    if (!item || !seat || !isThere) return;
    item.place = 'claimed';
    item.attempt++;
    item.holder = { agent, run: this.#name, renewedMs: this.#nowMs };
    const { id, attempt } = item;
    seat.live = { item: id, attempt, run: this.#name, agent, state: START, next: undefined };
    this.#begin(seat.live, { is: 'prepared', aim: 'work' }, 2_000);
  }

  /** What happens next to an attempt, and when. */
  #begin(live: Live, event: AttemptEvent, afterMs: number): void {
    live.next = { atMs: this.#nowMs + afterMs, event };
  }

  #progress(live: Live): void {
    if (!live.next || live.next.atMs > this.#nowMs) return;
    const { event } = live.next;
    live.next = undefined;
    this.#apply(live, event);
  }

  #apply(live: Live, event: AttemptEvent): void {
    live.state = step(live.state, event, ALLOWANCE);
    if (this.#probing === live.agent && (event.is === 'answered' || event.is === 'died')) {
      this.#probing = undefined;
      this.#gate = event.is === 'answered' ? OPEN : ({ ...this.#gate, is: 'closed' } as Gate);
    }
    this.#follow(live);
  }

  /** What the world makes of a state: the model of sessions, checks, limits and restarts. */
  #follow(live: Live): void {
    const { state } = live;
    switch (state.phase) {
      case 'implementing':
      case 'correcting':
      case 'nudged':
      case 'resuming':
      case 'handing-over':
      case 'orienting':
      case 'planning':
        return this.#turn(live);
      case 'recovering':
        return state.how === 'wait' ? this.#revive(live) : this.#turn(live);
      case 'verifying':
        return this.#begin(live, this.#chance(0.2) ? found : verified, 5_000);
      case 'waiting-for-limit':
        this.#gate = refuse(this.#gate, state.refusal, this.#nowMs, { jitter: this.#random() });
        if (!this.#waiting.includes(live.agent)) this.#waiting.push(live.agent);
        if (this.#probing === live.agent) this.#probing = undefined;
        return;
      case 'preparing':
      case 'waiting-for-answer':
      case 'ended':
        return;
      default:
        state satisfies never;
    }
  }

  #turn(live: Live): void {
    this.turns++;
    const isLimited = this.#nowMs < this.#limitUntilMs;
    const refusal = { cause: 'limit', text: 'limit', resetAtMs: this.#limitUntilMs } as const;
    if (isLimited) return this.#begin(live, { is: 'refused', refusal }, 1_000);
    const dies = this.isFaulty && this.#chance(0.05);
    return this.#begin(live, dies ? died : { is: 'answered' }, 5_000 + this.#random() * 60_000);
  }

  #revive(live: Live): void {
    const seat = this.#seats.find(({ agent }) => agent === live.agent);
    if (!seat) return;
    seat.deaths.push(this.#nowMs);
    const decided =
      this.#mistake === 'restart storm'
        ? ({ do: 'revive', afterMs: 0 } as const)
        : verdict(seat.deaths, this.#nowMs);
    if (decided.do === 'park') {
      seat.parked = true;
      const finding = { reason: 'agent-parked', text: 'parked' } as const;
      live.state = { phase: 'ended', outcome: unready(finding) };
      return;
    }
    seat.starts.push(this.#nowMs + decided.afterMs);
    this.#begin(live, { is: 'revived', pardoned: false }, decided.afterMs);
  }

  /** Books the end of an attempt: the lease's name decides, whoever comes second gets nothing. */
  #settle(seat: Seat): void {
    const { live } = seat;
    if (live?.state.phase !== 'ended') return;
    seat.live = undefined;
    const item = this.items.get(live.item);
    if (item) this.#book(item, live, live.state.outcome);
  }

  #book(item: Item, live: Live, outcome: Outcome): void {
    const isHeld = this.#holds(item, live);
    if (!isHeld && this.#mistake !== 'resumed and given back') return;
    if (outcome.is === 'ready') {
      if (isHeld) this.#ready.push(leaseOf(item));
      else this.#finish(item, `${item.id} by ${live.agent} of ${live.run}`);
    } else this.#giveBack(item, outcome.is === 'failed');
  }

  /**
   * What was begun by a coordinator that stood still may say that it is done when that wakes: by the name of its lease, which is
   * no longer there if it was taken back.
   */
  #endZombie(live: Live): boolean {
    const item = this.items.get(live.item);
    if (!item || (live.wakesMs ?? 0) > this.#nowMs) return false;
    if (this.#holds(item, live) || this.#mistake === 'double claim')
      this.#finish(item, `${live.agent} of ${live.run}`);
    return true;
  }

  /** What must be true after every tick. */
  #verify(): void {
    const workers = new Map<string, number>();
    for (const { live } of this.#seats) if (live) workers.set(live.item, (workers.get(live.item) ?? 0) + 1);
    for (const [id, count] of workers) if (count > 1) this.broken.push(`${count} agents work on ${id}`);
    for (const [id, by] of this.landed)
      if (by.length > 1) this.broken.push(`${id} landed ${by.length} times`);
    for (const { live } of this.#seats) {
      const item = live && this.items.get(live.item);
      if (item?.place === 'pending') this.broken.push(`${live?.agent} works on ${item.id}, which is pending`);
    }
    for (const { agent, starts } of this.#seats) {
      const recent = starts.filter((at) => this.#nowMs - at < RESTARTS.windowMs && at <= this.#nowMs).length;
      if (recent >= RESTARTS.most)
        this.broken.push(`${agent} was restarted ${recent} times within the window`);
    }
  }
}

const finding = { reason: 'check-failed', text: 'x' } as const;
const found: AttemptEvent = { is: 'found', finding };
const verified: AttemptEvent = { is: 'verified', work: { commit: 'c', target: 't', merge: 'm' } };
const died: AttemptEvent = { is: 'died', finding: { reason: 'session-died', text: 'x' } };

const named = ({ id, attempt, charged }: Item) =>
  ({ priority: 'normal', addedMs: 0, id, attempt, charged }) as const;

const entryOf = (item: Item): Entry => ({
  ...named(item),
  place: 'pending',
  file: `${item.id}~${item.attempt}`,
});

function leaseOf(item: Item): Lease {
  const { agent = '', run = '' } = item.holder ?? {};
  return { ...named(item), place: 'claimed', agent, run, file: `${item.id}~${item.attempt}~${agent}~${run}` };
}
