import { monotonicMs } from '../clock.ts';
import type { Happening } from '../journal/event.ts';
import { isIncident, RESTARTS } from './supervisor.ts';

interface Death {
  agent: string;
  atMs: number;
  pardon(): void;
}

/** Sees the deaths of all agents of a run side by side: many at once are one incident. */
export class Incidents {
  #agents = new Set<string>();
  #deaths: Death[] = [];
  #untilMs = 0;
  #tell: (happening: Happening) => void;
  #scale: number;

  /** With `scale` the window passes as much faster. */
  constructor(tell: (happening: Happening) => void, scale = 1) {
    this.#tell = tell;
    this.#scale = scale;
  }

  join(agent: string): void {
    this.#agents.add(agent);
  }

  /** Notes a death; if it makes an incident (or is part of one), `pardon` is called, and that of those before it. */
  note(death: Omit<Death, 'atMs'>): void {
    const now = this.#now();
    const { withinMs } = RESTARTS.incident;
    this.#deaths = [...this.#deaths.filter(({ atMs }) => now - atMs < withinMs), { ...death, atMs: now }];
    if (!isIncident(this.#deaths, this.#agents.size, now)) return;
    const agents = [...new Set(this.#deaths.map(({ agent }) => agent))];
    if (now >= this.#untilMs) this.#tell({ is: 'incident', agents, ms: withinMs });
    this.#untilMs = now + withinMs;
    for (const one of this.#deaths.splice(0)) one.pardon();
    // The next death soon after is part of the same.
    this.#deaths = agents.map((agent) => ({ agent, atMs: now, pardon: () => undefined }));
  }

  get isOn(): boolean {
    return this.#now() < this.#untilMs;
  }

  #now(): number {
    return monotonicMs() * this.#scale;
  }
}
