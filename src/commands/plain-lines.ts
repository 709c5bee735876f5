import { join } from 'node:path';
import { monotonicMs, wallMs } from '../clock.ts';
import { count, newCount, numberLines, numbers } from '../coordinator/numbers.ts';
import type { Snapshot } from '../coordinator/snapshot.ts';
import { readSmallFile } from '../durable.ts';
import { describe } from '../journal/event.ts';
import type { JournalEvent } from '../journal/event.ts';
import type { Queue } from '../queue/queue.ts';
import { safeText } from '../text.ts';

/** While a run ends, it is said this often what it waits for, in milliseconds. */
const COUNT_EVERY_MS = 5_000;

/** So many items that are left are named at the end. */
const NAMED = 20;

/** What happens, a line each: for pipes, logs and terminals without a dashboard. */
export class PlainLines {
  #state: string;
  #json: boolean;
  #counted = newCount();

  /** With `json` events are printed as they are, for programs. */
  constructor(state: string, json: boolean) {
    this.#state = state;
    this.#json = json;
  }

  /** Counts an event for the total, without a line. */
  count(event: JournalEvent): void {
    count(this.#counted, event);
  }

  show(event: JournalEvent): void {
    this.count(event);
    if (this.#json) {
      process.stdout.write(`${JSON.stringify(event)}\n`);
      return;
    }
    const text = describe(event);
    if (text !== undefined)
      process.stdout.write(`${new Date(event.at).toTimeString().slice(0, 8)} ${text}\n`);
  }

  /** Something that is no event. */
  say(text: string): void {
    (this.#json ? process.stderr : process.stdout).write(`${text}\n`);
  }

  /** The last lines: the numbers of the run, what came of the items, and which of them need a person. */
  total(queue: Queue): void {
    const left = queue.entries().filter(({ place }) => place === 'held' || place === 'pending');
    for (const { id, place, reason } of left.slice(0, NAMED)) {
      const why = place === 'held' ? `held${reason ? ` (${reason})` : ''}` : 'waits in the queue';
      this.say(`${id} ${why}: ${safeText(queue.read(id)?.title ?? '')}`);
    }
    if (left.length > NAMED) this.say(`and ${left.length - NAMED} more; harness queue list shows all`);
    const held = left.filter(({ place }) => place === 'held').length;
    const came = numbers(this.#counted);
    for (const line of numberLines(came)) this.say(line);
    this.say(`${came.landed} landed, ${came.failed} failed, ${held} held, ${left.length - held} left`);
  }

  /** Says every few seconds what an ending run waits for; returns how to end that. */
  countDown(): () => void {
    let saidMs = Number.NEGATIVE_INFINITY;
    const timer = setInterval(() => {
      const text = this.#waiting();
      if (text === undefined || monotonicMs() - saidMs < COUNT_EVERY_MS) return;
      saidMs = monotonicMs();
      this.say(text);
    }, 1_000);
    return () => clearInterval(timer);
  }

  #waiting(): string | undefined {
    const ending = snapshotOf(this.#state)?.ending;
    if (!ending || ending.waitsFor.length === 0) return undefined;
    const left = Math.max(0, Math.round((Date.parse(ending.until) - wallMs()) / 1000));
    return `waits for ${ending.waitsFor.map((one) => safeText(one)).join(', ')}; at most ${left} s more`;
  }
}

function snapshotOf(state: string): Snapshot | undefined {
  try {
    return JSON.parse(readSmallFile(join(state, 'snapshot.json'), 16 << 20) ?? 'null') as Snapshot;
  } catch {
    return undefined;
  }
}
