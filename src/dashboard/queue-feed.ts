import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { monotonicMs } from '../clock.ts';
import { Queue } from '../queue/queue.ts';
import type { WorkItem } from '../queue/work-item.ts';
import type { ItemDetail, ItemView } from './items.ts';

/** The places are listed again this often, in milliseconds. */
const LIST_MS = 1_000;
/** A definition that was edited is seen after this long, in milliseconds. */
const FORGET_MS = 30_000;
/** So many definitions are read at one look, so that a queue of thousands does not stop the keys. */
const READ_AT_ONCE = 300;

/** The queue of a home for those who look at it, read only while somebody does. */
export class QueueFeed {
  #folder: string;
  #queue: Queue | undefined;
  #items: ItemView[] = [];
  #definitions = new Map<string, WorkItem | undefined>();
  #listedMs = Number.NEGATIVE_INFINITY;
  #forgottenMs = monotonicMs();
  #detail: ItemDetail | undefined;

  /** `home`: the folder with `queue/`. */
  constructor(home: string) {
    this.#folder = join(home, 'queue');
  }

  /** Every item; the same list as before unless it was looked at anew. */
  look(): readonly ItemView[] {
    if (monotonicMs() - this.#listedMs < LIST_MS) return this.#items;
    this.#listedMs = monotonicMs();
    if (monotonicMs() - this.#forgottenMs > FORGET_MS) {
      this.#definitions.clear();
      this.#forgottenMs = monotonicMs();
    }
    const queue = this.#open();
    if (!queue) return this.#items;
    let budget = READ_AT_ONCE;
    this.#items = queue.entries().map(({ id, place, priority, agent, reason, attempt }) => {
      if (!this.#definitions.has(id) && budget-- > 0) this.#definitions.set(id, queue.read(id));
      const item = this.#definitions.get(id);
      const { title, batch, labels, after } = item ?? {};
      return { id, place, priority, agent, reason, attempt, title, batch, labels, after };
    });
    return this.#items;
  }

  /** One item in full, as of the last look at all of them. */
  detail(id: string): ItemDetail | undefined {
    const isOld = this.#detail?.id !== id || this.#detailMs !== this.#listedMs;
    if (isOld) this.#detail = this.#read(id);
    this.#detailMs = this.#listedMs;
    return this.#detail;
  }

  #detailMs = 0;

  #read(id: string): ItemDetail | undefined {
    const queue = this.#open();
    const item = queue?.read(id);
    return queue && { id, body: item?.body ?? '', checks: item?.checks ?? [], attempts: queue.records(id) };
  }

  /** Looking makes nothing: where there is no queue, none is opened. */
  #open(): Queue | undefined {
    if (!this.#queue && existsSync(this.#folder)) this.#queue = Queue.open(this.#folder);
    return this.#queue;
  }
}
