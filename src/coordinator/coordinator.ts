import { monotonicMs, wallMs } from '../clock.ts';
import { codeOf, messageOf } from '../errors.ts';
import type { Lease } from '../queue/name.ts';
import { forgetLanding } from '../worktree/merge.ts';
import { limitsOf } from './backlog.ts';
import { answerRequest } from './answer-request.ts';
import { takeBack } from './attach.ts';
import { claim, goOnMidway } from './begin.ts';
import { hearAgent } from './hearing.ts';
import { Inbox } from './inbox.ts';
import { outcomeOf } from './landing.ts';
import type { LandingEnd } from './landing.ts';
import { Landings } from './landings.ts';
import type { Landing } from './landings.ts';
import { leaveOf } from './leave.ts';
import { callsTo } from './news.ts';
import type { News } from './news.ts';
import { NOTHING, Observer } from './observe.ts';
import { plan } from './plan.ts';
import type { Action, Troubles } from './plan.ts';
import { Pool } from './pool.ts';
import { Publisher } from './publisher.ts';
import type { Adopted } from './recovery.ts';
import { keepForAuthor, renounce, returnsOf, takeUp } from './returns.ts';
import { Room } from './room.ts';
import { configure } from './run.ts';
import type { Run } from './run.ts';
import { RunMode } from './run-mode.ts';
import type { Seat } from './seat.ts';
import { standstill } from './standstill.ts';
import { settleAttempt } from './settle.ts';
import { endWork, stopAttempts, wake, withdrawn } from './withdraw.ts';
import type { AttemptEnd } from './work.ts';

interface CoordinatorSetup {
  run: Run;
  agents: number;
  untilEmpty: boolean;
  /** Called after every look; writes the snapshot. */
  show(coordinator: Coordinator): void;
}

/** How a run ended. */
export interface RunEnd {
  why: Extract<Action, { do: 'end' }>['why'] | 'broken';
  landed: number;
  failed: number;
}

/**
 * The one loop and only writer: takes the news, looks, plans, performs. Nothing long is awaited here; attempts, the
 * one landing and publishing are started and report to the inbox.
 */
export class Coordinator {
  readonly run: Run;
  readonly pool: Pool;
  readonly seats: readonly Seat[];
  readonly inbox = new Inbox<News>();
  readonly observer: Observer;
  readonly mode: RunMode;
  readonly room: Room;
  readonly landings: Landings;
  landed = 0;
  failed = 0;
  readonly publisher: Publisher;
  #setup: CoordinatorSetup;
  #end: RunEnd['why'] | undefined;
  #broken = false;
  #clocks = { wallMs: wallMs(), monotonicMs: monotonicMs() };
  /** What went wrong at the last look. */
  #trouble: string | undefined;
  #unbooked: News[] = [];

  constructor(setup: CoordinatorSetup, { ready, midway }: Adopted) {
    this.#setup = setup;
    this.run = setup.run;
    this.landings = new Landings(setup.run, ready);
    this.seats = (this.pool = new Pool(setup.run, setup.agents, callsTo(this.inbox))).seats;
    this.mode = new RunMode(setup.run);
    this.room = new Room(setup.run);
    this.observer = new Observer(setup.run, () => this.inbox.push({ is: 'look' }));
    this.publisher = new Publisher(setup.run, () => this.inbox.push({ is: 'look' }));
    for (const { lease } of ready) this.observer.hold(lease);
    goOnMidway(this, midway);
  }

  /** Runs until it is empty, drained, stopped or stuck; sessions are closed when this returns. */
  async loop(): Promise<RunEnd> {
    const { config } = this.run;
    while (this.#end === undefined) {
      this.#look();
      this.#setup.show(this);
      if (this.#end !== undefined) break;
      const fresh = await this.inbox.take(config.tick);
      for (const news of [...this.#unbooked.splice(0), ...fresh]) this.#book(news);
    }
    await this.pool.close();
    this.observer.close();
    for (const { lease } of this.landings.all)
      this.run.queue.giveBack(lease, { reason: 'stopped', charged: false });
    const why = this.mode.isLost ? 'stuck' : this.#end;
    return { why: this.#broken ? 'broken' : why, landed: this.landed, failed: this.failed };
  }

  /**
   * Observes, plans and performs once. What the disk or the machine refuses (full, too many open files) is told once and
   * tried again at the next look; a run that cannot even stop any more ends as broken.
   */
  #look(): void {
    const { heartbeat: heartbeatMs, stale: staleMs, limits } = this.run.config;
    try {
      this.#notice();
      takeBack(this);
      this.room.look();
      this.pool.look();
      this.mode.listen((request) => answerRequest(this, request));
      for (const action of plan(this.#observe(), { heartbeatMs, staleMs, limits: limitsOf(limits) }))
        this.#perform(action);
      this.#trouble = undefined;
    } catch (error) {
      this.#refused(error);
    }
  }

  #refused(error: unknown): void {
    const what = messageOf(error);
    if (what !== this.#trouble) this.run.tell({ is: 'trouble', what: `${what}; it is tried again` });
    this.#trouble = what;
    if (this.mode.is === 'stopping' && this.mode.isOverdue) this.#end = 'broken';
  }

  /** Time in which this process, or the machine, stood still is forgiven once. */
  #notice(): void {
    const now = { wallMs: wallMs(), monotonicMs: monotonicMs() };
    const seen = standstill(this.#clocks, now, this.run.config.tick);
    this.#clocks = now;
    if (!seen) return;
    this.run.tell({ is: 'standstill', kind: seen.is, ms: Math.round(seen.ms) });
    for (const seat of this.seats) seat.forgive(seen.is === 'set-back' ? 0 : seen.ms);
    this.observer.forgive();
  }

  /** Starts nothing new (`draining`) or gives everything back now (`stopping`); there is no way back. */
  ask(mode: 'draining' | 'stopping', why: string): void {
    this.inbox.push({ is: 'asked', mode, why });
  }

  /** Something unexpected happened: give everything back and end, with that as the result. */
  fail(why: string): void {
    this.#broken = true;
    this.ask('stopping', why);
  }

  #observe() {
    const { seats, landings } = this;
    const free = seats.filter((seat) => seat.is === 'free').length;
    const seen = this.mode.isLost ? NOTHING : this.observer.look(free);
    return {
      ...seen,
      mine: seen.mine.map((one) => ({ ...one, ...this.#overdue(one.lease) })),
      mode: this.mode.is,
      untilEmpty: this.#setup.untilEmpty,
      publishing: this.publisher.busy,
      isWell: this.run.machine.isWell(),
      exchangeDue: this.publisher.due(this.run.config.exchange),
      catchingUp: this.publisher.unready.length > 0,
      noRoom: this.room.short !== undefined,
      landing: landings.current !== undefined,
      ...leaveOf(this.run),
      seats: seats.map((seat) => seat.view()),
      ready: landings.waiting.map(({ lease }) => lease),
      returns: returnsOf(this),
    };
  }

  #overdue(lease: Lease): Troubles {
    const seat = this.seats.find((one) => one.work?.lease.file === lease.file);
    const overdue = seat?.overdue();
    const silent = seat?.silent();
    const broke = seat && this.run.purse.itemUsedUp(lease.id, seat.session?.spentUsd);
    return { overdue, broke, silent, excess: seat?.session?.machine.excess };
  }

  /** What the disk refuses to book (it is full, or read-only) is booked again later; its lease is held until then. */
  #book(news: News): void {
    try {
      this.#absorb(news);
    } catch (error) {
      if (codeOf(error) === undefined) throw error;
      this.#unbooked.push(news);
      this.#refused(error);
    }
  }

  #absorb(news: News): void {
    switch (news.is) {
      case 'attempt-ended':
        return this.#attemptEnded(news.seat, news.end);
      case 'landing-ended':
        return this.#landingEnded(news.landing, news.end);
      case 'asked':
        return this.mode.change(news.mode, news.why);
      case 'configured':
        configure(this.run, news.config, news.changes);
        for (const seat of this.seats) void seat.follow();
        return;
      case 'not-configured':
        return this.run.tell({ is: 'config-refused', why: news.why });
      case 'called':
        return news.answer(hearAgent(this, news.agent, news.call));
      case 'look':
        return;
      default:
        return news satisfies never;
    }
  }

  #perform(action: Action): void {
    switch (action.do) {
      case 'renew':
        return this.#renew(action.lease);
      case 'expire':
        return endWork(this, action.lease, { reason: action.reason, text: action.why });
      case 'wake':
        return wake(this, action.lease, action.why);
      case 'suspect':
        return this.observer.suspect(action.lease);
      case 'reclaim':
        return this.observer.reclaim(action.lease);
      case 'give-up':
        return void (this.failed += Number(this.observer.giveUp(action)));
      case 'stop-attempts':
        return stopAttempts(this);
      case 'exchange':
        return this.#exchange(action.rig);
      case 'land':
        return this.#land(action.lease);
      case 'take-up':
        return takeUp(this, action.lease);
      case 'renounce':
        return renounce(this, action.lease, action.why);
      case 'admit':
        return this.run.gatekeeper.admit(action.agent);
      case 'claim':
        return claim(this, action.entry, action.agent);
      case 'end':
        return void (this.#end = action.why);
      default:
        return action satisfies never;
    }
  }

  #renew(lease: Lease): void {
    if (this.run.queue.renew(lease)) return this.observer.hold(lease);
    this.observer.release(lease);
    this.run.tell({ is: 'lease-lost', item: lease.id, attempt: lease.attempt, agent: lease.agent });
    this.landings.take(lease);
    endWork(this, lease, { reason: 'lease-lost', text: 'the lease was taken by somebody else' });
  }

  #attemptEnded(seat: Seat, ended: AttemptEnd): void {
    const end = withdrawn(ended, seat.work?.abort.signal);
    const settled = this.mode.isLost ? 'lost' : settleAttempt(this.run, seat, end);
    seat.work = undefined;
    if (settled === 'ready' && end.outcome.is === 'ready') {
      const { lease, item, record } = end;
      this.landings.add({ lease, item, record, work: end.outcome.work });
      return;
    }
    this.observer.release(end.lease);
    if (settled === 'landed') this.landed++;
    if (settled === 'failed') this.failed++;
  }

  #exchange(rig: string): void {
    const works = this.run.rigs.get(rig);
    if (works) this.publisher.publish(works, this.landings.signal);
  }

  #land(lease: Lease): void {
    const landing = this.landings.begin(lease);
    if (!landing) return;
    this.observer.hold(lease);
    void landing.ended.then((end) => this.inbox.push({ is: 'landing-ended', landing, end }));
  }

  #landingEnded({ ready, works }: Landing, end: LandingEnd): void {
    const { lease } = ready;
    if (keepForAuthor(this, ready, end)) return this.landings.end();
    const book = () => settleAttempt(this.run, undefined, { ...ready, outcome: outcomeOf(end) });
    const settled = this.mode.isLost ? 'lost' : book();
    this.landings.end();
    this.observer.release(lease);
    if (settled === 'failed') this.failed++;
    if (settled !== 'landed') return;
    this.landed++;
    if (end.is === 'landed') for (const seat of this.seats) seat.landed(lease.id, end.commit);
    this.publisher.publish(works, this.landings.signal, forgetLanding(works.depot, lease.id));
  }
}
