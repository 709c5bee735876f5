import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, existsSync, openSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { makeFolder } from '../durable.ts';
import { HarnessError } from '../errors.ts';
import type { JournalEvent } from '../journal/event.ts';
import { JournalReader } from '../journal/journal.ts';
import { Queue } from '../queue/queue.ts';
import { Git } from '../worktree/git.ts';
import { SCALE } from './course.ts';

/** Where libfaketime lies, if the machine has it: it steps the wall clock of a process and leaves the monotonic one. */
const FAKETIME = [
  '/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1',
  '/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1',
  '/usr/lib64/faketime/libfaketimeMT.so.1',
];

interface WorldSetup {
  /** An empty folder that everything goes into. */
  folder: string;
  agents: number;
  /** Bytes that the coordinator leaks with every event. */
  leak: number;
  env: Record<string, string | undefined>;
}

/** A repository, a home and a run of the real program with the stand-in agent, in a folder of their own. */
export class SoakWorld {
  readonly folder: string;
  readonly repository: string;
  readonly samples: string;
  readonly clock: string;
  readonly notifyDown: string;
  readonly canStepClock: boolean;
  readonly events: JournalEvent[] = [];
  /** How often a front ended by itself and was started again, as a system's supervisor would. */
  fronts = 0;
  #setup: WorldSetup;
  #front: ChildProcess | undefined;
  #reader: JournalReader | undefined;
  #isOver = false;

  constructor(setup: WorldSetup) {
    const { folder } = setup;
    this.#setup = setup;
    this.folder = folder;
    this.repository = join(folder, 'app');
    this.samples = join(folder, 'samples.ndjson');
    this.clock = join(folder, 'clock');
    this.notifyDown = join(folder, 'notify-down');
    this.canStepClock = FAKETIME.some((file) => existsSync(file));
  }

  get git(): Git {
    return new Git(this.repository);
  }

  get home(): string {
    const homes = join(this.folder, 'state/harness');
    return join(homes, readdirSync(homes).find((name) => name.startsWith('app-')) ?? '');
  }

  get state(): string {
    return join(this.home, 'state');
  }

  get depot(): Git {
    const gitDir = join(this.home, 'worktrees/app/depot.git');
    return new Git(gitDir, { gitDir });
  }

  get queue(): Queue {
    return Queue.open(join(this.home, 'queue'));
  }

  /** Makes the repository, and starts a run until it has begun. */
  async begin(): Promise<void> {
    for (const name of ['app/.harness', 'home/tmp', 'state']) makeFolder(join(this.folder, name));
    writeFileSync(join(this.repository, 'README.md'), 'an app\n');
    writeFileSync(join(this.repository, 'shared.txt'), '0\n');
    writeFileSync(join(this.repository, '.harness/config.yaml'), this.#config());
    writeFileSync(this.clock, '+0\n');
    const identity = ['-c', 'user.name=Soak', '-c', 'user.email=soak@example.invalid'];
    await this.git.run(['init', '-q', '-b', 'main']);
    await this.git.run(['add', '-A']);
    await this.git.run([...identity, 'commit', '-q', '-m', 'first']);
    for (const [key, value] of [
      ['user.name', 'Soak'],
      ['user.email', 'soak@example.invalid'],
    ])
      await this.git.run(['config', key ?? '', value ?? '']);
    this.#start();
  }

  #config(): string {
    const alerts = join(this.folder, 'alerts');
    return `max_attempts: 50\nhealth:\n  disk: 16MiB\nnotify:\n  command: test ! -e '${this.notifyDown}' && cat >>'${alerts}'\n`;
  }

  #start(): void {
    const out = openSync(join(this.folder, 'front.log'), 'a', 0o600);
    const program = process.argv[1] ?? '';
    const argv = ['--expose-gc', program, 'parallel', '--agents', String(this.#setup.agents)];
    const front = spawn(process.execPath, argv, {
      cwd: this.repository,
      env: this.#environment(program),
      stdio: ['ignore', out, out],
    });
    closeSync(out);
    this.#front = front;
    front.once('exit', () => {
      if (this.#isOver) return;
      this.fronts++;
      setTimeout(() => !this.#isOver && this.#start(), 500);
    });
  }

  #environment(program: string): Record<string, string> {
    const { env, leak } = this.#setup;
    const { folder } = this;
    const faketime = FAKETIME.find((file) => existsSync(file));
    return {
      PATH: env.PATH ?? '',
      HOME: join(folder, 'home'),
      TMPDIR: join(folder, 'home/tmp'),
      XDG_STATE_HOME: join(folder, 'state'),
      LANG: 'C.UTF-8',
      GIT_CONFIG_NOSYSTEM: '1',
      HARNESS_TIME_SCALE: String(SCALE),
      HARNESS_AGENT_COMMAND: JSON.stringify([process.execPath, standInOf(program)]),
      HARNESS_SOAK_SAMPLES: this.samples,
      HARNESS_SOAK_LEAK: String(leak),
      ...(faketime !== undefined && {
        LD_PRELOAD: faketime,
        FAKETIME_TIMESTAMP_FILE: this.clock,
        FAKETIME_DONT_FAKE_MONOTONIC: '1',
        FAKETIME_CACHE_DURATION: '1',
        NO_FAKE_STAT: '1',
      }),
    };
  }

  /** Reads what happened since; all of it is in `events`. */
  look(): void {
    const file = this.isThere ? join(this.state, 'journal.ndjson') : undefined;
    if (file === undefined || !existsSync(file)) return;
    this.#reader ??= new JournalReader(file, 'beginning');
    this.events.push(...this.#reader.read());
  }

  get isThere(): boolean {
    return existsSync(join(this.folder, 'state/harness')) && existsSync(this.state);
  }

  /** The coordinator that runs now, as far as the journal knows. */
  get coordinator(): number | undefined {
    const last = this.events.findLast(({ is }) => is === 'run-started' || is === 'run-ended');
    return last?.is === 'run-started' ? last.pid : undefined;
  }

  /** The processes of the agents that are alive, as far as the journal knows. */
  get sessions(): number[] {
    const pids = new Map<string, number | undefined>();
    for (const event of this.events) {
      if (event.is === 'session-started') pids.set(event.agent, event.pid);
      if (event.is === 'session-ended') pids.delete(event.agent);
    }
    return [...pids.values()].flatMap((pid) => pid ?? []);
  }

  /** Lets the run finish what it has, and returns the exit code of its front. */
  async end(limitMs: number): Promise<number | null> {
    this.#isOver = true;
    const front = this.#front;
    if (!front || front.exitCode !== null) return front?.exitCode ?? null;
    const ended = new Promise<number | null>((done) => front.once('exit', done));
    front.kill('SIGTERM');
    const late = new Promise<null>((done) => setTimeout(() => done(null), limitMs).unref());
    const code = await Promise.race([ended, late]);
    this.look();
    return code;
  }
}

/** The stand-in agent that belongs to a program. */
function standInOf(program: string): string {
  const folder = dirname(resolve(program));
  const found = [join(folder, 'stand-in.js'), join(folder, '../dist/stand-in.js')].find((file) =>
    existsSync(file),
  );
  if (found) return found;
  throw new HarnessError('environment', `the stand-in agent is not beside ${program}; run npm run build`);
}
