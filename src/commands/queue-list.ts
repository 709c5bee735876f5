import type { WorkItem } from '../queue/work-item.ts';
import type { Entry } from '../queue/name.ts';
import { safeText } from '../text.ts';
import { existingQueue, homeOf, printJson } from './invocation.ts';
import type { Invocation } from './invocation.ts';

/** One item as `queue list --json` prints it. */
export interface ListedItem {
  id: string;
  title: string;
  priority: string;
  place: string;
  attempt: number;
  agent: string | null;
  rig: string | null;
  batch: string | null;
}

export function listed(entry: Entry, item: WorkItem | undefined): ListedItem {
  return {
    id: entry.id,
    title: item?.title ?? '(unreadable)',
    priority: entry.priority,
    place: entry.place,
    attempt: entry.attempt,
    agent: entry.agent ?? null,
    rig: item?.rig ?? null,
    batch: item?.batch ?? null,
  };
}

/** `harness queue list`. */
export function listItems(invocation: Invocation): void {
  const queue = existingQueue(homeOf(invocation));
  const items = (queue?.entries() ?? []).map((entry) => ({
    ...listed(entry, queue?.read(entry.id)),
    reason: entry.reason,
  }));
  if (invocation.json) {
    printJson(items.map(({ reason: _reason, ...item }) => item));
    return;
  }
  if (items.length === 0)
    process.stderr.write('the queue is empty; add an item with: harness queue add "what to do"\n');
  const width = Math.max(...items.map(({ id }) => id.length), 0);
  for (const { id, place, priority, agent, reason, title } of items) {
    const state = place === 'claimed' ? `${agent}` : (reason ?? '');
    const row = [id.padEnd(width), place.padEnd(7), priority.padEnd(6), state.padEnd(14), safeText(title)];
    process.stdout.write(`${row.join('  ')}\n`);
  }
}
