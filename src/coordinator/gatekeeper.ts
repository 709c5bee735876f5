import { randomFraction, wallMs } from '../clock.ts';
import type { Happening } from '../journal/event.ts';
import { readGate, writeGate } from './account.ts';
import { admission, OPEN, probe, refuse } from './gate.ts';
import type { Gate, Refusal } from './gate.ts';

interface Waiter {
  agent: string;
  release(): void;
}

/**
 * Keeps the gate of the agents' account for a run: who was refused waits here, in the middle of the attempt; after the reset
 * one tries, then the others follow one by one.
 */
export class Gatekeeper {
  #file: string;
  #gate: Gate;
  #tell: (happening: Happening) => void;
  #waiters: Waiter[] = [];
  #probing: string | undefined;

  constructor(file: string, tell: (happening: Happening) => void) {
    this.#file = file;
    this.#gate = readGate(file);
    this.#tell = tell;
  }

  get gate(): Gate {
    return this.#gate;
  }

  /** Whether a turn may begin now. */
  get admission(): ReturnType<typeof admission> {
    return admission(this.#gate, wallMs());
  }

  /** Who waits, in the order in which they came. */
  get waiting(): string[] {
    return this.#waiters.map(({ agent }) => agent);
  }

  /** Notes that an agent was refused, and lets it wait until it is its turn; returns early when aborted. */
  async wait(agent: string, refusal: Refusal, abort: AbortSignal): Promise<void> {
    this.#change(refuse(this.#gate, refusal, wallMs(), randomFraction()));
    if (this.#probing === agent) this.#probing = undefined;
    await new Promise<void>((resolve) => {
      const waiter = { agent, release: resolve };
      this.#waiters.push(waiter);
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
    const waiter = this.#waiters.find((one) => one.agent === agent);
    this.#waiters = this.#waiters.filter((one) => one !== waiter);
    waiter?.release();
  }

  /** A turn of an agent ended without being refused: if it was the probe, the gate is open. */
  passed(agent: string): void {
    if (this.#probing !== agent) return;
    this.#probing = undefined;
    this.#change(OPEN);
  }

  /** The probe ended without an answer: the next may try. */
  gone(agent: string): void {
    if (this.#probing !== agent) return;
    this.#probing = undefined;
    if (this.#gate.is === 'probing') this.#change({ ...this.#gate, is: 'closed' });
  }

  /** Durable before anybody acts on it: a wait outlives a crash of the coordinator. */
  #change(gate: Gate): void {
    if (gate === this.#gate) return;
    const before = this.#gate;
    this.#gate = gate;
    writeGate(this.#file, gate);
    if (gate.is === 'closed') {
      const { cause, text, untilMs } = gate;
      this.#tell({ is: 'gate-closed', cause, text, until: new Date(untilMs).toISOString() });
    }
    if (gate.is === 'open' && before.is !== 'open') {
      this.#tell({ is: 'gate-opened', cause: before.cause, ms: wallMs() - before.sinceMs });
    }
  }
}
