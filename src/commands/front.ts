import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { monotonicMs, newUuid, sleep, timeScale } from '../clock.ts';
import { leaveRequest } from '../coordinator/control.ts';
import { verdict } from '../coordinator/supervisor.ts';
import { readSmallFile } from '../durable.ts';
import { EXIT } from '../errors.ts';
import type { JournalEvent } from '../journal/event.ts';
import { JournalReader } from '../journal/journal.ts';
import { safeText } from '../text.ts';
import type { CoordinateSetup } from './coordinate.ts';
import { Pulse } from './pulse.ts';

/** How often the front looks at the journal, in milliseconds. */
const LOOK_MS = 100;

/** A loop whose snapshot stands still for this long hangs; it writes one every tick. */
const HANG_MS = 30_000;
const SHORTEST_HANG_MS = 5_000;

export interface FrontSetup {
  coordinate: CoordinateSetup;
  /** The folder `state/`. */
  state: string;
  env: Record<string, string | undefined>;
  /** Shows an event of the run. */
  show(event: JournalEvent): void;
  /** Says something of the front's own. */
  say(text: string): void;
}

interface End {
  code: number | null;
  signal: string | null;
}

/**
 * The process with the terminal: starts the coordinator, shows what happens, passes on what the person wants, and
 * starts the coordinator again if it dies or hangs. When it goes (closed terminal, `leave`), the run goes on.
 */
export class Front {
  #setup: FrontSetup;
  #reader: JournalReader;
  #child: ChildProcess | undefined;
  #run: string | undefined;
  #began = newUuid();
  #finished: Extract<JournalEvent, { is: 'run-ended' }> | undefined;
  #asked = 0;
  /** Items that failed in any life of the coordinator, and did not land after all. */
  #failed = new Set<string>();
  #left: (() => void) | undefined;

  constructor(setup: FrontSetup) {
    this.#setup = setup;
    this.#reader = new JournalReader(join(setup.state, 'journal.ndjson'), 'end');
  }

  /** Sees the run through; its exit code, or 130 after ^C. */
  async watch(): Promise<number> {
    const interrupt = () => this.interrupt();
    process.on('SIGINT', interrupt).on('SIGTERM', interrupt);
    process.once('SIGHUP', () => this.leave());
    const deaths: number[] = [];
    for (;;) {
      const end = await this.#life(deaths.length > 0);
      if (end === 'left') return EXIT.ok;
      // One that ends by itself before its run begins has said why; starting it again would not help, unless one has begun
      // before (a disk that is full for a while).
      if (this.#run === undefined && end.signal === null && deaths.length === 0)
        return this.#sayWhyItDied(end);
      if (this.#finished && this.#finished.why !== 'broken') return this.#exitCode(end);
      if (this.#asked > 0 && this.#run === undefined) return EXIT.interrupted;
      const now = monotonicMs() * timeScale(this.#setup.env);
      deaths.push(now);
      const decided = this.#asked > 0 ? undefined : verdict(deaths, now);
      if (decided?.do !== 'revive') return this.#sayWhyItDied(end, decided?.why);
      this.#setup.say(`the coordinator died (${end.signal ?? `exit code ${end.code}`}); it is started again`);
      await sleep(decided.afterMs / timeScale(this.#setup.env));
    }
  }

  /** One life of a coordinator, from its start to its end. */
  async #life(restarted: boolean): Promise<End | 'left'> {
    const setup = { ...this.#setup.coordinate, restarted, began: this.#began };
    const child = startCoordinator(setup, this.#errors);
    this.#child = child;
    this.#run = undefined;
    this.#finished = undefined;
    const hangMs = Math.max(SHORTEST_HANG_MS, HANG_MS / timeScale(this.#setup.env));
    const pulse = new Pulse(this.#setup.state, child.pid ?? 0, hangMs);
    const look = () => {
      this.#look();
      if (child.killed || !pulse.hangs()) return;
      this.#setup.say(
        `the coordinator has not moved for ${Math.round(hangMs / 1000)} s; it is ended and started again`,
      );
      child.kill('SIGKILL');
    };
    const timer = setInterval(look, LOOK_MS);
    const end = await new Promise<End | 'left'>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code, signal) => resolve({ code, signal }));
      this.#left = () => resolve('left');
    });
    clearInterval(timer);
    this.#look();
    if (end === 'left') child.unref();
    return end;
  }

  #look(): void {
    for (const event of this.#reader.read()) {
      if (event.is === 'run-started' && event.pid === this.#child?.pid) this.#run = event.run;
      if (event.is === 'run-ended' && event.run === this.#run) this.#finished = event;
      if (event.is === 'failed' && event.reason !== 'cancelled') this.#failed.add(event.item);
      if (event.is === 'landed') this.#failed.delete(event.item);
      this.#setup.show(event);
    }
  }

  /** Ends the front only. */
  leave(): void {
    this.#left?.();
  }

  /** The first ^C lets what runs finish, the second one gives it back now. */
  interrupt(): void {
    this.#asked++;
    const verb = this.#asked === 1 ? 'drain' : 'stop';
    if (this.#run === undefined) this.#child?.kill(verb === 'drain' ? 'SIGTERM' : 'SIGINT');
    else leaveRequest(this.#setup.state, this.#run, verb);
    this.#setup.say(verb === 'drain' ? 'what runs is finished first; ^C again to stop now' : 'stopping now');
  }

  #exitCode({ code }: End): number {
    if (code !== EXIT.ok) return code ?? EXIT.failed;
    if (this.#asked > 0) return EXIT.interrupted;
    return this.#failed.size > 0 ? EXIT.failed : EXIT.ok;
  }

  #sayWhyItDied({ code, signal }: End, why?: string): number {
    const words = (readSmallFile(this.#errors, 1 << 20) ?? '').trim();
    if (words) process.stderr.write(`${safeText(words, { max: 4_000, lines: true })}\n`);
    if (code !== null && code !== EXIT.ok && this.#run === undefined) return code;
    const how = signal ?? `exit code ${code}`;
    this.#setup.say(
      `the coordinator ended (${how})${why ? `, ${why}` : ''}; harness parallel recovers the run`,
    );
    return EXIT.failed;
  }

  get #errors(): string {
    return join(this.#setup.state, 'coordinator.err');
  }
}

/** Starts this very program as a coordinator: in its own session, without a terminal, its last words in a file. */
/** Young garbage is looked through more often: with 100,000 items that halves what the process holds, and so what each of its forks costs. */
const SMALL = '--max-semi-space-size=1';

function startCoordinator(setup: CoordinateSetup, errors: string): ChildProcess {
  const out = openSync(errors, 'w', 0o600);
  const argv = [...process.execArgv, SMALL, process.argv[1] ?? '', 'coordinate', JSON.stringify(setup)];
  const child = spawn(process.execPath, argv, {
    cwd: setup.home.folder,
    detached: true,
    stdio: ['ignore', out, out],
  });
  closeSync(out);
  return child;
}
