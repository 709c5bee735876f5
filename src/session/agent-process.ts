import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import { statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { monotonicMs } from '../clock.ts';
import { messageOf } from '../errors.ts';
import { identify } from '../process.ts';
import type { ProcessIdentity } from '../process.ts';
import { findProgram } from '../program.ts';
import { redact } from '../secrets.ts';
import { until } from '../stop.ts';
import { fencedBy, fenceEnvironment } from './fence.ts';
import type { SessionSetup } from './launch.ts';
import { splitter } from './lines.ts';
import type { Line } from './lines.ts';
import { StartError } from './start-error.ts';
import { StderrFile } from './stderr-file.ts';
import type { Exit } from './turn.ts';

interface ProcessSetup {
  command: readonly string[];
  args: readonly string[];
  cwd: string;
  env: Readonly<Record<string, string>>;
  /** What holds it to limits goes before its command line. */
  limits?: SessionSetup['limits'];
  /** Where `stderr.log` goes. */
  folder: string;
  onLine(line: Line): void;
}

type Child = ChildProcessByStdio<Writable, Readable, Readable>;

/** After the exit: how long stdout must be quiet, and how long at most its last lines are waited for, in ms. */
const QUIET_MS = 50;
const DRAIN_MS = 500;

/** So many bytes may wait for a process that does not read them. */
const MOST_UNREAD = 8 << 20;

/** A process of the CLI in a group of its own, its stdout cut into lines, its stderr kept. */
export class AgentProcess {
  readonly identity: ProcessIdentity;
  /** Resolves when the process has ended and its last lines were handed on. Never rejects. */
  readonly exited: Promise<Exit>;
  /** When something last came from stdout; monotonic, ms. */
  lastSeenMs = monotonicMs();
  #child: Child;
  #stderr: StderrFile;
  #openPipes = 2;

  /**
   * Starts the program; HarnessError('environment') that names what is missing if it cannot be started.
   * To be called on the main thread: the signal at the parent's death fires when the thread that spawned ends.
   */
  static async start(setup: ProcessSetup): Promise<AgentProcess> {
    if (!statSync(setup.cwd, { throwIfNoEntry: false })?.isDirectory()) {
      throw new StartError('again', `${setup.cwd}: the folder that the agent works in is not there`);
    }
    const [program, args] = commandLine(setup);
    const child = spawn(program, args, {
      cwd: setup.cwd,
      env: { ...setup.env, ...(setup.limits && fenceEnvironment(setup.limits.fence, process.env)) },
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    try {
      await new Promise<void>((started, failed) => child.once('spawn', started).once('error', failed));
    } catch (error) {
      throw new StartError('again', `cannot start ${setup.command[0]}: ${messageOf(error)}`, {
        cause: error,
      });
    }
    return new AgentProcess(child, setup);
  }

  private constructor(child: Child, setup: ProcessSetup) {
    this.#child = child;
    const pid = child.pid ?? 0;
    // A process that has ended already has no identity any more; what follows sees it as dead.
    this.identity = identify(pid) ?? { pid, start: 'ended', boot: 'ended' };
    this.#stderr = new StderrFile(join(setup.folder, 'stderr.log'));
    child.stderr.on('data', (chunk: Buffer) => this.#stderr.push(chunk));
    // Without listeners a process that went away would take this one along (EPIPE).
    for (const stream of [child.stdin, child.stdout, child.stderr]) stream.on('error', () => undefined);
    child.on('error', () => undefined);
    const lines = splitter();
    const hear = (line: Line) =>
      setup.onLine(line.is === 'line' ? { ...line, text: redact(line.text) } : line);
    child.stdout.on('data', (chunk: Buffer) => {
      this.lastSeenMs = monotonicMs();
      for (const line of lines.push(chunk)) hear(line);
    });
    for (const stream of [child.stdout, child.stderr]) stream.on('end', () => this.#openPipes--);
    // Not 'close': a tool that runs on may hold the pipes open for ever.
    const ended = new Promise<Omit<Exit, 'stderr'>>((settle) => {
      child.once('exit', (code, signal) => settle({ code, signal }));
    });
    this.exited = ended.then(async (exit) => {
      await this.#drained();
      for (const line of lines.end()) hear(line);
      return { ...exit, stderr: this.#stderr.last() };
    });
  }

  /** The end of what it wrote to stderr, in one line. */
  get lastStderr(): string {
    return this.#stderr.last();
  }

  /** Writes to its stdin; false if that failed (it is ending or gone, or reads no more). True means in the pipe, not read. */
  write(text: string): Promise<boolean> {
    if (this.#child.stdin.writableLength > MOST_UNREAD) return Promise.resolve(false);
    return new Promise((settle) => {
      // After the exit only the callback tells of the failure.
      this.#child.stdin.write(text, (error) => settle(!error));
    });
  }

  /** Waits for what is still in the pipes, then lets go of all pipes. */
  async #drained(): Promise<void> {
    const exitMs = monotonicMs();
    const quiet = () => monotonicMs() - Math.max(exitMs, this.lastSeenMs) >= QUIET_MS;
    await until(() => this.#openPipes === 0 || quiet(), DRAIN_MS, 5);
    const { stdin, stdout, stderr } = this.#child;
    for (const stream of [stdin, stdout, stderr]) stream.destroy();
    this.#stderr.close();
  }
}

/** The program to start and its arguments, behind `setpriv` where that exists. */
function commandLine({ command, args, env, limits }: ProcessSetup): [string, string[]] {
  const [name = '', ...first] = command;
  const program = findProgram(name, env);
  if (program === undefined) {
    throw new StartError(
      'hopeless',
      `${name || '(empty command)'}: no such program; install it, put it on PATH, or set agent.command in config.yaml`,
    );
  }
  const before = limits ? fencedBy(limits.fence, limits) : [];
  const whole = [...before, resolve(program), ...first, ...args];
  const guard = deathGuard(env);
  return guard === undefined
    ? [whole[0] ?? '', whole.slice(1)]
    : [guard, ['--pdeathsig', 'TERM', '--', ...whole]];
}

let guard: { program: string | undefined } | undefined;

/** `setpriv`, which has the kernel end the agent when this process dies, even by SIGKILL; probed once. */
function deathGuard(env: Readonly<Record<string, string>>): string | undefined {
  if (guard) return guard.program;
  const found = findProgram('setpriv', env);
  const works =
    found !== undefined && spawnSync(found, ['--pdeathsig', 'TERM', '--', found, '--version']).status === 0;
  guard = { program: works ? found : undefined };
  return guard.program;
}
