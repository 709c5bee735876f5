import { join } from 'node:path';
import { randomFraction, wallMs } from '../clock.ts';
import { makeFolder, readSmallFile, replaceFile } from '../durable.ts';
import { diesOften, RESTARTS, verdict, within } from './supervisor.ts';
import type { Verdict } from './supervisor.ts';

/** More deaths than these are of no interest to any verdict. */
const KEPT = 50;

/** One death: when (wall clock, ms), and in which attempt if it was in one. */
interface Death {
  at: number;
  of?: string | undefined;
}

/**
 * How often an agent's session died: `restarts.json` in the agent's folder, on the disk before a verdict is acted on, so
 * that a coordinator that is killed and started again does not begin to count anew. Wall clock, since it outlives processes.
 */
export class Tally {
  #file: string;
  #scale: number;
  #deaths: readonly Death[];

  /** With `scale` the windows of the policy pass as much faster. */
  constructor(folder: string, scale = 1) {
    this.#scale = scale;
    this.#file = join(folder, 'restarts.json');
    this.#deaths = read(this.#file);
  }

  /** Deaths within the last hour. */
  recent(): number {
    return within(this.#times(), this.#now(), RESTARTS.often.withinMs);
  }

  /** Notes a death and says what follows; `often`: it became one too many to go without saying. */
  died(of?: string, hopeless?: string): Verdict & { often: boolean } {
    const before = diesOften(this.#times(), this.#now());
    this.#keep([...this.#deaths, { at: wallMs(), of }]);
    const often = !before && diesOften(this.#times(), this.#now());
    return { ...this.#verdict(hopeless), often };
  }

  /** Why the agent is parked by what happened before this process, if it is. */
  standing(): string | undefined {
    const decided = this.#verdict();
    return decided.do === 'park' ? decided.why : undefined;
  }

  /** Whether no death was seen for a whole window: the agent may be tried again. */
  isQuiet(): boolean {
    return within(this.#times(), this.#now(), RESTARTS.windowMs) === 0;
  }

  /** The last so many deaths were not this agent's fault. */
  pardon(deaths: number): void {
    if (deaths > 0) this.#keep(this.#deaths.slice(0, -deaths));
  }

  #verdict(hopeless?: string): Verdict {
    const counted = this.#times(oncePerAttempt(this.#deaths));
    const circumstances = { hopeless, counted, jitter: randomFraction() };
    return verdict(this.#times(), this.#now(), circumstances);
  }

  #now(): number {
    return wallMs() * this.#scale;
  }

  #times(deaths: readonly Death[] = this.#deaths): number[] {
    return deaths.map(({ at }) => at * this.#scale);
  }

  #keep(deaths: readonly Death[]): void {
    this.#deaths = deaths.slice(-KEPT);
    makeFolder(join(this.#file, '..'));
    replaceFile(this.#file, JSON.stringify({ format: 1, deaths: this.#deaths }), { durable: true });
  }
}

/** An item that kills every session fails before it parks agents: the deaths of one attempt count as its last one. */
function oncePerAttempt(deaths: readonly Death[]): readonly Death[] {
  return deaths.filter(
    ({ of }, index) => of === undefined || deaths.findLastIndex((one) => one.of === of) === index,
  );
}

function read(file: string): Death[] {
  try {
    const { deaths } = JSON.parse(readSmallFile(file, 1 << 16) ?? '') as { deaths: Death[] };
    return deaths.filter(({ at }) => Number.isFinite(at));
  } catch {
    return [];
  }
}
