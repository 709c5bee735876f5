import { rmSync } from 'node:fs';
import type { Row } from './row.ts';
import { atLeast, atMost, figure, quantile } from './row.ts';
import { RunGround } from './run/ground.ts';

export const about =
  'The whole loop with the stand-in agent, whose turns wait 20 s: real processes, real git, checks, landings. ' +
  'Times are those of the journal, from the first claim to the last landing. CPU and memory are those of the coordinator, from /proc.';

const SECONDS = 20;
const ROUNDS = 2;

interface Busy {
  ms: number;
  /** Share of a core. */
  cpu: number;
  rssMb: number;
}

/** So many agents work on as many items each. */
async function work(agents: number): Promise<Busy> {
  const ground = new RunGround();
  try {
    for (let n = 0; n < agents * ROUNDS; n++)
      ground.add(`item ${n}`, `[[sleep:${SECONDS}]][[write:${n}.txt|x]]`);
    const run = ground.start(agents);
    await ground.until(() => ground.count('claimed') >= agents);
    const before = ground.usage();
    await ground.until(() => ground.count('landed') >= agents * (ROUNDS - 1));
    const after = ground.usage();
    await ground.until(() => ground.count('landed') >= agents * ROUNDS);
    const ms = ground.timeOf('landed', 'last') - ground.timeOf('claimed', 'first');
    await ground.end(run);
    return { ms, cpu: (after.cpuMs - before.cpuMs) / (after.atMs - before.atMs), rssMb: after.rssMb };
  } finally {
    rmSync(ground.root, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** CPU of a run with nothing to do, and how long a killed coordinator is away. */
async function rest(): Promise<{ cpu: number; awayMs: number[] }> {
  const ground = new RunGround();
  try {
    const run = ground.start(3);
    await ground.until(() => ground.count('run-started') >= 1);
    await ground.wait(3_000);
    const before = ground.usage();
    await ground.wait(10_000);
    const after = ground.usage();
    const awayMs: number[] = [];
    for (let kill = 1; kill <= 3; kill++) {
      const killed = ground.killCoordinator();
      await ground.until(() => ground.count('run-started') > kill);
      awayMs.push(ground.timeOf('run-started', 'last') - killed);
      // A restart that follows another one closely waits.
      await ground.wait(1_000);
    }
    await ground.end(run);
    return { cpu: (after.cpuMs - before.cpuMs) / (after.atMs - before.atMs), awayMs };
  } finally {
    rmSync(ground.root, { recursive: true, force: true, maxRetries: 5 });
  }
}

const percent = (share: number) => `${figure(100 * share)} %`;

export async function rows(): Promise<Row[]> {
  const one = await work(1);
  const three = await work(3);
  const ten = await work(10);
  const idle = await rest();
  const times = (agents: number, { ms }: Busy) => (agents * one.ms) / ms;
  const [firstMs = Number.NaN] = idle.awayMs;
  return [
    { what: '1 agent, 2 items of 20 s', measured: `${figure(one.ms / 1000)} s` },
    {
      what: '3 agents, 6 items',
      measured: `${figure(three.ms / 1000)} s`,
      beside: '1 agent',
      ratio: times(3, three),
      demand: atLeast(2.9, times(3, three), 'x'),
    },
    {
      what: '10 agents, 20 items',
      measured: `${figure(ten.ms / 1000)} s`,
      beside: '1 agent',
      ratio: times(10, ten),
      demand: atLeast(9.5, times(10, ten), 'x'),
    },
    {
      what: 'CPU of the coordinator with 10 busy agents, of a core',
      measured: percent(ten.cpu),
      demand: atMost(5, 100 * ten.cpu, ' %'),
    },
    {
      what: 'memory of the coordinator with 10 agents (RSS)',
      measured: `${figure(ten.rssMb)} MB`,
      demand: atMost(120, ten.rssMb, ' MB'),
    },
    {
      what: 'CPU of the coordinator with nothing to do, of a core',
      measured: percent(idle.cpu),
      demand: atMost(0.3, 100 * idle.cpu, ' %'),
    },
    {
      what: 'SIGKILL of the coordinator to working again',
      measured: `${figure(firstMs)} ms; ${figure(quantile(idle.awayMs, 1))} ms with the wait of repeated ones`,
      demand: atMost(1_000, firstMs, ' ms'),
    },
  ];
}
