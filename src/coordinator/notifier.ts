import { runCommand } from '../command.ts';
import { sleep } from '../clock.ts';
import { notifierEnvironment } from '../environment.ts';
import { messageOf } from '../errors.ts';
import { safeText } from '../text.ts';
import type { AlertNews } from './alerts.ts';

/** How long one call may take, and the waits before it is tried again. */
const LIMIT_MS = 10_000;
const AGAIN_AFTER_MS = [2_000, 15_000];
/** A run that ends waits this long for a call that is under way. */
const CLOSE_MS = 3_000;
/** More than these do not wait: a receiver that is away for long gets the last ones. */
const WAITING = 20;

interface NotifierSetup {
  /** The command line as it is configured now, for `sh -c`. */
  command: () => string | undefined;
  env: Record<string, string | undefined>;
  /** The folder that it runs in. */
  folder: string;
  run: string;
  note: (text: string) => void;
}

/**
 * Calls people by `notify.command`, one call after the other, beside the loop. The text goes to its standard input and into
 * HARNESS_ALERT* variables, never into the command line. Whatever becomes of a call, the run does not notice; what the
 * command prints is not kept, since it may hold the secret of a webhook.
 */
export class Notifier {
  #setup: NotifierSetup;
  #waiting: AlertNews[] = [];
  #busy: Promise<void> | undefined;
  #abort = new AbortController();
  #dropped = 0;

  constructor(setup: NotifierSetup) {
    this.#setup = setup;
  }

  send(news: AlertNews): void {
    if (this.#setup.command() === undefined || this.#abort.signal.aborted) return;
    this.#waiting.push(news);
    if (this.#waiting.length > WAITING) {
      this.#waiting.shift();
      this.#dropped++;
    }
    this.#busy ??= this.#work().finally(() => (this.#busy = undefined));
  }

  /** Waits a moment for what is under way; drops the rest. May be called twice. */
  async close(): Promise<void> {
    const over = sleep(CLOSE_MS, this.#abort.signal);
    await Promise.race([this.#busy, over]);
    this.#abort.abort();
    await this.#busy;
  }

  async #work(): Promise<void> {
    for (let news = this.#waiting.shift(); news; news = this.#waiting.shift()) {
      const dropped = this.#dropped;
      this.#dropped = 0;
      await this.#deliver(news, dropped);
    }
  }

  async #deliver(news: AlertNews, dropped: number): Promise<void> {
    const { signal } = this.#abort;
    for (const waitMs of [0, ...AGAIN_AFTER_MS]) {
      await sleep(waitMs, signal);
      const command = this.#setup.command();
      if (signal.aborted || command === undefined) return;
      const why = await this.#call(command, news, dropped);
      if (why === undefined || signal.aborted) return;
      this.#setup.note(`notify.command ${why}; the alert was ${news.key}`);
    }
  }

  /** Calls once; says what went wrong, if anything did. */
  async #call(command: string, { is, cause, text }: AlertNews, dropped: number): Promise<string | undefined> {
    const { env, folder, run } = this.#setup;
    const more = dropped === 0 ? '' : ` (${dropped} alerts before it were dropped)`;
    const words = `${is === 'alert-over' ? 'over: ' : ''}${safeText(text)}${more}`;
    try {
      const { code, timedOut } = await runCommand(command, {
        cwd: folder,
        env: {
          ...notifierEnvironment(env),
          HARNESS_ALERT: words,
          HARNESS_ALERT_CAUSE: cause,
          HARNESS_ALERT_STATE: is === 'alert' ? 'begun' : 'over',
        },
        input: `${words}\n`,
        marker: `${run}.notify`,
        timeoutMs: LIMIT_MS,
        graceMs: 1_000,
        signal: this.#abort.signal,
      });
      if (timedOut) return `took longer than ${LIMIT_MS / 1000} s`;
      return code === 0 ? undefined : `ended with exit code ${code}`;
    } catch (error) {
      return `could not be started: ${messageOf(error)}`;
    }
  }
}
