import { monotonicMs } from '../clock.ts';
import type { Result, SessionEvent, Totals } from './protocol.ts';
import { expectResume, hearResumed } from './resume.ts';
import type { Resume } from './resume.ts';
import { answers, beginTurn, endOf, factsWithout, hear, joinEnds } from './turn.ts';
import type { Turn, TurnEnd } from './turn.ts';

/** A turn that somebody waits for, from its first message to the end that the first cause gives it. */
export class RunningTurn {
  readonly ended: Promise<TurnEnd>;
  /** Its end was asked for: if the session dies of that, this was the first cause. */
  interrupted = false;
  /** What it shall do instead, once it is interrupted. */
  redirect: string | undefined;
  #turn: Turn;
  #resume: Resume | undefined;
  /** Messages that were sent meanwhile and belong to it. */
  #more = new Set<string>();
  /** Its end, while such a message is still to be answered. */
  #soFar: TurnEnd | undefined;
  #startedMs = monotonicMs();
  #settle: (end: TurnEnd) => void;
  /** All messages that it was ever about. */
  #all: string[];

  /** `resumed`: an earlier process was asked this and did not answer. */
  constructor(uuid: string, { resumed = false } = {}) {
    this.#turn = beginTurn(uuid);
    this.#all = [uuid];
    if (resumed) this.#resume = expectResume(uuid);
    const { promise, resolve } = Promise.withResolvers<TurnEnd>();
    this.ended = promise;
    this.#settle = resolve;
  }

  get uuid(): string {
    return this.#turn.uuid;
  }

  /** What is known of an earlier process' message that this turn is about. */
  get resume(): Resume | undefined {
    return this.#resume;
  }

  /** Whether its own message was answered, and only what was added to it is still to be. */
  get isAnswered(): boolean {
    return this.#soFar !== undefined;
  }

  /** Another message was sent into this turn: it is not over before that one is answered too. */
  follow(uuid: string): void {
    this.#more.add(uuid);
    this.#all.push(uuid);
  }

  /** Goes on under another message. */
  goOnAs(uuid: string): void {
    this.#all.push(uuid);
    this.#turn = beginTurn(uuid);
    this.#resume = undefined;
    this.interrupted = false;
    this.redirect = undefined;
  }

  hear(event: SessionEvent): void {
    this.#turn = hear(this.#turn, event);
    if (this.#resume) this.#resume = hearResumed(this.#resume, event);
  }

  /** Whether a result answers this turn (or a message that belongs to it), by uuid where the CLI stamps them. */
  isAnsweredBy(result: Result, stamps: boolean): boolean {
    if (stamps && this.#soFar) return result.uuids.some((uuid) => this.#more.has(uuid));
    return answers(this.#turn, result, stamps);
  }

  /** Its end by a result; undefined while messages that were sent into it are still to be answered. */
  endBy(result: Result, { before, stamps }: { before: Totals; stamps: boolean }): TurnEnd | undefined {
    for (const uuid of result.uuids) this.#more.delete(uuid);
    const end = joinEnds(this.#soFar, endOf(this.#turn, result, before, this.#ms()));
    // Without stamps it cannot be told which message a result is for.
    if (this.#more.size === 0 || !stamps || end.is !== 'answered') return end;
    this.#soFar = end;
    return undefined;
  }

  /** A message is over without a result of its own; returns the end of the turn if it waited for that one only. */
  drop(uuid: string): TurnEnd | undefined {
    return this.#more.delete(uuid) && this.#more.size === 0 ? this.#soFar : undefined;
  }

  /** Settles the end; whatever comes later finds it settled. */
  settle(end: TurnEnd): void {
    this.#settle({ ...end, uuids: [...this.#all] });
  }

  /** An end without a result, from what is known so far. */
  without(): ReturnType<typeof factsWithout> {
    return factsWithout(this.#turn, this.#ms());
  }

  #ms = (): number => Math.round(monotonicMs() - this.#startedMs);
}
