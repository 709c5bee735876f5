import { afterEach, beforeEach, expect, test } from 'vitest';
import { expectAllLanded } from './order.ts';
import { ended, Sandbox } from './sandbox.ts';

/** Set HARNESS_KILL_SEED to repeat a run, HARNESS_KILLS for a longer one (`npm run test:long`). */
const KILLS = Number(process.env.HARNESS_KILLS ?? 20);
const SEED = Number(process.env.HARNESS_KILL_SEED ?? Date.now() % 1_000_000);

let box: Sandbox;
beforeEach(() => {
  box = new Sandbox();
});
afterEach(() => box.close());

/** Random numbers from 0 up to 1 that a seed decides (mulberry32). */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Adds an item that takes a moment, leaves a process behind, and is checked. */
function addItem(n: number, random: () => number): string {
  const file = `item-${n}.txt`;
  const leave = random() < 0.2 ? '[[bash:(setsid sleep 30 &)]]' : '';
  const body = `[[write:${file}|half]]${leave}[[sleep:${(random() * 0.6).toFixed(2)}]][[write:${file}|done ${n}]]`;
  const checks = [`grep -qx "done ${n}" ${file}`];
  return box.queue.addNew({ title: `item ${n}`, body, checks }).id;
}

type Victims = (front: number) => Promise<number[]>;

const agents = () => box.journal().flatMap((one) => (one.is === 'session-started' ? [one.pid] : []));

/** Whom to kill, and how often of a hundred: negative numbers are process groups. */
const VICTIMS: readonly (readonly [number, Victims])[] = [
  [25, async () => [await box.coordinator()]],
  [25, async () => agents().slice(-1)],
  [
    10,
    async () =>
      agents()
        .slice(-2)
        .map((pid) => -pid),
  ],
  [25, async (front) => [front, await box.coordinator()]],
  [15, async (front) => [front, await box.coordinator(), ...agents().slice(-3)]],
];

function choose(random: () => number): Victims {
  let at = random() * 100;
  return (VICTIMS.find(([share]) => (at -= share) < 0) ?? VICTIMS[0])?.[1] ?? (async () => []);
}

function kill(pids: readonly number[]): boolean {
  const killed = pids.map((pid) => {
    try {
      return process.kill(pid, 'SIGKILL');
    } catch {
      return false; // it has ended by itself, or between two lives
    }
  });
  return killed.includes(true);
}

/** A run, started again whenever it ends before it is told that nothing more is killed. */
function keepRunning() {
  let pid = 0;
  let isOver = false;
  const done = (async () => {
    for (let lives = 0; lives < 4 * KILLS; lives++) {
      const front = box.start(['parallel', '--agents', '3', '--until-empty']);
      pid = front.pid ?? 0;
      const { code } = await ended(front);
      if (isOver && code === 0) return;
    }
  })();
  return { front: () => pid, finish: () => ((isOver = true), done) };
}

test(`K01: ${KILLS} random kills of coordinators, agents and fronts: nothing is lost, doubled or made up (seed ${SEED})`, {
  timeout: 60_000 + KILLS * 8_000,
}, async () => {
  console.log(`seed ${SEED}: HARNESS_KILL_SEED=${SEED} repeats it`);
  box.write({ '.harness/config.yaml': 'max_attempts: 100\nretry: { first: 1s, most: 1s }\n' });
  const random = randomNumbers(SEED);
  const ids = [await box.add('item 0', '[[write:item-0.txt|0]]')];
  const run = keepRunning();
  await box.happens('run-started');
  for (let killed = 0; killed < KILLS; ) {
    while (box.queue.entries('pending').length < 3) ids.push(addItem(ids.length, random));
    await new Promise((r) => setTimeout(r, 100 + random() * 900));
    if (kill(await choose(random)(run.front()))) killed++;
  }
  await run.finish();
  expectAllLanded(box, ids);
  for (const [n] of ids.entries())
    expect(box.git('show', `harness/integration:item-${n}.txt`)).toMatch(`${n}`);
});
