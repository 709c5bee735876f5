import { wallMs } from '../clock.ts';
import { HarnessError } from '../errors.ts';
import { blockedBy } from '../queue/blocked.ts';
import { PLACES } from '../queue/name.ts';
import type { Entry, Place } from '../queue/name.ts';
import { toPriority } from '../queue/work-item.ts';
import type { WorkItem } from '../queue/work-item.ts';
import { safeText } from '../text.ts';
import { existingQueue, homeOf, note, printJson } from './invocation.ts';
import type { Invocation } from './invocation.ts';
import { tableLines, terminalCells } from './table.ts';

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
  reason: string | null;
  labels: string[];
  /** Ids that it waits for; empty if it waits for none. */
  blocked: string[];
  /** ISO 8601. */
  notBefore: string | null;
}

export function listed(
  entry: Entry,
  item: WorkItem | undefined,
  placeOf: (id: string) => Place | undefined,
): ListedItem {
  const blocked = item && entry.place === 'pending' ? blockedBy(item, placeOf) : undefined;
  return {
    id: entry.id,
    title: item?.title ?? '(unreadable)',
    priority: entry.priority,
    place: entry.place,
    attempt: entry.attempt,
    agent: entry.agent ?? null,
    rig: item?.rig ?? null,
    batch: item?.batch ?? null,
    reason: entry.reason ?? null,
    labels: item?.labels ?? [],
    blocked: blocked?.ids ?? [],
    notBefore: entry.notBeforeMs === undefined ? null : new Date(entry.notBeforeMs).toISOString(),
  };
}

/** Which items are wanted; what is missing does not matter. */
interface ListOptions {
  place?: string[];
  blocked?: boolean;
  batch?: string;
  rig?: string;
  label?: string;
  priority?: string;
  agent?: string;
  reason?: string;
  limit?: number;
  /** Also what was done on earlier days. */
  archived?: boolean;
}

/** `harness queue list`. */
export function listItems(invocation: Invocation, options: ListOptions): void {
  const wanted = filterOf(options);
  const queue = existingQueue(homeOf(invocation));
  const here = queue?.entries() ?? [];
  const placeOf = queue?.placesOf(here) ?? (() => undefined);
  const entries = [...here, ...((options.archived && queue?.archive.entries()) || [])];
  const items = entries
    .filter(wanted.entry)
    .map((entry) => listed(entry, queue?.read(entry.id), placeOf))
    .filter(wanted.item)
    .slice(0, options.limit);
  if (invocation.json) return printJson(items);
  if (entries.length === 0)
    note(invocation, 'the queue is empty; add an item with: harness queue add "what to do"');
  else if (items.length === 0) note(invocation, `none of the ${entries.length} items is like that`);
  const rows = items.map((one) => [one.id, one.place, one.priority, stateOf(one), safeText(one.title)]);
  for (const line of tableLines(rows, terminalCells())) process.stdout.write(`${line}\n`);
}

const is = <T>(value: T | undefined, actual: T | null | undefined): boolean =>
  value === undefined || value === actual;

function filterOf(options: ListOptions) {
  const { place = [], blocked, batch, rig, label, agent, reason } = options;
  const unknown = place.find((one) => !PLACES.some((known) => known === one));
  if (unknown !== undefined) {
    throw new HarnessError(
      'usage',
      `"${safeText(unknown, { max: 40 })}" is not a place: ${PLACES.join(', ')}`,
    );
  }
  const priority = options.priority === undefined ? undefined : toPriority(options.priority);
  return {
    entry: (entry: Entry) =>
      (place.length === 0 || place.includes(entry.place)) &&
      is(priority, entry.priority) &&
      is(agent, entry.agent) &&
      is(reason, entry.reason),
    item: (item: ListedItem) =>
      is(batch, item.batch) &&
      is(rig, item.rig) &&
      (label === undefined || item.labels.includes(label)) &&
      (!blocked || item.blocked.length > 0),
  };
}

/** Who works on it, or why it is where it is. */
function stateOf({ place, agent, blocked, notBefore, reason }: ListedItem): string {
  if (place === 'claimed') return agent ?? '';
  if (blocked.length > 0) return `after ${blocked[0]}${blocked.length > 1 ? ` +${blocked.length - 1}` : ''}`;
  const later = notBefore !== null && Date.parse(notBefore) > wallMs();
  return [reason, later ? `until ${new Date(notBefore).toTimeString().slice(0, 5)}` : undefined]
    .filter((part) => part !== undefined && part !== null)
    .join(' ');
}
