import { foldersOf } from '../../../src/queue/folders.ts';
import type { Ground } from '../../../src/queue/ground.ts';
import { inspecting } from '../../../src/queue/inspect.ts';
import { toEnd } from '../../../src/queue/steps.ts';
import type { Steps } from '../../../src/queue/steps.ts';
import { Judge, Violation } from './judge.ts';
import { ModelDisk } from './model-disk.ts';
import type { Flaws } from './model-disk.ts';
import { adder, coordinator, draining, importer, person, worker } from './people.ts';
import type { Habits, World } from './people.ts';

interface Process {
  pid: number;
  is: 'coordinator' | 'other';
  steps: Steps<void>;
  /** Stopped until this step of the schedule. */
  until: number;
}

/** What happened in one schedule. */
export interface Tally {
  steps: number;
  kills: number;
  cuts: number;
  pauses: number;
  completed: number;
}

/** Random numbers from 0 up to 1 that a seed determines (mulberry32). */
export function chances(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d_2b_79_f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const STEPS = 400;

/**
 * One schedule: processes that take their steps in any order, are stopped and killed between any two of them and in the
 * middle of a write, while the power fails and the wall clock jumps; at the end all faults stop and everything must get done.
 * Throws a Violation where something was lost, doubled or made up.
 */
export function simulate(seed: number, wrong: Flaws & Habits = {}): Tally {
  const chance = chances(seed);
  const folders = foldersOf('/q');
  const model = new ModelDisk(Object.values(folders), chance, wrong);
  const judge = new Judge(model);
  const clock = { step: 0, wallMs: 1_800_000_000_000 };
  let processes: Process[] = [];
  let pids = 0;
  const isAlive = ({ pid }: { pid: number }) => processes.some((one) => one.pid === pid);
  const world: World = {
    judge,
    chance,
    habits: wrong,
    isAlive,
    monotonicMs: () => clock.step * 10,
    wallMs: () => clock.wallMs,
  };
  const groundOf = (pid: number): Ground => {
    let made = 0;
    return {
      disk: model.disk,
      folders,
      self: () => ({ pid, start: String(pid) }),
      random: (length) => `${pid}x${++made}`.padStart(length, '0').slice(-length),
    };
  };
  const start = (is: Process['is'], life: (ground: Ground, pid: number) => Steps<void>) => {
    const pid = ++pids;
    processes.push({ pid, is, steps: life(groundOf(pid), pid), until: 0 });
  };
  const ids = ['a', 'b', 'c', 'd'];
  const begin = [
    () => start('other', (ground) => adder(world, ground, [ids[Math.floor(chance() * 4)] ?? 'a', 'b'])),
    () => start('other', (ground, pid) => importer(world, ground, [`i${pid}`, `j${pid}`])),
    () => start('other', (ground) => person(world, ground)),
    () => start('other', (ground, pid) => worker(world, ground, `w${pid}`, 3)),
  ];
  const tally: Tally = { steps: 0, kills: 0, cuts: 0, pauses: 0, completed: 0 };
  const isRecovered = () => !judge.isUnordered;

  const advance = (one: Process) => {
    const isTearing = model.tearNext;
    try {
      if (one.steps.next().done) processes = processes.filter((other) => other !== one);
    } catch (error) {
      // A process that was killed in mid-write says nothing any more, whatever its code makes of it.
      if (!isTearing || model.tearNext) throw error;
      processes = processes.filter((other) => other !== one);
    }
    model.tearNext = false;
  };

  for (; clock.step < STEPS; clock.step++) {
    clock.wallMs += 10;
    model.nowMs = clock.wallMs;
    if (!processes.some(({ is }) => is === 'coordinator'))
      start('coordinator', (ground) => coordinator(world, ground, 2));
    if (processes.length < 5 && isRecovered()) begin[Math.floor(chance() * begin.length)]?.();
    const ready = processes.filter(({ until }) => until <= clock.step);
    const one = ready[Math.floor(chance() * ready.length)];
    if (!one) continue;
    const fate = chance();
    if (fate < 0.004) {
      tally.cuts++;
      processes = [];
      judge.isUnordered = true;
      model.cutPower();
      judge.lookAtDefinitions();
    } else if (fate < 0.02) {
      tally.kills++;
      model.tearNext = chance() < 0.5;
      if (model.tearNext) advance(one);
      processes = processes.filter((other) => other !== one);
    } else if (fate < 0.04) {
      tally.pauses++;
      one.until = clock.step + Math.floor(chance() * 150);
    } else if (fate < 0.05) clock.wallMs += (chance() - 0.4) * 3 * 86_400_000;
    else {
      advance(one);
      tally.steps++;
      judge.look();
    }
  }
  processes = [];
  toEnd(draining(world, groundOf(++pids)));
  judge.lookAtEnd();
  const [fault] = toEnd(inspecting(groundOf(++pids), isAlive));
  if (fault) throw new Violation(`at the end ${fault.where} ${fault.what}`);
  tally.completed = judge.acknowledged.length;
  return tally;
}

/** Runs schedules of consecutive seeds; the first that breaks a promise is named by its seed. */
export function simulateMany(first: number, count: number, wrong: Flaws & Habits = {}): Tally {
  const total: Tally = { steps: 0, kills: 0, cuts: 0, pauses: 0, completed: 0 };
  for (let seed = first; seed < first + count; seed++) {
    try {
      const tally = simulate(seed, wrong);
      for (const key of Object.keys(total) as (keyof Tally)[]) total[key] += tally[key];
    } catch (error) {
      if (error instanceof Violation) throw new Violation(`seed ${seed}: ${error.message}`);
      throw new Error(`seed ${seed}`, { cause: error });
    }
  }
  return total;
}
