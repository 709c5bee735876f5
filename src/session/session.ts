import { monotonicMs } from '../clock.ts';
import { messageOf } from '../errors.ts';
import type { ProcessIdentity, ProcessView } from '../process.ts';
import { stopTree, until } from '../stop.ts';
import { AgentProcess } from './agent-process.ts';
import { Diary } from './diary.ts';
import { Controls, REQUEST_MS } from './controls.ts';
import { launchArguments, launchEnvironment, withoutUnknownFlag } from './launch.ts';
import type { SessionSetup } from './launch.ts';
import { LongTools } from './long-tools.ts';
import { MachineWatch } from './machine-watch.ts';
import { parseLine } from './parse.ts';
import { settlesWithin } from './patience.ts';
import { refusal } from './protocol.ts';
import type { Answer, SessionEvent } from './protocol.ts';
import { Requests } from './requests.ts';
import { RESUME_PATIENCE } from './resume.ts';
import type { RunningTools } from './running-tools.ts';
import { isSignOfLife, Signs } from './signs.ts';
import { startTrouble } from './start-error.ts';
import { ToolProcesses } from './tools.ts';
import { transcriptFile } from './transcript.ts';
import { watchTurn } from './turn-watch.ts';
import { Turns } from './turns.ts';
import type { Exit, TurnEnd } from './turn.ts';

export type { SessionSetup } from './launch.ts';

/** One live conversation and the process that carries it. */
export class Session {
  /** Resolves when the process has ended and nothing that it started is left, as far as it can be ended. */
  readonly exited: Promise<Exit>;
  readonly machine: MachineWatch;
  readonly controls = new Controls((...asked) => this.#ask(...asked));
  #setup: SessionSetup;
  #onEvent: (event: SessionEvent) => void;
  #process: AgentProcess;
  #turns: Turns;
  #tools: ToolProcesses;
  #requests = new Requests();
  #diary: Diary;
  #signs: Signs;
  #longTools: LongTools;
  #gone: Exit | undefined;
  #left: ProcessView[] = [];
  #closing: Promise<ProcessView[]> | undefined;
  #id: string;
  #state: string | undefined;
  #tasks: readonly { id: string }[] = [];
  #startFault: string | undefined;
  /** A model was asked something since the CLI last named its cost. */
  #costIsOld = false;
  #heardMs = monotonicMs();

  /**
   * Starts the CLI and waits until it answers `initialize`. Every line it writes is handed to `onEvent`.
   * StartError with the end of its stderr if it is missing, refuses to start, or is not ready in time; nothing of it is
   * left running then.
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
    this.machine = new MachineWatch(setup, this.#tools, () => void this.close());
    this.#signs = new Signs(() => this.transcript, setup);
    this.#longTools = new LongTools(this.controls, setup);
    this.#diary = new Diary(setup.folder, {
      session: setup.sessionId,
      pid: process.identity.pid,
      resumed: setup.resume === true,
    });
    this.exited = process.exited.then((exit) => this.#ended(exit));
    this.#turns = new Turns({
      folder: setup.folder,
      resumed: setup.resume === true,
      goesOn: setup.resumePrompt !== undefined,
      patience: setup.patience ?? RESUME_PATIENCE,
      transcript: () => this.transcript,
      write: (line, ended) => this.#write(line, ended),
      lastSeenMs: () => process.lastSeenMs,
      began: (ended) =>
        void watchTurn(ended, {
          processes: this.#tools,
          longTools: this.#longTools,
          diary: this.#diary,
          machine: this.machine,
          askCost: () => void this.#askCost(),
        }),
      told: (message) => this.#diary.told(message),
    });
  }

  /** Whether a turn runs that somebody waits for. */
  get isInTurn(): boolean {
    return this.#turns.running !== undefined;
  }

  /** The id of the conversation; `/clear` gives it a new one. */
  get id(): string {
    return this.#id;
  }

  get identity(): ProcessIdentity {
    return this.#process.identity;
  }

  /** How the process ended, once nothing that belongs to it is left. */
  get gone(): Exit | undefined {
    return this.#gone;
  }

  /** When the CLI last showed that it works, on stdout or in its transcript; monotonic, ms. */
  get lastSeenMs(): number {
    return this.#signs.last(this.#heardMs);
  }

  /** The tools that run now. */
  get runningTools(): RunningTools {
    return this.#diary.tools;
  }

  /** What the running turn has cost so far, in dollars, as far as the CLI tells. */
  get spentUsd(): number {
    return this.#turns.spentUsd;
  }

  /** The file that the CLI keeps the conversation in. */
  get transcript(): string {
    return transcriptFile(this.#setup.env, this.#setup.cwd, this.#id);
  }

  /** Sends a prompt and waits for the end of its turn; one at a time. Never rejects. */
  turn(prompt: string): Promise<TurnEnd> {
    return this.#turns.begin(prompt);
  }

  /**
   * Goes on where a process that ended was cut off: what it had not answered is sent again under the old uuids, which the
   * CLI drops if it knows them. What came of it is learned from the result, else from the transcript, else `prompt` is a
   * new message. In a session without anything unanswered that is all there is to do.
   */
  goOn(prompt: string): Promise<TurnEnd> {
    return this.#turns.goOn(prompt);
  }

  /** What the last turn ended with is recorded: its messages need not be sent again after a crash. */
  acknowledge(): void {
    this.#turns.acknowledge();
  }

  /** Says something to the agent while its turn runs: at its next step, or (`after`) when it is through. False if none runs. */
  nudge(text: string, as: 'nudge' | 'after' = 'nudge'): Promise<boolean> {
    return this.#turns.add(text, as);
  }

  /** Ends the running turn: by asking, or where that does not help within the grace period by ending the session. */
  async interrupt(): Promise<void> {
    const { running } = this.#turns;
    if (!running) return;
    running.interrupted = true;
    const { graceMs } = this.#setup;
    const { uuid } = running;
    const asked = await this.#ask('interrupt', { cancel_queued: true }, graceMs);
    const over = () => this.#turns.running !== running || running.uuid !== uuid;
    if (asked.ok && (await until(over, graceMs))) return;
    if (!over()) await this.close();
  }

  /** Interrupts the running turn and lets it go on with this prompt instead; who waits for the turn waits for that. */
  async redirect(prompt: string): Promise<boolean> {
    const { running } = this.#turns;
    if (!running || this.#gone) return false;
    running.redirect = prompt;
    await this.interrupt();
    return this.#gone === undefined;
  }

  /** Begins the conversation anew, under a new id (see `id`), with nothing remembered. False if it could not be done. */
  async clear(): Promise<boolean> {
    const before = this.#id;
    return (await this.turn('/clear')).is === 'answered' && this.#id !== before;
  }

  /** Has the conversation summarised, so that it takes less of the context. It costs a request to the model. */
  compact(): Promise<TurnEnd> {
    return this.turn('/compact');
  }

  /**
   * Between two items: background tasks are stopped, a turn that the CLI started itself is interrupted, what tools left
   * running is ended (not the CLI, not its MCP servers). False if the session did not become idle in time.
   */
  async atBoundary(): Promise<boolean> {
    if (this.#turns.running || this.#gone) return false;
    for (const { id } of this.#tasks) await this.controls.stopTask(id);
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

  async #write(line: string, ended: Promise<unknown>): Promise<boolean> {
    if (await this.#process.write(line)) return true;
    // It no longer reads: if it does not end by itself it has to be ended, since no answer can come.
    if (!(await settlesWithin(ended, this.#setup.graceMs))) await this.close();
    return false;
  }

  #hear(event: SessionEvent): void {
    if (isSignOfLife(event, this.#setup.silenceMs)) this.#heardMs = monotonicMs();
    this.#diary.hear(event);
    this.#onEvent(event);
    if (event.is === 'init') this.#id = event.session || this.#id;
    else if (event.is === 'state') this.#state = event.state;
    else if (event.is === 'tasks') this.#tasks = event.tasks;
    else if (event.is === 'assistant') this.#costIsOld = true;
    else if (event.is === 'response') this.#requests.hear(event);
    else if (event.is === 'request') void this.#process.write(refusal(event));
    else if (event.is === 'result' && event.failed && event.uuids.length === 0) {
      this.#startFault ??= event.text || event.startupFailure;
    }
    this.#turns.hear(event);
  }

  /** Only after the model spoke: anything else costs nothing. */
  async #askCost(): Promise<void> {
    if (!this.#costIsOld) return;
    this.#costIsOld = false;
    const usd = await this.controls.costUsd();
    if (usd !== undefined) this.#turns.noteTotal(usd);
  }

  /** Before anybody hears of the end, nothing of the session runs on: its tools would go on writing. */
  async #ended(exit: Exit): Promise<Exit> {
    this.#left = await stopTree(this.identity, this.#tools.belongings(), 0);
    this.#gone = exit;
    this.#requests.abandon();
    this.#turns.ended(exit);
    // How its turn ended is noted first.
    void Promise.resolve().then(() => this.#diary.ended(exit));
    return exit;
  }
}
