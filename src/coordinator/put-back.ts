import type { Entry } from '../queue/name.ts';

/** More that went and were not seen again are forgotten. */
const KEPT = 1_000;

/**
 * Sees when people put items back into the queue that were held or had failed: no coordinator ever does. The news of a folder
 * that an item left may come before that of the one it went to.
 */
export class PutBack {
  #left = new Map<string, 'held' | 'failed'>();
  #tell: (item: string, from: 'held' | 'failed') => void;

  constructor(tell: (item: string, from: 'held' | 'failed') => void) {
    this.#tell = tell;
  }

  /** To be called with every change of the catalog. */
  changed(before: Entry | undefined, after: Entry | undefined): void {
    const { id = '' } = after ?? before ?? {};
    const from = before ? restOf(before) : this.#left.get(id);
    this.#left.delete(id);
    if (after?.place === 'pending' && from) this.#tell(id, from);
    if (after || !from) return;
    this.#left.set(id, from);
    if (this.#left.size > KEPT) this.#left.clear();
  }
}

/** Where an item rests, unless it is only being edited. */
function restOf({ place, reason }: Entry): 'held' | 'failed' | undefined {
  if (place !== 'held' && place !== 'failed') return undefined;
  return reason?.startsWith('editing-') ? undefined : place;
}
