import { monotonicMs, newUuid, sleep, timeScale } from '../clock.ts';
import { makeFolder } from '../durable.ts';
import { messageOf } from '../errors.ts';
import type { Answer } from '../agent-tools.ts';
import { AgentSocket } from './agent-socket.ts';
import { openTools } from './tools-file.ts';
import { sweep } from '../stop.ts';
import type { SessionEvent } from '../session/protocol.ts';
import { Session } from '../session/session.ts';
import type { SessionSetup } from '../session/session.ts';
import { StartError } from '../session/start-error.ts';
import type { Exit } from '../session/turn.ts';
import { agentFolder, hasConversation } from './seat-folder.ts';
import type { Run } from './run.ts';
import type { Place, Surroundings } from './seat-folder.ts';
import { change, mannerOf } from './manner.ts';
import type { Manner } from './manner.ts';
import type { Standing } from './seat-state.ts';
import { sessionSetup } from './session-setup.ts';
import { Tally } from './tally.ts';

export interface SeatSetup
  extends Surroundings,
    Pick<Run, 'gatekeeper' | 'incidents' | 'starts' | 'fence' | 'sandbox' | 'templates' | 'tell'> {
  run: string;
  /** Answers a call of the agent's tools. */
  called: (agent: string, call: unknown) => Promise<Answer>;
}

/** What the session of a seat is told by it, and tells it. */
interface SeatSide {
  event(event: SessionEvent): void;
  /** The attempt that is worked on, if one is: its deaths count as one against the agent. */
  attempt(): string | undefined;
  /** What is written down of the agent has changed. */
  changed(): void;
}

/**
 * The session of a seat over its deaths: opened when it is first needed, resumed after a crash, begun anew where that cannot be
 * done. Every death is counted, and the supervisor's verdict followed.
 */
export class SeatSession {
  readonly agent: string;
  /** `state/agents/<agent>`. */
  readonly folder: string;
  parked: string | undefined;
  restarts = 0;
  /** The last try to start a session failed. */
  didNotStart = false;
  #setup: SeatSetup;
  #seat: SeatSide;
  #live: Session | undefined;
  #place: Place | undefined;
  #socket: AgentSocket;
  #manner: Manner | undefined;
  #tally: Tally;
  #parkedForGood = false;
  #waitUntilMs = 0;
  #closing = false;

  constructor(agent: string, setup: SeatSetup, seat: SeatSide) {
    this.agent = agent;
    this.folder = agentFolder(setup.state, agent);
    this.#setup = setup;
    this.#seat = seat;
    makeFolder(this.folder);
    this.#socket = new AgentSocket(this.folder, (call) => setup.called(agent, call));
    this.#tally = new Tally(this.folder, timeScale(setup.env));
    this.parked = this.#tally.standing();
    setup.incidents.join(agent);
  }

  get marker(): string {
    return `${this.#setup.run}.${this.agent}`;
  }

  get live(): Session | undefined {
    return this.#live;
  }

  /** Takes over the conversation that this seat had in an earlier run. */
  adopt(place: Place): void {
    this.#place = place;
  }

  /** The conversation that is live, or was last. */
  get place(): Place | undefined {
    return this.#place;
  }

  get standing(): Standing {
    const { parked, isWaiting, didNotStart } = this;
    return { parked, isWaiting, didNotStart };
  }

  /** Whether a death must be waited off before anything new is begun. */
  get isWaiting(): boolean {
    return monotonicMs() < this.#waitUntilMs;
  }

  /**
   * The session there is in this folder: live, else the conversation that was there last (its process died or was closed
   * between two turns), else a new one. Throws StartError.
   */
  async open(folder: string): Promise<{ session: Session; isNew: boolean }> {
    const place = this.#place?.folder === folder ? this.#place : undefined;
    if (this.#live && this.#live.gone === undefined && place) {
      await this.follow();
      return { session: this.#live, isNew: false };
    }
    const session = place && (await this.#relaunch(place, {}));
    if (session) return { session, isNew: false };
    if (place)
      return { session: await this.anew(folder, 'the conversation could not be resumed'), isNew: true };
    await this.close();
    return { session: await this.#launch({ session: newUuid(), folder }, {}), isNew: true };
  }

  /** Brings an earlier conversation of this seat back, if it is still there; the one that goes on now is left. */
  async turnTo(place: Place): Promise<void> {
    if (this.#place?.session === place.session || !hasConversation(this.#setup, place)) return;
    await this.close();
    this.#place = place;
  }

  /** Brings the live session to what is configured now. */
  async follow(): Promise<void> {
    const { config } = this.#setup;
    const session = this.#live;
    if (!session || !this.#manner || session.gone) return;
    const { now, refused } = await change(session, this.#manner, mannerOf(config));
    if (this.#live !== session) return;
    this.#manner = now;
    for (const what of refused) this.#trouble(`its session refuses ${what}; the next one has it`);
  }

  /** What is remembered is dropped: by clearing the conversation (`clear`) where that works, else by a new process. */
  async startOver(clear: boolean): Promise<void> {
    if (clear && this.#live?.gone === undefined && (await this.#live?.clear())) return;
    await this.close();
    this.#place = undefined;
  }

  /**
   * Goes on with a conversation whose process died in mid-turn: nothing of the old process is left when the new one
   * starts. The live session is gone on with as it is. Undefined if the conversation cannot be resumed. Throws StartError.
   */
  async resume(place: Place, prompt: string): Promise<Session | undefined> {
    if (this.#live && this.#live.gone === undefined && this.#place?.folder === place.folder)
      return this.#live;
    return this.#relaunch(place, { resumePrompt: prompt });
  }

  async #relaunch(place: Place, how: { resumePrompt?: string }): Promise<Session | undefined> {
    await this.close();
    await sweep({ marker: this.marker });
    try {
      return await this.#launch(place, { resume: true, ...how });
    } catch (error) {
      if (error instanceof StartError && error.why === 'lost') return undefined;
      throw error;
    }
  }

  /** A new conversation in place of one that is lost. Throws StartError. */
  async anew(folder: string, cause: string): Promise<Session> {
    const before = this.#place?.session ?? '';
    await this.close();
    const session = await this.#launch({ session: newUuid(), folder }, {});
    this.#replaced(before, session.id, cause);
    return session;
  }

  async #launch(place: Place, how: { resume?: boolean; resumePrompt?: string }): Promise<Session> {
    const { config, tell } = this.#setup;
    this.#closing = false;
    const tools = await openTools(this.#socket, this.folder, this.#trouble);
    const manner = mannerOf(config);
    const own = { agent: this.agent, marker: this.marker, folder: this.folder, tools };
    const session = await this.#start({ ...sessionSetup(this.#setup, own, place, how), ...how });
    this.#live = session;
    this.#manner = manner;
    this.#place = { ...place };
    this.didNotStart = false;
    this.#seat.changed();
    const { pid } = session.identity;
    tell({
      is: 'session-started',
      agent: this.agent,
      session: session.id,
      pid,
      ...(how.resume && { resumed: true }),
    });
    void session.exited.then((exit) => this.#ended(session, exit));
    return session;
  }

  #trouble = (what: string): void => this.#setup.tell({ is: 'trouble', agent: this.agent, what });

  async #start(setup: SessionSetup): Promise<Session> {
    await this.#setup.starts.turn();
    try {
      return await Session.open(setup, (event) => this.#hear(event));
    } catch (error) {
      const why = error instanceof StartError ? error.why : 'again';
      this.didNotStart = true;
      if (why !== 'lost') this.died(why === 'hopeless' ? messageOf(error) : undefined);
      throw error;
    }
  }

  #hear(event: SessionEvent): void {
    const place = this.#place;
    if (event.is === 'init' && place && event.session !== '' && event.session !== place.session) {
      this.#replaced(place.session, event.session, 'the CLI goes on under another id');
      place.session = event.session;
      this.#seat.changed();
    }
    this.#seat.event(event);
  }

  #replaced(session: string, by: string, cause: string): void {
    this.#setup.tell({ is: 'session-replaced', agent: this.agent, session, by, cause });
  }

  #ended(session: Session, exit: Exit): void {
    if (this.#live === session) this.#live = undefined;
    const cause = this.#closing ? 'closed' : (exit.signal ?? `exit code ${exit.code}`);
    const more = this.#closing || !exit.stderr ? '' : `: ${exit.stderr}`;
    const of = { agent: this.agent, session: session.id };
    this.#setup.tell({ is: 'session-ended', ...of, cause: cause + more, ...(!this.#closing && exit) });
    if (!this.#closing) this.died();
    this.#seat.changed();
  }

  /** Counts a death (of the session, or of an attempt to start it) and follows the verdict. */
  died(hopeless?: string): void {
    const { tell, incidents } = this.#setup;
    this.restarts++;
    const decided = this.#tally.died(this.#seat.attempt(), hopeless);
    if (decided.often) tell({ is: 'dies-often', agent: this.agent, deaths: this.#tally.recent() });
    if (decided.do === 'revive') {
      this.#waitUntilMs = monotonicMs() + decided.afterMs / timeScale(this.#setup.env);
    } else {
      if (this.parked === undefined) tell({ is: 'agent-parked', agent: this.agent, reason: decided.why });
      this.parked = decided.why;
      this.#parkedForGood ||= hopeless !== undefined;
    }
    if (hopeless === undefined) incidents.note({ agent: this.agent, pardon: () => this.#pardon() });
  }

  /** Its last death was not its fault. */
  #pardon(): void {
    this.#tally.pardon(1);
    if (!this.#parkedForGood) this.parked = this.#tally.standing();
  }

  /** Lets a parked agent be tried again when its window has passed without a death. */
  unpark(): void {
    if (this.parked === undefined || this.#parkedForGood || !this.#tally.isQuiet()) return;
    this.parked = undefined;
    this.#setup.tell({ is: 'agent-unparked', agent: this.agent });
  }

  /** What is begun next gets a new conversation. */
  forget(): void {
    if (!this.#live) this.#place = undefined;
  }

  /** What the supervisor says after a death in mid-turn, waited off unless the attempt ends here. */
  async revive(wait: boolean, abort: AbortSignal): Promise<{ pardoned: boolean } | { parked: string }> {
    // Its end is booked when all that belonged to it is gone.
    if (this.#live?.gone) await this.#live.exited;
    const { gatekeeper, incidents } = this.#setup;
    if (incidents.isOn) {
      const text = 'most agents died at once';
      await gatekeeper.wait(this.agent, { cause: 'incident', text }, { abort });
      return { pardoned: true };
    }
    if (!wait) return { pardoned: false };
    if (this.parked !== undefined) return { parked: this.parked };
    await sleep(Math.max(0, this.#waitUntilMs - monotonicMs()), abort);
    return { pardoned: false };
  }

  /** Ends the session and all that belongs to it. May be called twice. */
  async close(): Promise<void> {
    this.#closing = true;
    const left = (await this.#live?.close()) ?? [];
    this.#live = undefined;
    await this.#socket.close();
    if (left.length === 0) return;
    this.#trouble(`processes that could not be ended: ${left.map((one) => one.pid).join(', ')}`);
  }
}
