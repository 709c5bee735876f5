import { join } from 'node:path';
import { readSmallFile, replaceFile } from '../durable.ts';
import type { Happening, JournalEvent } from '../journal/event.ts';
import { hear, NO_ALERTS, watch } from './alerts.ts';
import type { Alert, AlertNews, Alerts, Heard } from './alerts.ts';

interface BellSetup {
  /** The folder `state/`. */
  state: string;
  /** Writes an event to the journal without the bell hearing it. */
  tell: (happening: Happening) => void;
  /** Calls people. */
  notify: (news: AlertNews) => void;
  note: (text: string) => void;
}

/**
 * Keeps the alerts of a home: hears the journal, tells and calls people about each episode once. What is open is in
 * `state/alerts.json` before anybody is called, so that a coordinator that is killed and started again does not call twice.
 */
export class Bell {
  #setup: BellSetup;
  #file: string;
  #alerts: Alerts;

  constructor(setup: BellSetup) {
    this.#setup = setup;
    this.#file = join(setup.state, 'alerts.json');
    this.#alerts = this.#read();
  }

  /** What has begun and not ended, oldest first. */
  get open(): readonly Alert[] {
    return this.#alerts.open;
  }

  hear(event: JournalEvent): void {
    this.#follow(hear(this.#alerts, event));
  }

  /** To be called at every look: some alerts come by time alone. `nowMs` is the wall clock. */
  look(nowMs: number, stalledMs: number): void {
    this.#follow(watch(this.#alerts, nowMs, stalledMs));
  }

  #follow({ alerts, news }: Heard): void {
    const before = this.#alerts;
    this.#alerts = alerts;
    const isChanged = alerts.open !== before.open || alerts.muted !== before.muted;
    if (isChanged || news.length > 0) this.#write();
    for (const one of news) {
      this.#setup.tell(one);
      this.#setup.notify(one);
    }
  }

  #write(): void {
    try {
      replaceFile(this.#file, JSON.stringify({ format: 1, ...this.#alerts }));
    } catch (error) {
      this.#setup.note(`the alerts could not be written: ${String(error)}`);
    }
  }

  /** What a damaged file held is forgotten: at worst somebody is called twice. */
  #read(): Alerts {
    try {
      const kept = JSON.parse(readSmallFile(this.#file, 1 << 20) ?? '') as Alerts & { format: number };
      const { open, told, muted, wait } = kept;
      return kept.format === 1 && Array.isArray(open) ? { open, told, muted, wait } : NO_ALERTS;
    } catch {
      return NO_ALERTS;
    }
  }
}
