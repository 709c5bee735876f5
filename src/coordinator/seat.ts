import { basename, dirname } from 'node:path';
import { DEADLINES } from '../agent/agent.ts';
import { monotonicMs, wallMs } from '../clock.ts';
import { isAlive } from '../process.ts';
import type { SessionEvent } from '../session/protocol.ts';
import type { Session } from '../session/session.ts';
import { inWords } from '../session/summary.ts';
import type { TurnEnd } from '../session/turn.ts';
import type { Attachment } from './attach.ts';
import type { SeatView } from './plan.ts';
import type { Place } from './seat-folder.ts';
import { SeatSession } from './seat-session.ts';
import type { Work } from './seat-work.ts';
import { SeatFiles, statusOf } from './seat-state.ts';
import type { AgentState } from './seat-state.ts';
import type { SeatSetup } from './seat-session.ts';
import type { AgentSnapshot } from './snapshot.ts';

/** A named seat: one worktree, one session, a state. It lives as long as the run. */
export class Seat {
  readonly agent: string;
  work: Work | undefined;
  /** The person who has its conversation now, if one has. */
  attachment: Attachment | undefined;
  /** The item this conversation worked on before. */
  earlier: { item: string; commit: string | undefined } | undefined;
  /** Its session is being closed for want of work: nothing is begun meanwhile. */
  rests = false;
  turns = 0;
  costUsd = 0;
  readonly held = { paused: false, leaving: false };
  #setup: SeatSetup;
  #carrier: SeatSession;
  #forgivenMs = 0;
  #isWaking = false;
  #heardAt: number | undefined;
  #last = '';
  #files: SeatFiles;
  #model: string | undefined;
  #lastTurn: { at: string; is: TurnEnd['is'] } | undefined;
  #listeners = new Set<(event: SessionEvent) => void>();

  constructor(agent: string, setup: SeatSetup) {
    this.agent = agent;
    this.#setup = setup;
    this.#carrier = new SeatSession(agent, setup, {
      event: (event) => (setup.heard?.(), this.#hear(event)),
      attempt: () => this.work && `${this.work.item.id}.${this.work.lease.attempt}`,
      changed: () => this.keep(),
    });
    this.#files = new SeatFiles(this.#carrier.folder);
  }

  get marker(): string {
    return this.#carrier.marker;
  }

  get session(): Session | undefined {
    return this.#carrier.live;
  }

  /** The conversation that is live, or that the next item goes on with. */
  get conversation(): string | undefined {
    return this.#carrier.place?.session;
  }

  /** The conversation that is live, or was last. */
  get place(): Place | undefined {
    return this.#carrier.place;
  }

  get parked(): string | undefined {
    return this.#carrier.parked;
  }

  /** What the plan sees of it. */
  view(): SeatView {
    const folder = this.session && this.#carrier.place?.folder;
    const rig = folder === undefined ? undefined : basename(dirname(folder));
    return { agent: this.agent, is: this.is, rig, ...(this.work && { keys: this.work.keys }) };
  }

  get is(): AgentSnapshot['state'] {
    if (this.work) return 'working';
    if (this.attachment) return 'waiting';
    this.#carrier.unpark();
    if (this.parked !== undefined) return 'parked';
    if (this.held.paused || this.held.leaving) return 'paused';
    return this.#carrier.isWaiting || this.rests ? 'waiting' : 'free';
  }

  /** Time that passed for a reason outside of the attempt does not count against it; a session may be silent anew. */
  forgive(ms: number): void {
    if (this.work) this.work.startedMs += ms;
    this.#forgivenMs = monotonicMs();
  }

  /** Its attempt waits for something outside of it: `why`, or undefined when that is over. Deadlines stand still meanwhile. */
  halt(why: string | undefined): void {
    const { work } = this;
    if (!work) return;
    if (work.halted) this.forgive(monotonicMs() - work.halted.sinceMs);
    if (why === undefined) delete work.halted;
    else work.halted = { why, sinceMs: monotonicMs() };
  }

  /** Why its attempt should end: its time is up. */
  overdue(): string | undefined {
    const { work } = this;
    const { attempt: limitMs } = this.#setup.config.timeouts;
    if (!work || work.halted || DEADLINES[work.phase] === 'gate') return undefined;
    if (monotonicMs() - work.startedMs <= limitMs) return undefined;
    return `the attempt took longer than ${Math.round(limitMs / 60_000)} minutes`;
  }

  /** Why its turn should be interrupted: its session has given no sign of life for too long. */
  silent(): string | undefined {
    const { work, session } = this;
    const { silence: limitMs } = this.#setup.config.session;
    if (!work || work.halted || this.#isWaking || !session?.isInTurn) return undefined;
    if (monotonicMs() - Math.max(session.lastSeenMs, this.#forgivenMs) <= limitMs) return undefined;
    return `the session gave no sign of life for ${Math.round(limitMs / 60_000)} minutes`;
  }

  /** Interrupts a turn that gives no sign of life; whatever goes on has as long again. */
  async wake(): Promise<void> {
    this.#isWaking = true;
    await this.session?.interrupt();
    this.#isWaking = false;
    this.forgive(0);
  }

  /** Takes over the conversation that this seat had in an earlier run, before anything is begun. */
  adopt(place: Place): void {
    this.#carrier.adopt(place);
  }

  /**
   * The agent's session in a worktree: that of the conversation that is `wanted` if it can be brought back, else the one there
   * is, else a new one. Throws StartError.
   */
  async openSession(folder: string, wanted?: string): Promise<Session> {
    if (wanted !== undefined) await this.#carrier.turnTo({ session: wanted, folder });
    const { session, isNew } = await this.#carrier.open(folder);
    if (isNew) this.earlier = undefined;
    return session;
  }

  /** What is remembered of earlier items is dropped before the next one, where that is configured or the session is worn out. */
  async betweenItems({ isWorn = false } = {}): Promise<void> {
    const how = isWorn ? 'new' : this.#setup.config.session.between_items;
    if (how === 'keep' || !this.#carrier.place) return;
    this.earlier = undefined;
    await this.#carrier.startOver(how === 'clear');
  }

  /** Brings the live session to what is configured now, also in mid-turn. */
  follow(): Promise<void> {
    return this.#carrier.follow();
  }

  /** The session that was cut off in this worktree, gone on with; undefined if it cannot be. Throws StartError. */
  async resumeSession(folder: string, prompt: string): Promise<Session | undefined> {
    const place = this.#carrier.place;
    return place?.folder === folder ? this.#carrier.resume(place, prompt) : undefined;
  }

  /** A new conversation in place of the one that is lost. Throws StartError. */
  async beginAnew(folder: string, cause: string): Promise<Session> {
    this.earlier = undefined;
    return this.#carrier.anew(folder, cause);
  }

  /** What the supervisor says after a death in mid-turn, waited off unless the attempt ends here. */
  async revive(wait: boolean, abort: AbortSignal): ReturnType<SeatSession['revive']> {
    const since = monotonicMs();
    const verdict = await this.#carrier.revive(wait, abort);
    this.forgive(monotonicMs() - since);
    return verdict;
  }

  /** Books the end of a turn. */
  turnEnded(session: string, end: TurnEnd): void {
    this.turns++;
    this.costUsd += end.costUsd;
    this.#lastTurn = { at: new Date(wallMs()).toISOString(), is: end.is };
    this.#files.result(session, end);
    this.keep();
  }

  /** Writes down how the agent is, where that changed. */
  keep(): void {
    this.#files.keep(this.#state());
  }

  #state(): AgentState {
    const { work, session } = this;
    const { place } = this.#carrier;
    return {
      format: 1,
      agent: this.agent,
      ...statusOf({ phase: work?.phase, ...this.#carrier.standing }),
      session: place?.session,
      pid: session?.identity.pid,
      transcript: session?.transcript,
      model: this.#model,
      item: work?.item.id,
      attempt: work?.lease.attempt,
      phase: work?.phase,
      turn: this.turns,
      last_turn_at: this.#lastTurn?.at,
      last_result: this.#lastTurn?.is,
      restarts: this.#carrier.restarts,
    };
  }

  #hear(event: SessionEvent): void {
    if (event.is === 'init') this.#model = event.model || this.#model;
    this.#heardAt = wallMs();
    const { gatekeeper } = this.#setup;
    if (event.is === 'limit') gatekeeper.warned(event);
    if (event.is === 'assistant' && !event.synthetic && !event.fault) gatekeeper.passed(this.agent);
    const words = inWords(event);
    if (words !== undefined) this.#last = words;
    for (const hear of this.#listeners) hear(event);
  }

  /** Hands every event of its session to `hear`, until what this returns is called. */
  listen(hear: (event: SessionEvent) => void): () => void {
    this.#listeners.add(hear);
    return () => this.#listeners.delete(hear);
  }

  /** Whether its conversation has worked in this folder before. */
  knows(folder: string): boolean {
    return this.#carrier.place?.folder === folder;
  }

  /** The item it worked on before has landed as this commit. */
  landed(item: string, commit: string): void {
    if (this.earlier?.item === item) this.earlier = { item, commit };
  }

  /** Tells the agent something while its turn runs (`after`: when the turn is through). False if none runs. */
  nudge(text: string, as?: 'nudge' | 'after'): Promise<boolean> {
    return this.session?.nudge(text, as) ?? Promise.resolve(false);
  }

  /**
   * Interrupts the turn, which goes on with this prompt instead. False if none runs, or the session did not obey and was ended:
   * then it is resumed like any that died.
   */
  redirect(prompt: string): Promise<boolean> {
    return this.session?.redirect(prompt) ?? Promise.resolve(false);
  }

  /** Counts a refusal of the machine like a death. */
  died(): void {
    this.#carrier.died();
  }

  /** The next item gets a new conversation. */
  forget(): void {
    this.#carrier.forget();
  }

  /** Ends the session and all that belongs to it. May be called twice. */
  close(): Promise<void> {
    return this.#carrier.close();
  }

  #liveness(): AgentSnapshot['liveness'] {
    if (this.session) return isAlive(this.session.identity) ? 'live' : 'unverifiable';
    return this.#carrier.restarts > 0 ? 'exited' : 'none';
  }

  snapshot(): AgentSnapshot {
    const { work, session, parked } = this;
    return {
      agent: this.agent,
      state: this.is,
      liveness: this.#liveness(),
      ...(session && { session: session.id, pid: session.identity.pid }),
      ...(work && {
        item: work.item.id,
        title: work.item.title,
        attempt: work.lease.attempt,
        phase: work.phase,
        since: new Date(work.since).toISOString(),
      }),
      ...(this.#heardAt !== undefined && { heardAt: new Date(this.#heardAt).toISOString() }),
      ...(this.#last && { last: this.#last }),
      turns: this.turns,
      costUsd: this.costUsd,
      restarts: this.#carrier.restarts,
      ...(work?.halted && { reason: work.halted.why }),
      ...(parked !== undefined && { reason: parked }),
    };
  }
}
