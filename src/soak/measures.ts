import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Sample } from '../coordinator/sampler.ts';
import { filesIn } from './evidence.ts';
import { growthOf } from './slope.ts';
import type { Budget, Growth, Point } from './slope.ts';
import type { SoakWorld } from './world.ts';

/** Events of three agents in a day, with partial messages: 1,080 turns of about a thousand. */
const EVENTS_A_DAY = 1_080_000;
/** Items of three agents in a day. */
const ITEMS_A_DAY = 1_080;

const MB = 1 << 20;

/** What may grow in a day, of the coordinator's process, by its events. */
const OF_PROCESS: readonly (Budget & { of: (sample: Sample) => number })[] = [
  { measure: 'heap after a forced collection', unit: 'B', perDay: 32 * MB, of: ({ heapUsed }) => heapUsed },
  { measure: 'memory outside of the heap', unit: 'B', perDay: 32 * MB, of: ({ external }) => external },
  { measure: 'resident memory (RSS)', unit: 'B', perDay: 128 * MB, of: ({ rss }) => rss },
  { measure: 'file descriptors', unit: '', perDay: 10, of: ({ fds }) => fds },
  { measure: 'handles and timers of Node.js', unit: '', perDay: 10, of: ({ resources }) => resources },
  { measure: 'delay of the event loop, p99', unit: 'ms', perDay: 20, of: ({ loopDelayMs }) => loopDelayMs },
];

/** The same, of the home, by the items that landed. */
const OF_HOME: readonly (Budget & { of: (look: HomeLook) => number })[] = [
  { measure: 'files in state/', unit: '', perDay: 20, of: ({ files }) => files },
  { measure: 'temporary files', unit: '', perDay: 1, of: ({ temporary }) => temporary },
  { measure: 'work trees', unit: '', perDay: 1, of: ({ trees }) => trees },
];

/** What a home holds at one moment. */
export interface HomeLook {
  landed: number;
  files: number;
  bytes: number;
  temporary: number;
  trees: number;
  refs: number;
}

/** Looks at a home while it works; undefined where it is not there yet, or the disk is full at this moment. */
export async function lookAt(world: SoakWorld, landed: number): Promise<HomeLook | undefined> {
  try {
    const state = filesIn(world.state);
    const trees = join(world.home, 'worktrees/app/depot.git/worktrees');
    const refs = await world.depot.text(['for-each-ref', '--format=%(refname)']);
    return {
      landed,
      files: state.length,
      bytes: state.reduce((sum, { bytes }) => sum + bytes, 0),
      temporary: filesIn(join(world.folder, 'home/tmp')).length,
      trees: existsSync(trees) ? readdirSync(trees).length : 0,
      refs: refs.split('\n').length,
    };
  } catch {
    return undefined;
  }
}

/** What the coordinators of a soak said of themselves. */
export function readSamples(file: string): Sample[] {
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .flatMap((line): Sample[] => {
      try {
        return [JSON.parse(line) as Sample];
      } catch {
        return []; // torn by a kill
      }
    });
}

export interface Measured {
  samples: readonly Sample[];
  looks: readonly HomeLook[];
}

/** All growths, each held against its budget. */
export function growthsOf({ samples, looks }: Measured): Growth[] {
  const ofProcess = OF_PROCESS.map(({ of, ...budget }) => {
    const points = samples.map(
      (one): Point => ({ life: String(one.pid), events: one.events, value: of(one) }),
    );
    return growthOf(budget, points, EVENTS_A_DAY);
  });
  const ofHome = OF_HOME.map(({ of, ...budget }) => {
    const points = looks.map((one): Point => ({ life: 'home', events: one.landed, value: of(one) }));
    return growthOf(budget, points, ITEMS_A_DAY);
  });
  return [...ofProcess, ...ofHome];
}
