import { join } from 'node:path';
import { readSmallFile, replaceFile } from '../durable.ts';
import { isAgentPaused } from './control.ts';
import type { Reply } from './control.ts';
import type { Run } from './run.ts';
import { Seat } from './seat.ts';
import type { SeatSetup } from './seat-session.ts';

const MOST_AGENTS = 100;
const fileOf = (state: string) => join(state, 'pool.json');

/**
 * How many agents a front's run was scaled to; `began` names the first run of that front, so that a coordinator that is
 * started again keeps it and the next `harness parallel` does not.
 */
export function scaledTo(state: string, began: string): number | undefined {
  try {
    const kept = JSON.parse(readSmallFile(fileOf(state), 4096) ?? '') as { began: string; agents: number };
    return kept.began === began ? kept.agents : undefined;
  } catch {
    return undefined;
  }
}

/** The seats of a run. Their number changes while it runs: who is one too many finishes what it has, and goes. */
export class Pool {
  readonly seats: Seat[] = [];
  #run: Run;
  #wanted: number;
  #called: SeatSetup['called'];
  #closing = new Set<Promise<void>>();

  /** `called` answers what agents' tools ask. */
  constructor(run: Run, agents: number, called: SeatSetup['called']) {
    this.#run = run;
    this.#called = called;
    this.#wanted = agents;
    this.#fill();
  }

  get wanted(): number {
    return this.#wanted;
  }

  /** Answers `harness scale`. */
  scale(text: string): Reply {
    const agents = Number(text);
    if (!Number.isInteger(agents) || agents < 1 || agents > MOST_AGENTS) {
      return { ok: false, text: `${text} is no number of agents; write 1 to ${MOST_AGENTS}` };
    }
    const before = this.#wanted;
    if (agents === before) return { ok: true, text: `${agents} agents work already` };
    const { state, began, tell } = this.#run;
    replaceFile(fileOf(state), JSON.stringify({ format: 1, began, agents }), { durable: true });
    this.#wanted = agents;
    tell({ is: 'scaled', before, agents });
    this.look();
    const leaving = this.seats.length - agents;
    const more = leaving > 0 ? `; ${leaving} finish what they have first` : '';
    return { ok: true, text: `${agents} agents${more}` };
  }

  /** To be called at every look: takes on who is missing, lets go who is too many, holds whom a person holds. */
  look(): void {
    this.#fill();
    for (const seat of this.seats.toReversed()) {
      const isLeaving = Number(seat.agent.slice(1)) > this.#wanted;
      this.#hold(seat, isLeaving);
      if (isLeaving && !seat.work) this.#letGo(seat);
    }
  }

  #fill(): void {
    for (let n = 1; n <= this.#wanted; n++) {
      const agent = `a${n}`;
      if (this.seats.some((seat) => seat.agent === agent)) continue;
      this.seats.push(new Seat(agent, { ...this.#run, run: this.#run.id, called: this.#called }));
    }
    this.seats.sort((one, other) => Number(one.agent.slice(1)) - Number(other.agent.slice(1)));
  }

  /** Who is paused by a person, or one too many, begins nothing new. */
  #hold(seat: Seat, isLeaving: boolean): void {
    const { state, tell } = this.#run;
    const isPaused = isAgentPaused(state, seat.agent);
    if (isPaused !== seat.held.paused)
      tell({ is: isPaused ? 'agent-paused' : 'agent-resumed', agent: seat.agent });
    Object.assign(seat.held, { paused: isPaused, leaving: isLeaving });
  }

  #letGo(seat: Seat): void {
    this.seats.splice(this.seats.indexOf(seat), 1);
    const closed = seat.close();
    this.#closing.add(closed);
    void closed.finally(() => this.#closing.delete(closed));
  }

  /** Ends all sessions, those of who left before too. */
  async close(): Promise<void> {
    await Promise.all([...this.#closing, ...this.seats.map((seat) => seat.close())]);
  }
}
