import { blockedBy } from './blocked.ts';
import type { Entry } from './name.ts';
import type { WorkItem } from './work-item.ts';

/** One link of the chain that explains why an item is not being worked on. */
export interface Cause {
  id: string;
  text: string;
}

/** What is asked about; `nowMs` is the wall clock. */
export interface World {
  entryOf(id: string): Entry | undefined;
  itemOf(id: string): WorkItem | undefined;
  nowMs: number;
}

/**
 * Why an item is not being worked on, as far as the queue knows: its own causes first, then those of the items that it
 * waits for, each item once. Empty for an item that could be begun now.
 */
export function causesOf(id: string, world: World): Cause[] {
  const causes: Cause[] = [];
  const ids = [id];
  for (const each of ids) {
    const { texts, because } = ownCauses(each, world);
    causes.push(...texts.map((text) => ({ id: each, text })));
    ids.push(...because.filter((other) => !ids.includes(other)));
  }
  return causes;
}

interface OwnCauses {
  texts: string[];
  /** Items that are the reason. */
  because: string[];
}

function ownCauses(id: string, world: World): OwnCauses {
  const entry = world.entryOf(id);
  if (!entry) return { texts: ['is in no place; harness queue fsck --repair puts it back'], because: [] };
  if (entry.place === 'pending') return pendingCauses(entry, world);
  return { texts: [placeText(entry)], because: [] };
}

function placeText({ place, id, agent, attempt, charged, reason }: Entry): string {
  switch (place) {
    case 'claimed':
      return `${agent ?? 'somebody'} works on it (attempt ${attempt})`;
    case 'done':
      return `is done (${reason ?? 'no reason'})`;
    case 'held':
      return `is held (${reason ?? 'no reason'}) until harness queue release ${id}${reason === 'question' ? '; harness ask lists what agents ask' : ''}`;
    case 'failed': {
      const tries = charged > 0 ? ` after ${charged} charged attempts` : '';
      return `has failed (${reason ?? 'no reason'})${tries}; harness queue show ${id} says why, harness queue retry ${id} tries again`;
    }
    case 'pending':
      return 'is pending';
    default:
      return place satisfies never;
  }
}

function pendingCauses({ id, notBeforeMs = 0, reason }: Entry, world: World): OwnCauses {
  const item = world.itemOf(id);
  if (!item) return { texts: ['its definition cannot be read; harness queue fsck says more'], because: [] };
  const texts: string[] = [];
  if (reason?.startsWith('answered-')) texts.push('was answered and goes on when its agent is free');
  if (notBeforeMs > world.nowMs) {
    const why = reason === 'scheduled' || reason === undefined ? '' : ` (last attempt: ${reason})`;
    texts.push(`is not begun before ${new Date(notBeforeMs).toISOString()}${why}`);
  }
  const blocked = blockedBy(item, (other) => world.entryOf(other)?.place);
  if (blocked) {
    const wait = blocked.by === 'skip' ? 'is given up since it comes after' : 'comes after';
    const which = blocked.by === 'waiting' ? 'not done' : 'failed';
    texts.push(`${wait} ${blocked.ids.join(', ')} (${which})`);
  }
  return { texts, because: blocked?.ids ?? [] };
}
