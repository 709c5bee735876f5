import type { Snapshot } from '../../../src/coordinator/snapshot.ts';
import type { Note } from '../../../src/session/notes.ts';

/** How things are at a step of a run in which all agents work. */
export function snapshotOf(agents: number, step: number, at: string): Snapshot {
  const before = (ms: number) => new Date(Date.parse(at) - ms).toISOString();
  return {
    format: 1,
    at,
    home: '/home/u/.local/state/harness/app-1a2b3c4d',
    state: 'running',
    run: 'r4k2p',
    pid: process.pid,
    startedAt: before(step * 200),
    tickMs: 1_000,
    silenceMs: 600_000,
    command: 'claude',
    agents: Array.from({ length: agents }, (_, n) => ({
      agent: `a${n + 1}`,
      state: 'working',
      liveness: 'live',
      session: `1a2b3c4d-0000-4000-8000-0000000000${n + 10}`,
      pid: 4_240 + n,
      item: `1kq3v7${n}z`,
      title: `Do the thing number ${n} as well as it can be done`,
      attempt: 1,
      phase: 'implementing',
      since: before(step * 200),
      heardAt: before((step * 37 + n * 100) % 3_000),
      heartbeatAt: before((step * 53 + n * 100) % 9_000),
      last: `Bash: npm test -- --part ${(step + n) % 97}`,
      turns: 1 + Math.floor(step / 50),
      costUsd: step / 1_000,
      restarts: 0,
    })),
    queue: { pending: 50, blocked: 3, claimed: agents, done: 12, failed: 1, held: 0 },
    ready: [],
    landed: 12,
    failed: 1,
    costUsd: (step * agents) / 1_000,
    targets: { app: 'main' },
    problems: [],
    alerts: [],
  };
}

/** What an agent does next: it writes, and has tools. */
export function noteOf(step: number): Note {
  const id = `t${Math.floor(step / 8)}`;
  if (step % 8 === 6) return { is: 'tool', id, name: 'Bash', input: `npm test -- --part ${step % 97}` };
  if (step % 8 === 7) return { is: 'tool-done', id, name: 'Bash', ms: 200, failed: false, text: 'ok' };
  return { is: 'text-delta', text: `so much for part ${step} of the work, now on to the next; ` };
}
