import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { leaveRequest } from '../coordinator/control.ts';
import { livingRun } from '../coordinator/run-file.ts';
import { rigsOf } from '../coordinator/rigs.ts';
import { makeFolder, readSmallFile } from '../durable.ts';
import { EXIT, HarnessError } from '../errors.ts';
import { describe } from '../journal/event.ts';
import type { JournalEvent } from '../journal/event.ts';
import { JournalReader } from '../journal/journal.ts';
import { findProgram } from '../program.ts';
import { safeText } from '../text.ts';
import { homeOf, openQueue, readConfig, stateOf } from './invocation.ts';
import type { Invocation } from './invocation.ts';
import { commandName } from './coordinate.ts';
import type { CoordinateSetup } from './coordinate.ts';

/** How often the front looks at the journal, in milliseconds. */
const LOOK_MS = 100;

/**
 * `harness parallel`: a thin front. It checks what can be checked, starts a coordinator in a session of its own, prints
 * what happens, and passes on what the person wants. A closed terminal ends the front only: the run goes on. Returns the exit code.
 */
export async function parallel(
  invocation: Invocation,
  options: { agents?: number; untilEmpty?: boolean },
): Promise<number> {
  const home = homeOf(invocation);
  const config = await readConfig(home, invocation.env);
  await rigsOf(home, config);
  verifyAgentCommand(config.agent.command, invocation.env);
  const state = stateOf(home);
  makeFolder(state);
  openQueue(home);
  const other = livingRun(state);
  if (other) {
    throw new HarnessError(
      'environment',
      `${home.folder} is held by run ${other.run} (pid ${other.pid}, since ${other.startedAt}); watch it with harness status, or stop it first`,
    );
  }
  if (!invocation.json) process.stdout.write(`agents: ${safeText(commandName(config.agent.command))}\n`);
  const setup: CoordinateSetup = {
    home,
    agents: options.agents ?? config.agents,
    untilEmpty: options.untilEmpty ?? false,
  };
  const reader = new JournalReader(join(state, 'journal.ndjson'), 'end');
  const errors = join(state, 'coordinator.err');
  return new Front(startCoordinator(setup, errors), { reader, state, errors, json: invocation.json }).watch();
}

function verifyAgentCommand([program = '']: readonly string[], env: Invocation['env']): void {
  if (findProgram(program, env) !== undefined) return;
  throw new HarnessError(
    'environment',
    `the agent program ${safeText(program)} was not found on PATH; install Claude Code, or set agent.command in the configuration`,
  );
}

/** Starts this very program as a coordinator: in its own session, without a terminal, its last words in a file. */
function startCoordinator(setup: CoordinateSetup, errors: string): ChildProcess {
  const out = openSync(errors, 'w', 0o600);
  const argv = [...process.execArgv, process.argv[1] ?? '', 'coordinate', JSON.stringify(setup)];
  const child = spawn(process.execPath, argv, {
    cwd: setup.home.folder,
    detached: true,
    stdio: ['ignore', out, out],
  });
  closeSync(out);
  return child;
}

interface Watched {
  reader: JournalReader;
  state: string;
  errors: string;
  json: boolean;
}

class Front {
  #child: ChildProcess;
  #watched: Watched;
  #run: string | undefined;
  #asked = 0;

  constructor(child: ChildProcess, watched: Watched) {
    this.#child = child;
    this.#watched = watched;
  }

  /** Prints what happens until the coordinator ends; its exit code, or 130 after ^C. */
  async watch(): Promise<number> {
    const interrupt = () => this.#interrupt();
    process.on('SIGINT', interrupt).on('SIGTERM', interrupt);
    const timer = setInterval(() => this.#print(), LOOK_MS);
    const end = await this.#end();
    clearInterval(timer);
    if (end === 'left') return EXIT.ok;
    this.#print();
    this.#watched.reader.close();
    const { code, signal } = end;
    if (signal !== null || (code !== EXIT.ok && this.#run === undefined))
      return this.#sayWhyItDied(code, signal);
    return this.#asked > 0 && code === EXIT.ok ? EXIT.interrupted : (code ?? EXIT.failed);
  }

  /** The end of the coordinator; `left` if the terminal is gone: then the run goes on without a front. */
  #end(): Promise<{ code: number | null; signal: string | null } | 'left'> {
    return new Promise((resolve, reject) => {
      this.#child.once('error', reject);
      this.#child.once('exit', (code, signal) => resolve({ code, signal }));
      process.once('SIGHUP', () => {
        this.#child.unref();
        resolve('left');
      });
    });
  }

  #sayWhyItDied(code: number | null, signal: string | null): number {
    const words = (readSmallFile(this.#watched.errors, 1 << 20) ?? '').trim();
    process.stderr.write(words ? `${safeText(words, { max: 4_000, lines: true })}\n` : '');
    if (signal === null) return code ?? EXIT.failed;
    process.stderr.write(
      `harness: the coordinator was ended by ${signal}; start harness parallel again to recover the run\n`,
    );
    return EXIT.failed;
  }

  #print(): void {
    for (const event of this.#watched.reader.read()) {
      if (event.is === 'run-started' && event.pid === this.#child.pid) this.#run = event.run;
      if (this.#watched.json) process.stdout.write(`${JSON.stringify(event)}\n`);
      else printLine(event);
    }
  }

  /** The first ^C lets what runs finish, the second one gives it back now. */
  #interrupt(): void {
    this.#asked++;
    const verb = this.#asked === 1 ? 'drain' : 'stop';
    if (this.#run === undefined) this.#child.kill(verb === 'drain' ? 'SIGTERM' : 'SIGINT');
    else leaveRequest(this.#watched.state, this.#run, verb);
    const said = verb === 'drain' ? 'what runs is finished first; ^C again to stop now' : 'stopping now';
    process.stderr.write(`harness: ${said}\n`);
  }
}

function printLine(event: JournalEvent): void {
  const text = describe(event);
  if (text === undefined) return;
  const time = new Date(event.at).toTimeString().slice(0, 8);
  process.stdout.write(`${time} ${text}\n`);
}
