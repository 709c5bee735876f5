import { monotonicMs, wallMs } from '../clock.ts';
import { isPaused, reply, replyWith, takeRequests } from './control.ts';
import type { Reply, Request } from './control.ts';
import { lockIsInPlace } from './lock.ts';
import type { Mode } from './plan.ts';
import { cutShort } from './run.ts';
import type { Run } from './run.ts';

/** From left to right only, but for a pause, which ends when its file goes. */
const ORDER: readonly Mode[] = ['running', 'paused', 'draining', 'stopping'];

/** A request that is about an item or an agent. */
export type OtherRequest = Request & { verb: Exclude<Request['verb'], 'drain' | 'stop'> };

const isOther = (request: Request): request is OtherRequest =>
  request.verb !== 'drain' && request.verb !== 'stop';

/** What the run is told to do: by signals, by requests of other terminals, by a file, by its own limits. */
export class RunMode {
  is: Mode = 'running';
  /** Whether the folder of the state or of the queue is no longer the one that the run began with. */
  isLost = false;
  /** When an ending run stops waiting: monotonic and wall clock, ms. */
  #limit: { atMs: number; wallMs: number } | undefined;
  #run: Run;

  constructor(run: Run) {
    this.#run = run;
  }

  /** When an ending run stops waiting, ISO 8601; undefined while it does not end. */
  get until(): string | undefined {
    return this.#limit && new Date(this.#limit.wallMs).toISOString();
  }

  /** Whether an ending run has waited long enough. */
  get isOverdue(): boolean {
    return this.#limit !== undefined && monotonicMs() > this.#limit.atMs;
  }

  change(mode: Mode, why: string): void {
    const ending = ORDER.indexOf(this.is) >= ORDER.indexOf('draining');
    if (mode === this.is || (ending && ORDER.indexOf(mode) < ORDER.indexOf(this.is))) return;
    this.is = mode;
    if (mode === 'running' || mode === 'paused') {
      this.#run.tell({ is: mode === 'paused' ? 'paused' : 'resumed' });
      return;
    }
    const { timeouts, session } = this.#run.config;
    const limitMs = mode === 'draining' ? timeouts.drain : 2 * session.grace;
    this.#limit = { atMs: monotonicMs() + limitMs, wallMs: wallMs() + limitMs };
    this.#run.tell({ is: mode, why });
  }

  /**
   * Looks at requests of other terminals (`others` answers those that are not about the run), the pause file, the limit of a
   * drain, and whether the state folder is still ours.
   */
  listen(others: (request: OtherRequest) => Reply | Promise<Reply>): void {
    const { state, id, tell, queue } = this.#run;
    if (this.isLost || !lockIsInPlace() || !queue.isInPlace()) {
      this.isLost = true;
      if (this.is !== 'stopping') {
        tell({
          is: 'trouble',
          what: 'the folder of the state or of the queue was removed or replaced; this run ends and gives its work back',
        });
      }
      this.change('stopping', 'the folder is gone');
      return;
    }
    const cut = cutShort(this.#run);
    if (cut !== undefined) this.change('draining', cut);
    for (const request of takeRequests(state, id)) {
      if (isOther(request)) {
        void replyWith(state, request, () => others(request));
        continue;
      }
      this.change(request.verb === 'drain' ? 'draining' : 'stopping', `harness ${request.verb}`);
      reply(state, request, { ok: true, text: this.is });
    }
    if (this.is === 'running' && isPaused(state)) this.change('paused', 'state/control/pause');
    else if (this.is === 'paused' && !isPaused(state)) this.change('running', 'state/control/pause is gone');
    if (this.is === 'draining' && this.isOverdue) this.change('stopping', 'the drain took too long');
  }
}
