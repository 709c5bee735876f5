import { monotonicMs, newUuid, sleep } from '../clock.ts';
import { messageOf } from '../errors.ts';
import type { ProcessIdentity, ProcessView } from '../process.ts';
import { stopTree, until } from '../stop.ts';
import { AgentProcess } from './agent-process.ts';
import { launchArguments, launchEnvironment, startTrouble, withoutUnknownFlag } from './launch.ts';
import type { SessionSetup } from './launch.ts';
import { parseLine } from './parse.ts';
import { settlesWithin } from './patience.ts';
import { refusal, userMessage } from './protocol.ts';
import type { Answer, Result, SessionEvent } from './protocol.ts';
import { Requests } from './requests.ts';
import { ToolProcesses } from './tools.ts';
import { answers, beginTurn, endOf, factsWithout, hear, NO_TOTALS, showsStamps } from './turn.ts';
import type { Exit, Turn, TurnEnd } from './turn.ts';

export type { SessionSetup } from './launch.ts';

/** How long an answer to a control request may take, in ms. */
const REQUEST_MS = 10_000;
/** How often the processes that tools started are noted while a turn runs, in ms. */
const LOOK_MS = 2_000;

interface Running {
  turn: Turn;
  /** Its end was asked for: if the session dies of that, this was the first cause. */
  interrupted: boolean;
  startedMs: number;
  settle(end: TurnEnd): void;
  ended: Promise<TurnEnd>;
}

/** One live conversation and the process that carries it. */
export class Session {
  /** Resolves when the process has ended and nothing that it started is left, as far as it can be ended. */
  readonly exited: Promise<Exit>;
  #setup: SessionSetup;
  #onEvent: (event: SessionEvent) => void;
  #process: AgentProcess;
  #tools: ToolProcesses;
  #requests = new Requests();
  #running: Running | undefined;
  #gone: Exit | undefined;
  #left: ProcessView[] = [];
  #closing: Promise<ProcessView[]> | undefined;
  #id: string;
  #stamps = false;
  #totals = NO_TOTALS;
  #state: string | undefined;
  #tasks: readonly { id: string }[] = [];
  #startFault: string | undefined;

  /**
   * Starts the CLI and waits until it answers `initialize`. Every line it writes is handed to `onEvent`.
   * HarnessError('environment') with the end of its stderr if it is missing, refuses to start, or is not ready in time;
   * nothing of it is left running then.
   */
  static async open(setup: SessionSetup, onEvent: (event: SessionEvent) => void): Promise<Session> {
    const args = launchArguments(setup);
    try {
      return await Session.#start(setup, args, onEvent);
    } catch (error) {
      const fewer = withoutUnknownFlag(args, messageOf(error));
      if (fewer === undefined) throw error;
      return Session.#start(setup, fewer, onEvent);
    }
  }

  static async #start(
    setup: SessionSetup,
    args: readonly string[],
    onEvent: (event: SessionEvent) => void,
  ): Promise<Session> {
    let session: Session | undefined;
    const process = await AgentProcess.start({
      ...setup,
      args,
      env: launchEnvironment(setup),
      onLine: (line) => session && session.#hear(parseLine(line)),
    });
    session = new Session(setup, process, onEvent);
    const ready = await session.#ask('initialize', {}, setup.startMs);
    if (ready.ok) return session;
    const exit = session.#gone;
    await session.close();
    const said = session.#startFault ?? (session.#gone?.stderr || undefined);
    throw startTrouble(setup, { exit, said, why: ready.error });
  }

  private constructor(setup: SessionSetup, process: AgentProcess, onEvent: (event: SessionEvent) => void) {
    this.#setup = setup;
    this.#onEvent = onEvent;
    this.#process = process;
    this.#id = setup.sessionId;
    this.#tools = new ToolProcesses(process.identity, setup);
    this.exited = process.exited.then((exit) => this.#ended(exit));
  }

  /** The id of the conversation; `/clear` gives it a new one. */
  get id(): string {
    return this.#id;
  }

  get identity(): ProcessIdentity {
    return this.#process.identity;
  }

  /** When the CLI last wrote anything to stdout; monotonic, ms. */
  get lastSeenMs(): number {
    return this.#process.lastSeenMs;
  }

  /** Sends a prompt and waits for the end of its turn; one at a time. Never rejects. */
  async turn(prompt: string): Promise<TurnEnd> {
    const turn = beginTurn(newUuid());
    if (this.#gone) return { ...factsWithout(turn, 0), is: 'died', exit: this.#gone };
    if (this.#running) {
      return {
        ...factsWithout(turn, 0),
        is: 'error',
        cls: 'turn',
        text: 'another turn is running in this session',
      };
    }
    const { promise, resolve } = Promise.withResolvers<TurnEnd>();
    const running: Running = {
      turn,
      interrupted: false,
      startedMs: monotonicMs(),
      settle: resolve,
      ended: promise,
    };
    this.#running = running;
    void this.#watchTools(running);
    void this.#send(running, prompt);
    return promise;
  }

  async #send({ turn, ended }: Running, prompt: string): Promise<void> {
    if (await this.#process.write(userMessage(turn.uuid, prompt))) return;
    // It no longer reads: if it does not end by itself it has to be ended, since no answer can come.
    if (!(await settlesWithin(ended, this.#setup.graceMs))) await this.close();
  }

  /** Ends the running turn: by asking, or where that does not help within the grace period by ending the session. */
  async interrupt(): Promise<void> {
    const running = this.#running;
    if (!running) return;
    running.interrupted = true;
    const { graceMs } = this.#setup;
    const asked = await this.#ask('interrupt', { cancel_queued: true }, graceMs);
    if (asked.ok && (await settlesWithin(running.ended, graceMs))) return;
    if (this.#running === running) await this.close();
  }

  /** Switches the model from the next request on; false if the CLI refuses it (the old one stays). */
  async setModel(model: string): Promise<boolean> {
    return (await this.#ask('set_model', { model }, REQUEST_MS)).ok;
  }

  /**
   * Between two items: background tasks are stopped, a turn that the CLI started itself is interrupted, what tools left
   * running is ended (not the CLI, not its MCP servers). False if the session did not become idle in time.
   */
  async atBoundary(): Promise<boolean> {
    if (this.#running || this.#gone) return false;
    for (const { id } of this.#tasks) await this.#ask('stop_task', { task_id: id }, REQUEST_MS);
    if (this.#busy) await this.#ask('interrupt', { cancel_queued: true }, REQUEST_MS);
    const idle = await until(() => this.#gone !== undefined || !this.#busy, this.#setup.graceMs);
    const left = await this.#tools.sweepTools();
    return idle && left.length === 0 && this.#gone === undefined;
  }

  /** Ends the CLI and everything that belongs to it. May be called twice. Returns what could not be ended. */
  close(): Promise<ProcessView[]> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<ProcessView[]> {
    this.#tools.look();
    const left = await stopTree(this.identity, this.#tools.belongings(), this.#setup.graceMs);
    // A process that even KILL does not end must not be waited for.
    await settlesWithin(this.exited, REQUEST_MS);
    return this.#gone ? this.#left : left;
  }

  get #busy(): boolean {
    return this.#state === 'running' || this.#state === 'requires_action' || this.#tasks.length > 0;
  }

  #ask(subtype: string, fields: object, limitMs: number): Promise<Answer> {
    return this.#requests.ask((line) => this.#process.write(line), subtype, fields, limitMs);
  }

  #hear(event: SessionEvent): void {
    this.#onEvent(event);
    if (showsStamps(event)) this.#stamps = true;
    if (this.#running) this.#running.turn = hear(this.#running.turn, event);
    if (event.is === 'init') this.#id = event.session || this.#id;
    else if (event.is === 'state') this.#state = event.state;
    else if (event.is === 'tasks') this.#tasks = event.tasks;
    else if (event.is === 'response') this.#requests.hear(event);
    else if (event.is === 'request') void this.#process.write(refusal(event));
    else if (event.is === 'result') this.#result(event);
    else if (event.is === 'lifecycle') this.#dropped(event.uuid, event.state);
  }

  #result(result: Result): void {
    const running = this.#running;
    if (!running) {
      if (result.failed) this.#startFault ??= result.text || result.startupFailure;
      return;
    }
    if (!answers(running.turn, result, this.#stamps)) return;
    const before = this.#totals;
    this.#totals = result.totals;
    this.#settle((turn, ms) => endOf(turn, result, before, ms));
  }

  /** A message that is over without a result was cancelled, or never taken up: the result comes before this line. */
  #dropped(uuid: string, state: string): void {
    if (this.#running?.turn.uuid !== uuid) return;
    if (state === 'cancelled') this.#settle((turn, ms) => ({ ...factsWithout(turn, ms), is: 'interrupted' }));
    if (state !== 'completed') return;
    const text = 'the CLI dropped the message without a result';
    this.#settle((turn, ms) => ({ ...factsWithout(turn, ms), is: 'error', cls: 'turn', text }));
  }

  /** The first cause settles the end of a turn; later ones find none running. */
  #settle(end: (turn: Turn, durationMs: number) => TurnEnd): void {
    const running = this.#running;
    this.#running = undefined;
    running?.settle(end(running.turn, Math.round(monotonicMs() - running.startedMs)));
  }

  /** Notes from time to time who descends from the CLI, so that orphans are known after it is gone. */
  async #watchTools(running: Running): Promise<void> {
    const over = new AbortController();
    void running.ended.then(() => over.abort());
    while (!over.signal.aborted) {
      await sleep(LOOK_MS, over.signal);
      this.#tools.look();
    }
  }

  /** Before anybody hears of the end, nothing of the session runs on: its tools would go on writing. */
  async #ended(exit: Exit): Promise<Exit> {
    this.#left = await stopTree(this.identity, this.#tools.belongings(), 0);
    this.#gone = exit;
    this.#requests.abandon();
    const interrupted = this.#running?.interrupted ?? false;
    this.#settle((turn, ms) =>
      interrupted
        ? { ...factsWithout(turn, ms), is: 'interrupted' }
        : { ...factsWithout(turn, ms), is: 'died', exit },
    );
    return exit;
  }
}
