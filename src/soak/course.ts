import { randomNumbers } from './random.ts';

/** So much faster than the clock on the wall: 15 minutes are a day. */
export const SCALE = 96;

/** What a soak is told. */
export interface SoakOptions {
  minutes: number;
  seed: number;
  agents: number;
}

export type Fault =
  | 'agent killed'
  | 'agent dies by itself'
  | 'coordinator killed'
  | 'agent hangs'
  | 'usage limit'
  | 'agents stopped and continued'
  | 'coordinator stopped and continued'
  | 'git lock held'
  | 'notifications fail'
  | 'clock steps'
  | 'disk full';

/**
 * How often each fault comes in 15 minutes: ten times what is expected of a day. Those with `body` are in what an agent is
 * asked to do, the others are done to the processes and files from outside.
 */
export const FAULTS: Readonly<Record<Fault, { times: number; body?: string }>> = {
  'agent killed': { times: 30 },
  'agent dies by itself': { times: 30, body: '[[die]]' },
  'coordinator killed': { times: 20 },
  'agent hangs': { times: 20, body: '[[hang]]' },
  'usage limit': { times: 10, body: '[[limit:6]]' },
  'agents stopped and continued': { times: 10 },
  'coordinator stopped and continued': { times: 5 },
  'git lock held': { times: 5 },
  'notifications fail': { times: 5 },
  'clock steps': { times: 5 },
  'disk full': { times: 3 },
};

/** A fault and its moment, in ms after the start. */
export interface Planned {
  fault: Fault;
  atMs: number;
}

export interface Course {
  /** Faults end here, ms after the start. */
  faultsEndMs: number;
  /** By their moments. Those in bodies are those of the items that are added then. */
  faults: readonly Planned[];
}

/** The last part has no faults: everything must finish in it. */
const QUIET_SHARE = 0.15;
const SHORTEST_QUIET_MS = 15_000;

/** The last coordinator lives long enough to see whether it grows. */
const shareOf = (fault: Fault): number => (fault === 'coordinator killed' ? 0.6 : 1);

/** The course of a soak; the seed decides all of it. At least one of each fault comes in any soak. */
export function courseOf({ minutes, seed }: SoakOptions): Course {
  const random = randomNumbers(seed);
  const allMs = minutes * 60_000;
  const faultsEndMs = allMs - Math.max(SHORTEST_QUIET_MS, allMs * QUIET_SHARE);
  const faults = (Object.keys(FAULTS) as Fault[]).flatMap((fault) => {
    const times = Math.max(1, Math.round((FAULTS[fault].times * minutes) / 15));
    // Nothing in the first seconds, so that there is something to disturb.
    return Array.from({ length: times }, () => ({
      fault,
      atMs: Math.round(3_000 + random() * Math.max(0, faultsEndMs * shareOf(fault) - 3_000)),
    }));
  });
  return { faultsEndMs, faults: faults.toSorted((one, other) => one.atMs - other.atMs) };
}

/** What an agent prints in a turn, as many lines as partial messages of a real one come to. */
const LINES_A_TURN = 900;

/** A work item of a soak. */
interface SoakItem {
  title: string;
  body: string;
  checks: string[];
}

/** The n-th item, with what its first attempt runs into. A turn takes as long as four minutes at that scale. */
export function itemOf(n: number, random: () => number, fault: Fault | undefined): SoakItem {
  const file = `items/${n}.txt`;
  const seconds = (1 + random() * 3).toFixed(2);
  const cut = fault && FAULTS[fault].body;
  const trouble = cut === undefined ? '' : `[[write:${file}|half]]${cut}`;
  // Some write to one line of one file, so that landings meet conflicts; some fail their check at first.
  const kind = random();
  const shared = kind < 0.05 ? `[[write:shared.txt|${n}\\n]]` : '';
  const work =
    kind > 0.95 ? `[[fail-check-first:${file}|wrong|done ${n}\\n]]` : `[[write:${file}|done ${n}\\n]]`;
  return {
    title: `item ${n}`,
    body: `[[attempt:1]]${trouble}${trouble ? '' : shared}[[flood:${LINES_A_TURN}]][[sleep:${seconds}]]${work}${laterAttempts(n, seconds)}`,
    checks: [`grep -qx "done ${n}" ${file}`],
  };
}

/** Whatever the first attempt ran into, the others do the work. */
const laterAttempts = (n: number, seconds: string) =>
  Array.from(
    { length: 30 },
    (_, at) => `[[attempt:${at + 2}]][[sleep:${seconds}]][[write:items/${n}.txt|done ${n}\\n]]`,
  ).join('');
