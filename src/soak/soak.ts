import { monotonicMs, sleep } from '../clock.ts';
import { courseOf, FAULTS, itemOf } from './course.ts';
import type { Fault, Planned, SoakOptions } from './course.ts';
import { evidenceOf, fingerprint } from './evidence.ts';
import type { Evidence } from './evidence.ts';
import { INJURIES } from './injure.ts';
import { lookAt, readSamples } from './measures.ts';
import type { HomeLook, Measured } from './measures.ts';
import { randomNumbers } from './random.ts';
import { SoakWorld } from './world.ts';

/** How often the driver looks, and how often it measures the home, ms. */
const LOOK_MS = 200;
const MEASURE_MS = 3_000;
/** So many items an agent wait in the queue while there are faults. */
const AHEAD = 2;

/** What came of a soak, before it is judged. */
export interface Soaked extends Measured {
  evidence: Evidence;
  /** How often each fault was done, and how often there was nothing to hurt or the machine does not allow it. */
  faults: Partial<Record<Fault, { done: number; not: number }>>;
  /** How long everything took after the last fault, ms; undefined if it did not finish. */
  finishedInMs: number | undefined;
  fronts: number;
  /** ms. */
  tookMs: number;
}

interface SoakSetup extends SoakOptions {
  folder: string;
  leak: number;
  env: Record<string, string | undefined>;
  /** Says how it goes. */
  say: (text: string) => void;
}

/** One soak in a folder of its own: faults by the seed, then a part without, in which everything must finish. */
export class Soak {
  #setup: SoakSetup;
  #world: SoakWorld;
  #random: () => number;
  #begunMs = monotonicMs();
  #due: Planned[];
  #faultsEndMs: number;
  #inBodies: Fault[] = [];
  #faults: Soaked['faults'] = {};
  #added: string[] = [];
  #titles = new Set<string>();
  #looks: HomeLook[] = [];
  #healed = new AbortController();
  #hurting: Promise<void>[] = [];

  constructor(setup: SoakSetup) {
    const { faults, faultsEndMs } = courseOf(setup);
    this.#setup = setup;
    this.#world = new SoakWorld(setup);
    this.#random = randomNumbers(setup.seed + 1);
    this.#due = [...faults];
    this.#faultsEndMs = faultsEndMs;
  }

  async run(): Promise<Soaked> {
    const world = this.#world;
    await world.begin();
    const before = await fingerprint(world);
    await this.#disturb();
    const healedMs = monotonicMs();
    await this.#heal();
    const isDone = await this.#finish();
    const finishedInMs = isDone ? monotonicMs() - healedMs : undefined;
    const exitCode = await world.end(60_000);
    const known = { added: this.#added, titles: this.#titles, exitCode, before };
    return {
      evidence: await evidenceOf(world, known),
      samples: readSamples(world.samples),
      looks: this.#looks,
      faults: this.#faults,
      finishedInMs,
      fronts: world.fronts,
      tookMs: monotonicMs() - this.#begunMs,
    };
  }

  /** Work and faults, until the time for faults is over. */
  async #disturb(): Promise<void> {
    let measuredMs = 0;
    for (let now = this.#ms(); now < this.#faultsEndMs; now = this.#ms()) {
      this.#world.look();
      while (this.#due[0] && this.#due[0].atMs <= now) this.#hurt(this.#due.shift()?.fault);
      this.#feed();
      if (now - measuredMs > MEASURE_MS) {
        measuredMs = now;
        await this.#measure();
      }
      await sleep(LOOK_MS);
    }
  }

  #ms(): number {
    return monotonicMs() - this.#begunMs;
  }

  #hurt(fault: Fault | undefined): void {
    if (fault === undefined) return;
    if (FAULTS[fault].body !== undefined) return void this.#inBodies.push(fault);
    const injury =
      INJURIES[fault]?.(this.#world, this.#random, this.#healed.signal) ?? Promise.resolve(false);
    this.#hurting.push(injury.catch(() => false).then((was) => this.#note(fault, was)));
  }

  #note(fault: Fault, was: boolean): void {
    const counts = this.#faults[fault] ?? { done: 0, not: 0 };
    if (was) counts.done++;
    else counts.not++;
    this.#faults[fault] = counts;
    this.#setup.say(`${Math.round(this.#ms() / 1000)} s: ${fault}${was ? '' : ' (not done)'}`);
  }

  /** Keeps the queue filled. What could not be added (a full disk) was not acknowledged, and is tried under another number. */
  #feed(): void {
    if (!this.#world.isThere) return;
    try {
      const { queue } = this.#world;
      for (let left = queue.entries('pending').length; left < AHEAD * this.#setup.agents; left++) {
        const fault = this.#inBodies.shift();
        const item = itemOf(this.#titles.size, this.#random, fault);
        this.#titles.add(item.title);
        this.#added.push(queue.addNew(item).id);
        if (fault) this.#note(fault, true);
      }
    } catch {
      // Nothing can be added while the disk is full, or before the home is made.
    }
  }

  async #measure(): Promise<void> {
    const landed = this.#world.events.filter(({ is }) => is === 'landed').length;
    const look = await lookAt(this.#world, landed);
    if (look) this.#looks.push(look);
  }

  /** Ends what is still being done; every fault mends what it did. */
  async #heal(): Promise<void> {
    this.#healed.abort();
    await Promise.all(this.#hurting);
  }

  /** Whether everything finishes without faults, within as much time as the faults took. */
  async #finish(): Promise<boolean> {
    const limitMs = this.#ms() + Math.max(120_000, this.#faultsEndMs);
    while (this.#ms() < limitMs) {
      this.#world.look();
      if (this.#isAllDone()) return true;
      await sleep(LOOK_MS);
    }
    return false;
  }

  #isAllDone(): boolean {
    return this.#world.queue.entries().every(({ place }) => place === 'done');
  }
}
