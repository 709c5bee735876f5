import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { JournalEvent } from '../../../src/journal/event.ts';
import { Queue } from '../../../src/queue/queue.ts';

const DIST = join(import.meta.dirname, '../../../dist');
/** The clock of /proc, ticks a second. */
const HERTZ = 100;

/** A repository, a home and the built program, in a temporary folder. */
export class RunGround {
  readonly root = realpathSync(mkdtempSync(join(tmpdir(), 'harness-bench-')));
  readonly #repository = join(this.root, 'app');
  readonly #env: Record<string, string>;

  constructor() {
    this.#env = {
      PATH: `${dirname(process.execPath)}:${process.env.PATH ?? ''}`,
      HOME: join(this.root, 'home'),
      XDG_STATE_HOME: join(this.root, 'state'),
      GIT_CONFIG_NOSYSTEM: '1',
      HARNESS_AGENT_COMMAND: JSON.stringify([process.execPath, join(DIST, 'stand-in.js')]),
    };
    mkdirSync(join(this.root, 'home'));
    execFileSync('git', ['init', '-q', '-b', 'main', this.#repository]);
    for (const [key, value] of [
      ['user.name', 'Bench'],
      ['user.email', 'bench@example.invalid'],
    ])
      this.#git('config', key ?? '', value ?? '');
    for (let n = 0; n < 200; n++) writeFileSync(join(this.#repository, `file-${n}.txt`), `${n}\n`);
    this.#git('add', '-A');
    this.#git('commit', '-q', '-m', 'first');
    // Makes the home.
    execFileSync(process.execPath, [join(DIST, 'cli.js'), 'queue', 'add', 'warm up'], {
      cwd: this.#repository,
      env: this.#env,
    });
    const queue = this.#queue;
    for (const entry of queue.entries()) queue.move(entry, { to: 'held', reason: 'bench' });
  }

  #git(...args: string[]): void {
    execFileSync('git', ['-C', this.#repository, ...args], { env: this.#env });
  }

  get #home(): string {
    const homes = join(this.root, 'state/harness');
    return join(homes, readdirSync(homes).find((name) => name.startsWith('app-')) ?? '');
  }

  get #queue(): Queue {
    return Queue.open(join(this.#home, 'queue'));
  }

  add(title: string, body: string): void {
    this.#queue.addNew({ title, body });
  }

  start(agents: number): ChildProcess {
    return spawn(process.execPath, [join(DIST, 'cli.js'), 'parallel', '--agents', String(agents)], {
      cwd: this.#repository,
      env: this.#env,
      stdio: 'ignore',
    });
  }

  async end(run: ChildProcess): Promise<void> {
    const ended = new Promise((done) => run.once('exit', done));
    run.kill('SIGTERM');
    await ended;
  }

  #events(): JournalEvent[] {
    const file = join(this.#home, 'state/journal.ndjson');
    if (!existsSync(file)) return [];
    const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1);
    return lines.map((line) => JSON.parse(line) as JournalEvent);
  }

  count(is: JournalEvent['is']): number {
    return this.#events().filter((event) => event.is === is).length;
  }

  /** When such an event happened, wall clock ms. */
  timeOf(is: JournalEvent['is'], which: 'first' | 'last'): number {
    const all = this.#events().filter((event) => event.is === is);
    return Date.parse((which === 'first' ? all[0] : all.at(-1))?.at ?? '');
  }

  #coordinator(): number {
    const last = this.#events().findLast((event) => event.is === 'run-started');
    return last?.is === 'run-started' ? last.pid : 0;
  }

  /** Returns when, wall clock ms. */
  killCoordinator(): number {
    process.kill(this.#coordinator(), 'SIGKILL');
    return Date.now();
  }

  /** What the coordinator has used so far. */
  usage(): { atMs: number; cpuMs: number; rssMb: number } {
    const pid = this.#coordinator();
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [, rss = '0'] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    const cpuMs = ((Number(fields[11]) + Number(fields[12])) * 1000) / HERTZ;
    return { atMs: performance.now(), cpuMs, rssMb: Number(rss) / 1024 };
  }

  wait(ms: number): Promise<void> {
    return new Promise((done) => setTimeout(done, ms));
  }

  async until(holds: () => boolean): Promise<void> {
    for (const end = Date.now() + 300_000; Date.now() < end; await this.wait(200)) if (holds()) return;
    throw new Error('waited 300 s in vain');
  }
}
