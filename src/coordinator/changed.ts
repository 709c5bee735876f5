import { fingerprintOf } from '../queue/fingerprint.ts';
import type { Queue } from '../queue/queue.ts';
import type { AttemptRecord } from '../queue/records.ts';

/** Whether the definition of an item is no longer the one that this attempt claimed. */
export function isChanged(queue: Queue, { item, definition }: AttemptRecord): boolean {
  if (definition === undefined) return false;
  const now = queue.read(item);
  return now === undefined || fingerprintOf(now) !== definition;
}
