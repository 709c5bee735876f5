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
  #deaths: readonly Death[];

  constructor(folder: string) {
    this.#file = join(folder, 'restarts.json');
    this.#deaths = read(this.#file);
  }

  /** Deaths within the last hour. */
  recent(): number {
    return within(timesOf(this.#deaths), wallMs(), RESTARTS.often.withinMs);
  }

  /** Notes a death and says what follows; `often`: it became one too many to go without saying. */
  died(of?: string, hopeless?: string): Verdict & { often: boolean } {
    const now = wallMs();
    const before = diesOften(timesOf(this.#deaths), now);
    this.#keep([...this.#deaths, { at: now, of }]);
    const often = !before && diesOften(timesOf(this.#deaths), now);
    return { ...this.#verdict(hopeless), often };
  }

  /** Why the agent is parked by what happened before this process, if it is. */
  standing(): string | undefined {
    const decided = this.#verdict();
    return decided.do === 'park' ? decided.why : undefined;
  }

  /** Whether no death was seen for a whole window: the agent may be tried again. */
  isQuiet(): boolean {
    return within(timesOf(this.#deaths), wallMs(), RESTARTS.windowMs) === 0;
  }

  /** The last so many deaths were not this agent's fault. */
  pardon(deaths: number): void {
    if (deaths > 0) this.#keep(this.#deaths.slice(0, -deaths));
  }

  #verdict(hopeless?: string): Verdict {
    const counted = timesOf(oncePerAttempt(this.#deaths));
    const circumstances = { hopeless, counted, jitter: randomFraction() };
    return verdict(timesOf(this.#deaths), wallMs(), circumstances);
  }

  #keep(deaths: readonly Death[]): void {
    this.#deaths = deaths.slice(-KEPT);
    makeFolder(join(this.#file, '..'));
    replaceFile(this.#file, JSON.stringify({ format: 1, deaths: this.#deaths }), { durable: true });
  }
}

const timesOf = (deaths: readonly Death[]): number[] => deaths.map(({ at }) => at);

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
