import { monotonicMs, newUuid, sleep } from '../clock.ts';
import { messageOf } from '../errors.ts';
import { Inflight } from './inflight.ts';
import { userMessage } from './protocol.ts';
import type { Message, Result, SessionEvent } from './protocol.ts';
import { afterCrash } from './resume.ts';
import type { ResumePatience } from './resume.ts';
import { RunningTurn } from './running.ts';
import { replyTo, totalsBefore } from './transcript.ts';
import { beginTurn, factsWithout, NO_TOTALS, showsStamps } from './turn.ts';
import type { Exit, TurnEnd } from './turn.ts';

/** What the turns of a session need of its process. */
interface Wire {
  /** The folder for `inflight.ndjson`. */
  folder: string;
  /** The conversation was begun by an earlier process. */
  resumed: boolean;
  /** What that process had not answered is gone on with; else it is forgotten. */
  goesOn: boolean;
  patience: ResumePatience;
  /** The file that the CLI keeps the conversation in, as it is now. */
  transcript(): string;
  /** Sends a line; false if it could not be written, and then the process is ending or must be ended. */
  write(line: string, ended: Promise<unknown>): Promise<boolean>;
  /** When anything was last heard; monotonic, ms. */
  lastSeenMs(): number;
  /** A turn began to be waited for. */
  began(ended: Promise<TurnEnd>): void;
  /** A message goes to the CLI. */
  told(message: Message): void;
}

/** The turns of one session: one at a time, each with the messages that belong to it, kept on the disk until they are answered. */
export class Turns {
  #wire: Wire;
  #inflight: Inflight;
  #running: RunningTurn | undefined;
  /** A turn that an earlier process was cut off in, until somebody waits for it. */
  #cutOff: RunningTurn | undefined;
  #gone: Exit | undefined;
  #stamps = false;
  #totals = NO_TOTALS;
  /** The running total of the process in dollars, as it last named it in mid-turn. */
  #namedUsd = 0;

  constructor(wire: Wire) {
    this.#wire = wire;
    this.#inflight = new Inflight(wire.folder, { keep: wire.goesOn });
    if (!wire.resumed) return;
    this.#totals = totalsBefore(wire.transcript());
    // The CLI goes on with it as soon as it is up, before anybody asks for that.
    const [first, ...more] = this.#inflight.unanswered;
    if (!first) return;
    this.#running = this.#cutOff = new RunningTurn(first.uuid, { resumed: true });
    for (const { uuid } of more) this.#running.follow(uuid);
  }

  get running(): RunningTurn | undefined {
    return this.#running;
  }

  /** What the running turn has cost so far, in dollars, as far as the CLI was asked. */
  get spentUsd(): number {
    return this.#running ? Math.max(0, this.#namedUsd - this.#totals.costUsd) : 0;
  }

  /** The CLI named the running total of its process, if it did. */
  noteTotal(usd: number | undefined): void {
    if (usd !== undefined) this.#namedUsd = usd;
  }

  /** What is known of a turn that ends without a result. */
  #without(running: RunningTurn): ReturnType<RunningTurn['without']> {
    const costUsd = this.spentUsd;
    if (costUsd > 0) this.#totals = { ...this.#totals, costUsd: this.#namedUsd };
    return { ...running.without(), costUsd };
  }

  /** Sends a prompt and waits for the end of its turn; one at a time. Never rejects. */
  async begin(prompt: string): Promise<TurnEnd> {
    const uuid = newUuid();
    const facts = factsWithout(beginTurn(uuid), 0);
    if (this.#gone) return { ...facts, is: 'died', exit: this.#gone };
    if (this.#running) {
      return { ...facts, is: 'error', cls: 'turn', text: 'another turn is running in this session' };
    }
    this.acknowledge();
    const running = new RunningTurn(uuid);
    this.#running = running;
    this.#wire.began(running.ended);
    void this.#send({ uuid, text: prompt, as: 'prompt' }, running);
    return running.ended;
  }

  /** Goes on with the turn that an earlier process was cut off in; where there is none, `prompt` is a turn of its own. */
  async goOn(prompt: string): Promise<TurnEnd> {
    const running = this.#cutOff;
    this.#cutOff = undefined;
    if (!running) return this.begin(prompt);
    if (this.#running !== running) return running.ended;
    this.#wire.began(running.ended);
    for (const { uuid, text } of this.#inflight.unanswered) {
      void this.#wire.write(userMessage(uuid, text), running.ended);
    }
    void this.#watchResumed(running, prompt);
    return running.ended;
  }

  /** What the last turn ended with is recorded: its messages need not be sent again after a crash. */
  acknowledge(): void {
    if (!this.#running) this.#inflight.settle();
  }

  /** Sends a message into the running turn; false if none runs or it could not be sent. */
  async add(text: string, as: 'nudge' | 'after'): Promise<boolean> {
    const running = this.#running;
    if (!running) return false;
    const uuid = newUuid();
    running.follow(uuid);
    return this.#send({ uuid, text, as }, running);
  }

  /** Sends a message that is on the disk first; a disk that refuses it ends the turn. */
  async #send(message: Message, running: RunningTurn): Promise<boolean> {
    try {
      this.#inflight.add(message);
    } catch (error) {
      const text = `the message could not be kept: ${messageOf(error)}`;
      this.#settle({ ...this.#without(running), is: 'error', cls: 'turn', text });
      return false;
    }
    this.#wire.told(message);
    const priority = message.as === 'after' ? 'later' : undefined;
    return this.#wire.write(userMessage(message.uuid, message.text, priority), running.ended);
  }

  /** Follows what a resumed session says of the unanswered message, until that is settled by a result or by its silence. */
  async #watchResumed(running: RunningTurn, prompt: string): Promise<void> {
    const sinceMs = monotonicMs();
    while (this.#running === running && running.resume) {
      const quietMs = monotonicMs() - Math.max(sinceMs, this.#wire.lastSeenMs());
      const came = afterCrash(running.resume, quietMs, this.#wire.patience);
      if (came === 'wait') {
        await sleep(50);
        continue;
      }
      const reply = came === 'finished' ? replyTo(this.#wire.transcript(), running.uuid) : undefined;
      if (reply === undefined) return this.#instead(running, prompt);
      return this.#settle({ ...this.#without(running), is: 'answered', text: reply });
    }
  }

  /** The turn goes on under a new message; what it was asked before is settled. */
  #instead(running: RunningTurn, prompt: string): void {
    this.#inflight.settle();
    const uuid = newUuid();
    running.goOnAs(uuid);
    void this.#send({ uuid, text: prompt, as: 'prompt' }, running);
  }

  hear(event: SessionEvent): void {
    if (showsStamps(event)) this.#stamps = true;
    this.#running?.hear(event);
    if (event.is === 'result') this.#result(event);
    else if (event.is === 'lifecycle') this.#dropped(event.uuid, event.state);
  }

  #result(result: Result): void {
    const running = this.#running;
    if (!running?.isAnsweredBy(result, this.#stamps)) return;
    const before = this.#totals;
    this.#totals = result.totals;
    const end = running.endBy(result, { before, stamps: this.#stamps });
    if (end) this.#settle(end);
  }

  /** A message that is over without a result was cancelled, or never taken up: the result comes before this line. */
  #dropped(uuid: string, state: string): void {
    const running = this.#running;
    if (!running || (state !== 'completed' && state !== 'cancelled')) return;
    if (running.uuid !== uuid) {
      const end = running.drop(uuid);
      if (end) this.#settle(end);
    } else if (state === 'cancelled') this.#settle({ ...this.#without(running), is: 'interrupted' });
    // What an earlier process was asked may be over before its turn is gone on with; what was answered waits for what was added.
    else if (!running.resume && !running.isAnswered) {
      const text = 'the CLI dropped the message without a result';
      this.#settle({ ...this.#without(running), is: 'error', cls: 'turn', text });
    }
  }

  /** The first cause settles the end of a turn; later ones find none running. */
  #settle(end: TurnEnd): void {
    const running = this.#running;
    if (!running) return;
    const { redirect } = running;
    if (end.is === 'interrupted' && redirect !== undefined && !this.#gone) {
      return this.#instead(running, redirect);
    }
    this.#running = undefined;
    running.settle(end);
  }

  /** The process is gone, and nothing of it runs on. */
  ended(exit: Exit): void {
    this.#gone = exit;
    const running = this.#running;
    if (!running) return;
    const facts = this.#without(running);
    this.#settle(running.interrupted ? { ...facts, is: 'interrupted' } : { ...facts, is: 'died', exit });
  }
}
