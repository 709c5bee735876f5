import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { build } from 'esbuild';
import { bundleOptions } from '../../build.ts';
import { noteOf, snapshotOf } from './scene.ts';

const ROOT = join(import.meta.dirname, '../../..');
/** The clock of /proc, ticks a second. */
const HERTZ = 100;
const SNAPSHOT_MS = 200;
const WARM_MS = 4_000;
const WATCHED_MS = 20_000;

export interface Watched {
  /** Share of a core. */
  cpu: number;
  rssMb: number;
}

/** The files of a run with busy agents, which nobody runs, and a terminal for its dashboard. */
export class Home {
  readonly folder = realpathSync(mkdtempSync(join(tmpdir(), 'harness-bench-front-')));
  #agents: number;
  #step = 0;

  constructor(agents: number) {
    this.#agents = agents;
    for (let n = 1; n <= agents; n++) mkdirSync(join(this.folder, `state/agents/a${n}`), { recursive: true });
    this.#go();
  }

  /** A moment of the run. */
  #go(): void {
    const state = join(this.folder, 'state');
    this.#step++;
    const at = new Date().toISOString();
    writeFileSync(join(state, 'next'), JSON.stringify(snapshotOf(this.#agents, this.#step, at)));
    renameSync(join(state, 'next'), join(state, 'snapshot.json'));
    for (let n = 1; n <= this.#agents; n++) {
      const notes = [0, 1].map((part) => `${JSON.stringify({ at, ...noteOf(2 * this.#step + part) })}\n`);
      appendFileSync(join(state, `agents/a${n}/events.ndjson`), notes.join(''));
    }
    if (this.#step % 5 > 1) return;
    const agent = `a${(this.#step % this.#agents) + 1}`;
    const event = { at, run: 'r4k2p', is: 'phase', phase: 'verifying', item: '1kq3v70z', attempt: 1, agent };
    appendFileSync(join(state, 'journal.ndjson'), `${JSON.stringify(event)}\n`);
  }

  /** What the dashboard uses while the run goes on, after some keys (by their tmux names). */
  async watched(keys: string[]): Promise<Watched> {
    const tmux = (...args: string[]) =>
      execFileSync('tmux', ['-S', join(this.folder, 'tmux'), '-f', '/dev/null', ...args], {
        encoding: 'utf8',
      });
    const command = [process.execPath, join(ROOT, 'dist/cli.js'), '--home', this.folder, 'dashboard'];
    tmux('new-session', '-d', '-x', '120', '-y', '40', 'env', '-u', 'CI', 'TERM=xterm-256color', ...command);
    const pid = Number(tmux('display-message', '-p', '#{pane_pid}'));
    const timer = setInterval(() => this.#go(), SNAPSHOT_MS);
    try {
      await wait(WARM_MS / 2);
      if (keys.length > 0) tmux('send-keys', ...keys);
      await wait(WARM_MS / 2);
      const shown = tmux('capture-pane', '-p');
      if (!shown.includes('q leave')) throw new Error(`no dashboard is shown:\n${shown}`);
      const [before, begun] = [cpuMsOf(pid), performance.now()];
      await wait(WATCHED_MS);
      const cpu = (cpuMsOf(pid) - before) / (performance.now() - begun);
      return { cpu, rssMb: rssMbOf(pid) };
    } finally {
      clearInterval(timer);
      tmux('kill-server');
    }
  }

  close(): void {
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

function cpuMsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / HERTZ;
}

function rssMbOf(pid: number): number {
  const [, rss = '0'] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(rss) / 1024;
}

/** Frames as fast as they can be drawn, in a process of its own: the same bundle as the program's. */
export class LongRun {
  #folder: string;

  constructor(folder: string) {
    this.#folder = join(folder, 'frames');
  }

  async frames(count: number): Promise<{ tenthMb: number; endMb: number; frameMs: number }> {
    const options = bundleOptions({ frames: 'scripts/bench/front/frames.tsx' }, ROOT);
    await build({ ...options, outdir: this.#folder, outExtension: { '.js': '.mjs' } });
    const args = ['--expose-gc', join(this.#folder, 'frames.mjs'), String(count)];
    return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' })) as never;
  }
}
