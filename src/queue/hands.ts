import { HarnessError } from '../errors.ts';
import { identify } from '../process.ts';
import { editorOf } from './edit.ts';
import type { Entry, Place } from './name.ts';
import type { Queue } from './queue.ts';
import { scheduled } from './add.ts';
import { toPriority } from './work-item.ts';

/** What a person may do to an item by its id. */
export type Hand =
  | { verb: 'hold'; reason?: string | undefined }
  | { verb: 'release' }
  | { verb: 'cancel' }
  | { verb: 'retry' }
  | { verb: 'priority'; priority: string };

/** The places from which each verb moves an item. */
const FROM: Record<Hand['verb'], readonly Place[]> = {
  hold: ['pending', 'claimed'],
  release: ['held'],
  cancel: ['pending', 'held', 'claimed'],
  retry: ['failed'],
  priority: ['pending', 'held', 'failed'],
};

/**
 * Does what a person wants; durable. Undefined if the item was moved meanwhile: look again. Where the item is already
 * as wanted, nothing happens. HarnessError('usage') for what does not fit its place. Claimed items are the coordinator's
 * while it lives: only the caller can know that.
 */
export function lay(queue: Queue, entry: Entry, hand: Hand): Entry | undefined {
  if (isAsWanted(entry, hand)) return entry;
  verifyPlace(entry, hand.verb);
  switch (hand.verb) {
    case 'hold':
      return queue.move(entry, { to: 'held', reason: hand.reason ?? 'asked' });
    case 'release':
      return queue.move(entry, { to: 'pending', ...startOf(queue, entry.id) });
    case 'cancel':
      return queue.move(entry, { to: 'failed', reason: 'cancelled' });
    case 'retry':
      return queue.move(entry, { to: 'pending', reason: 'retried', charged: 'none' });
    case 'priority':
      return queue.move(entry, { ...sameAs(entry), priority: toPriority(hand.priority) });
    default:
      return hand satisfies never;
  }
}

function isAsWanted(entry: Entry, hand: Hand): boolean {
  if (hand.verb === 'priority') return entry.priority === toPriority(hand.priority);
  if (hand.verb === 'hold') return entry.place === 'held' && !editorOf(entry);
  if (hand.verb === 'release') return entry.place === 'pending';
  return hand.verb === 'cancel' && entry.place === 'failed' && entry.reason === 'cancelled';
}

/** Refuses what does not fit where the item is. */
function verifyPlace(entry: Entry, verb: Hand['verb']): void {
  const editor = editorOf(entry);
  if (editor && identify(editor.pid)?.start === editor.start) {
    throw new HarnessError(
      'failed',
      `item ${entry.id} is being edited by process ${editor.pid}; wait for that`,
    );
  }
  if (FROM[verb].includes(entry.place)) return;
  throw new HarnessError(
    'usage',
    `item ${entry.id} is ${entry.place}; ${verb} takes ${FROM[verb].join(' or ')} ones`,
  );
}

/** The time of the definition counts again, unless it has passed. */
function startOf(queue: Queue, id: string): { reason?: string; notBeforeMs?: number } {
  const item = queue.read(id);
  return item ? scheduled(item) : {};
}

function sameAs({ place, reason, notBeforeMs }: Entry) {
  return {
    to: place as Exclude<Place, 'claimed'>,
    ...(reason === undefined ? {} : { reason }),
    ...(notBeforeMs === undefined ? {} : { notBeforeMs }),
  };
}
