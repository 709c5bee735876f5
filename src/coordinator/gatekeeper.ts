import { statSync } from 'node:fs';
import { monotonicMs, randomFraction, wallMs } from '../clock.ts';
import type { Config } from '../config.ts';
import type { Happening } from '../journal/event.ts';
import { readGate, writeGate } from './account.ts';
import { admission, ADVICE, OPEN, probe, refuse } from './gate.ts';
import type { Gate, Refusal } from './gate.ts';
import { fullWindow, noted } from './pressure.ts';
import type { Pressure, Warning } from './pressure.ts';
import { resetIn } from './reset-time.ts';
import type { GateSnapshot } from './snapshot.ts';

interface Waiter {
  agent: string;
  /** Of the priority of its item: 0 goes first. */
  rank: number;
  release: () => void;
}

/** Who waits at the gate goes on one after the other, this far apart, so that they do not run into the limit together. */
const STAGGER_MS = 5_000;

/** Another home that uses the account may have been refused: its word is looked for this often. */
const LOOK_MS = 1_000;

/** A probe of another home is waited for no longer than this: that home may be gone. */
const FOREIGN_PROBE_MS = 10 * 60_000;

interface GateSetup {
  /** Where the gate of the account is kept, for all homes that use it. */
  file: string;
  /** As it is now. */
  config: Pick<Config, 'on_limit'>;
  /** Divides the harness' own waits. */
  scale: number;
  tell: (happening: Happening) => void;
}

/**
 * Keeps the gate of the agents' account for a run: who was refused waits here, in the middle of the attempt, and so does
 * whoever would begin a turn meanwhile; after the reset one tries, then the others follow one by one, by priority.
 */
export class Gatekeeper {
  #setup: GateSetup;
  #gate: Gate;
  #waiters: Waiter[] = [];
  #probing: string | undefined;
  /** When the last one was let go; monotonic, ms. */
  #releasedMs = Number.NEGATIVE_INFINITY;
  #pressure: Pressure = new Map();
  #toldFull: number | undefined;
  /** The file as it was when it was looked at last; `atMs` monotonic. */
  #seen: { mtimeMs: number; atMs: number };

  constructor(setup: GateSetup) {
    this.#setup = setup;
    this.#gate = readGate(setup.file);
    this.#seen = { mtimeMs: mtimeOf(setup.file), atMs: monotonicMs() };
  }

  /** Whether a turn may begin now; who waits is let go one by one. */
  get admission(): ReturnType<typeof admission> {
    this.#look();
    const decided = admission(this.#gate, wallMs());
    const sinceMs = monotonicMs() - this.#releasedMs;
    const isEarly = this.#waiters.length > 0 && sinceMs < STAGGER_MS / this.#setup.scale;
    return decided === 'open' && isEarly ? 'wait' : decided;
  }

  /** Who waits, in the order in which they go on. */
  get waiting(): string[] {
    return this.#waiters.map(({ agent }) => agent);
  }

  /** Why nothing new is begun although turns still get answers: a limit is near. */
  get heldBack(): ReturnType<typeof fullWindow> {
    return fullWindow(this.#pressure, wallMs());
  }

  /** Why the run shall end, where people would rather have that than wait for a limit. */
  get stops(): string | undefined {
    const gate = this.#gate;
    const isLimited = gate.is !== 'open' && gate.cause === 'limit' && admission(gate, wallMs()) === 'wait';
    return isLimited && this.#setup.config.on_limit === 'stop' ? gate.text : undefined;
  }

  /** Notes that an agent was refused, and lets it wait until it is its turn; returns early when aborted. */
  async wait(agent: string, refusal: Refusal, { abort, rank = 2 }: Waiting): Promise<void> {
    const { scale } = this.#setup;
    const now = wallMs();
    const resetAtMs =
      refusal.resetAtMs ?? (refusal.cause === 'limit' ? resetIn(refusal.text, now) : undefined);
    const advice = ADVICE[refusal.cause];
    const text = advice === undefined ? refusal.text : `${refusal.text}; ${advice}`;
    this.#look();
    this.#change(
      refuse(this.#gate, { ...refusal, text, resetAtMs }, now, { jitter: randomFraction(), scale }),
    );
    if (this.#probing === agent) this.#probing = undefined;
    if (this.stops === undefined) await this.#queue(agent, rank, abort);
  }

  /** Before every turn: waits while the gate is closed, unless this agent is the one that tries. `halt` is told why. */
  async pass(
    agent: string,
    { abort, rank = 2, halt }: Waiting & { halt: (why: string | undefined) => void },
  ): Promise<void> {
    this.#look();
    if (this.#gate.is === 'open' || this.#probing === agent || this.stops !== undefined) return;
    halt(this.#gate.text);
    await this.#queue(agent, rank, abort);
    halt(undefined);
  }

  async #queue(agent: string, rank: number, abort: AbortSignal): Promise<void> {
    await new Promise<void>((resolve) => {
      const waiter = { agent, rank, release: resolve };
      this.#waiters = [...this.#waiters, waiter].toSorted((one, other) => one.rank - other.rank);
      const leave = () => {
        this.#waiters = this.#waiters.filter((one) => one !== waiter);
        resolve();
      };
      if (abort.aborted) leave();
      else abort.addEventListener('abort', leave, { once: true });
    });
  }

  /** Lets one agent go on (or begin): as the probe while the gate is closed. */
  admit(agent: string): void {
    if (this.#gate.is !== 'open') {
      this.#probing = agent;
      this.#change(probe(this.#gate));
    }
    this.#releasedMs = monotonicMs();
    const waiter = this.#waiters.find((one) => one.agent === agent);
    this.#waiters = this.#waiters.filter((one) => one !== waiter);
    waiter?.release();
  }

  /** A model answered an agent: if it was the probe, the gate is open. */
  passed(agent: string): void {
    if (this.#probing !== agent) return;
    this.#probing = undefined;
    this.#releasedMs = monotonicMs();
    this.#change(OPEN);
  }

  /** The probe ended without an answer: the next may try. */
  gone(agent: string): void {
    if (this.#probing !== agent) return;
    this.#probing = undefined;
    if (this.#gate.is === 'probing') this.#change({ ...this.#gate, is: 'closed' });
  }

  /** What the CLI says of a limit while it still answers. */
  warned(warning: Warning): void {
    this.#pressure = noted(this.#pressure, warning);
    const full = this.heldBack;
    if (full && full.untilMs !== this.#toldFull) {
      const { window, untilMs, percent } = full;
      const until = new Date(untilMs).toISOString();
      this.#setup.tell({ is: 'held-back', window, until, ...(percent !== undefined && { percent }) });
    }
    this.#toldFull = full?.untilMs;
  }

  /** For the snapshot; undefined while nobody waits. */
  snapshot(): GateSnapshot | undefined {
    const gate = this.#gate;
    if (gate.is !== 'open') {
      const { is, cause, text, untilMs, sinceMs } = gate;
      const since = new Date(sinceMs).toISOString();
      return { is, cause, text, since, until: new Date(untilMs).toISOString(), waiting: this.waiting };
    }
    const full = this.heldBack;
    if (!full) return undefined;
    const text = `the ${full.window} usage limit is near${full.percent === undefined ? '' : ` (${full.percent} %)`}`;
    const until = new Date(full.untilMs).toISOString();
    return { is: 'held-back', cause: 'limit', text, until, waiting: [] };
  }

  /** Takes over what another home wrote meanwhile: it uses the same account. */
  #look(): void {
    if (monotonicMs() - this.#seen.atMs < LOOK_MS) return;
    const mtimeMs = mtimeOf(this.#setup.file);
    const isNews = mtimeMs !== this.#seen.mtimeMs;
    this.#seen = { mtimeMs, atMs: monotonicMs() };
    if (!isNews || this.#probing !== undefined) return;
    const read = readGate(this.#setup.file, { asWritten: true });
    const isTried = read.is === 'probing';
    this.#become(isTried ? { ...read, is: 'closed', untilMs: wallMs() + FOREIGN_PROBE_MS } : read);
  }

  /** Durable before anybody acts on it: a wait outlives a crash of the coordinator. */
  #change(gate: Gate): void {
    if (gate === this.#gate) return;
    writeGate(this.#setup.file, gate);
    this.#seen = { mtimeMs: mtimeOf(this.#setup.file), atMs: monotonicMs() };
    this.#become(gate);
  }

  #become(gate: Gate): void {
    const before = this.#gate;
    this.#gate = gate;
    if (this.stops !== undefined) for (const waiter of this.#waiters.splice(0)) waiter.release();
    if (gate.is === 'closed') {
      const { cause, text, untilMs } = gate;
      this.#setup.tell({ is: 'gate-closed', cause, text, until: new Date(untilMs).toISOString() });
    }
    if (gate.is === 'open' && before.is !== 'open') {
      this.#setup.tell({ is: 'gate-opened', cause: before.cause, ms: wallMs() - before.sinceMs });
    }
  }
}

interface Waiting {
  abort: AbortSignal;
  rank?: number;
}

const mtimeOf = (file: string): number => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
