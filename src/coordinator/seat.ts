import { join } from 'node:path';
import { monotonicMs, newUuid, wallMs } from '../clock.ts';
import type { Config } from '../config.ts';
import { makeFolder } from '../durable.ts';
import { agentEnvironment } from '../environment.ts';
import type { Happening } from '../journal/event.ts';
import { isAlive } from '../process.ts';
import type { WorkItem } from '../queue/work-item.ts';
import type { Lease } from '../queue/name.ts';
import type { SessionEvent } from '../session/protocol.ts';
import { Session } from '../session/session.ts';
import { inWords } from '../session/summary.ts';
import type { AgentSnapshot } from './snapshot.ts';
import { verdict } from './supervisor.ts';

/** What an agent does right now. */
export interface Work {
  lease: Lease;
  item: WorkItem;
  phase: string;
  /** Wall clock, ms: for display. */
  since: number;
  /** Monotonic, ms: for the attempt's deadline. */
  startedMs: number;
  abort: AbortController;
}

interface SeatSetup {
  run: string;
  /** The folder `state/`. */
  state: string;
  config: Config;
  env: Record<string, string | undefined>;
  tell: (happening: Happening) => void;
}

/** A named seat: one worktree, one session, a state. It lives as long as the run. */
export class Seat {
  readonly agent: string;
  work: Work | undefined;
  /** The item this conversation worked on before. */
  earlier: { item: string; commit: string | undefined } | undefined;
  session: Session | undefined;
  parked: string | undefined;
  turns = 0;
  costUsd = 0;
  #setup: SeatSetup;
  #deaths: number[] = [];
  #waitUntilMs = 0;
  #forgivenMs = 0;
  #restarts = 0;
  #folder: string | undefined;
  #heardAt: number | undefined;
  #last = '';
  #closing = false;

  constructor(agent: string, setup: SeatSetup) {
    this.agent = agent;
    this.#setup = setup;
  }

  get marker(): string {
    return `${this.#setup.run}.${this.agent}`;
  }

  get is(): AgentSnapshot['state'] {
    if (this.work) return 'working';
    if (this.parked !== undefined) return 'parked';
    return monotonicMs() < this.#waitUntilMs ? 'waiting' : 'free';
  }

  /** Time that passed for a reason outside of the attempt does not count against it; a session may be silent anew. */
  forgive(ms: number): void {
    if (this.work) this.work.startedMs += ms;
    this.#forgivenMs = monotonicMs();
  }

  /** Why its attempt should end: its time is up, or its session has been silent for too long in mid-turn. */
  overdue(): string | undefined {
    const { work, session } = this;
    const { timeouts, session: limits } = this.#setup.config;
    if (!work || work.phase === 'waiting-for-limit') return undefined;
    if (monotonicMs() - work.startedMs > timeouts.attempt)
      return `the attempt took longer than ${minutes(timeouts.attempt)}`;
    const inTurn = work.phase === 'implementing' || work.phase === 'correcting';
    if (
      !inTurn ||
      !session ||
      monotonicMs() - Math.max(session.lastSeenMs, this.#forgivenMs) <= limits.silence
    )
      return undefined;
    return `the session said nothing for ${minutes(limits.silence)}`;
  }

  /** The agent's session in a worktree: the one there is, else a new one. Throws what `Session.open` throws. */
  async openSession(folder: string): Promise<Session> {
    if (this.session && this.#folder === folder) return this.session;
    await this.close();
    const { config, state, env, tell } = this.#setup;
    const agentFolder = join(state, 'agents', this.agent);
    makeFolder(agentFolder);
    const session = await Session.open(
      {
        command: config.agent.command,
        cwd: folder,
        env: agentEnvironment(env, config.agent.env),
        sessionId: newUuid(),
        permission: config.permissions,
        marker: this.marker,
        folder: agentFolder,
        startMs: config.session.start,
        graceMs: config.session.grace,
        ...(config.models.implement === undefined ? {} : { model: config.models.implement }),
      },
      (event) => this.#hear(event),
    );
    this.session = session;
    this.#folder = folder;
    this.#closing = false;
    this.earlier = undefined;
    tell({ is: 'session-started', agent: this.agent, session: session.id, pid: session.identity.pid });
    void session.exited.then((exit) => this.#ended(session, exit));
    return session;
  }

  #hear(event: SessionEvent): void {
    this.#heardAt = wallMs();
    const words = inWords(event);
    if (words !== undefined) this.#last = words;
  }

  #ended(session: Session, exit: { code: number | null; signal: string | null; stderr?: string }): void {
    if (this.session === session) this.session = undefined;
    const cause = this.#closing ? 'closed' : (exit.signal ?? `exit code ${exit.code}`);
    const more = this.#closing || !exit.stderr ? '' : `: ${exit.stderr}`;
    this.#setup.tell({ is: 'session-ended', agent: this.agent, session: session.id, cause: cause + more });
    if (!this.#closing) this.died();
  }

  /** Counts a death (of the session, or of an attempt to start it) and follows the verdict. */
  died(hopeless?: string): void {
    const now = monotonicMs();
    this.#deaths = [...this.#deaths.slice(-20), now];
    this.#restarts++;
    const decided = verdict(this.#deaths, now, hopeless);
    if (decided.do === 'revive') {
      this.#waitUntilMs = now + decided.afterMs;
      return;
    }
    if (this.parked === undefined) {
      this.#setup.tell({ is: 'agent-parked', agent: this.agent, reason: decided.why });
    }
    this.parked = decided.why;
  }

  /** Ends the session and all that belongs to it. May be called twice. */
  async close(): Promise<void> {
    this.#closing = true;
    const left = (await this.session?.close()) ?? [];
    this.session = undefined;
    if (left.length === 0) return;
    const what = `processes that could not be ended: ${left.map((one) => one.pid).join(', ')}`;
    this.#setup.tell({ is: 'trouble', agent: this.agent, what });
  }

  #liveness(): AgentSnapshot['liveness'] {
    if (this.session) return isAlive(this.session.identity) ? 'live' : 'unverifiable';
    return this.#restarts > 0 ? 'exited' : 'none';
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
      restarts: this.#restarts,
      ...(parked !== undefined && { reason: parked }),
    };
  }
}

const minutes = (ms: number) => `${Math.round(ms / 60_000)} minutes`;
