import { join } from 'node:path';
import { wallMs } from '../clock.ts';
import type { Config } from '../config.ts';
import { describe } from '../journal/event.ts';
import type { Happening } from '../journal/event.ts';
import { Journal } from '../journal/journal.ts';
import { openLog } from '../log.ts';
import type { Log } from '../log.ts';
import { Bell } from './bell.ts';
import type { Coordinator } from './coordinator.ts';
import { Idle } from './idle.ts';
import { Notifier } from './notifier.ts';

/** Where a run tells what happens: in the journal, then in the log; the bell hears it and calls people. */
export class Telling {
  readonly log: Log;
  readonly bell: Bell;
  #journal: Journal;
  #notifier: Notifier;
  #idle = new Idle();
  #config: Config | undefined;

  constructor(state: string, run: string, env: Record<string, string | undefined>) {
    this.#journal = new Journal(join(state, 'journal.ndjson'), run);
    this.log = openLog(join(state, 'harness.log'), run);
    const note = (text: string) => this.log.warn(text);
    const command = () => this.#config?.notify.command;
    this.#notifier = new Notifier({ command, env, folder: state, run, note });
    this.bell = new Bell({
      state,
      note,
      tell: (happening) => this.#write(happening),
      notify: (news) => this.#notifier.send(news),
    });
  }

  /** The settings that count; the same object stays up to date. */
  configured(config: Config): void {
    this.#config = config;
  }

  readonly tell = (happening: Happening): void => this.bell.hear(this.#write(happening));

  /** To be called at every look of the loop. */
  look({ observer, landings, run }: Coordinator): void {
    const ready = landings.waiting.length + Number(landings.current !== undefined);
    const idle = this.#idle.look({ counts: observer.counts, ready });
    if (idle) this.tell(idle);
    this.bell.look(wallMs(), run.config.notify.nothing_landed);
  }

  #write(happening: Happening) {
    const event = this.#journal.append(happening);
    this.log.info(happening, describe(event) ?? happening.is);
    return event;
  }

  /** Waits for a call that is under way. */
  async close(): Promise<void> {
    await this.#notifier.close();
    this.#journal.close();
  }
}
