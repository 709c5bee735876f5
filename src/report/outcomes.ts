import { attemptsOf, costOf, timeOf, within } from './evidence.ts';
import type { Change, Evidence, ReportedItem } from './evidence.ts';

export interface Landed {
  id: string;
  title: string;
  /** ISO 8601. */
  at: string;
  commit: string;
  /** Missing where the repository could not be asked. */
  change?: Change;
  /** Of all its attempts. */
  costUsd: number;
  attempts: number;
  /** From its first claim to its landing. */
  tookMs: number;
}

export interface Failed {
  id: string;
  title: string;
  at: string;
  reason: string;
  /** What was observed last: the end of a check's output, the files in conflict, what the session died of. */
  evidence: string;
  /** The branch with its last commits. */
  branch?: string;
  /** The ref that uncommitted work was saved to. */
  rescued?: string;
  costUsd: number;
  attempts: number;
}

/** What landed, in the order in which it did; an item that landed twice (it was retried by hand) counts once. */
export function landedOf(evidence: Evidence): Landed[] {
  const items = byId(evidence.items);
  const claimedMs = new Map<string, number>();
  for (const event of evidence.events)
    if (event.is === 'claimed' && !claimedMs.has(event.item)) claimedMs.set(event.item, timeOf(event));
  const landed = new Map<string, Landed>();
  for (const event of within(evidence)) {
    if (event.is !== 'landed') continue;
    const item = items.get(event.item);
    const change = evidence.changes.get(event.commit);
    landed.delete(event.item);
    landed.set(event.item, {
      id: event.item,
      title: item?.title ?? '',
      at: event.at,
      commit: event.commit,
      ...(change && { change }),
      costUsd: costOf(item),
      attempts: attemptsOf(item),
      tookMs: Math.max(0, timeOf(event) - (claimedMs.get(event.item) ?? timeOf(event))),
    });
  }
  return [...landed.values()];
}

/** What failed and still lies there, with the evidence; not what a person cancelled. */
export function failedOf(evidence: Evidence): Failed[] {
  const items = byId(evidence.items);
  const failed = new Map<string, Failed>();
  for (const event of within(evidence)) {
    if (event.is !== 'failed' || event.reason === 'cancelled') continue;
    const item = items.get(event.item);
    if (item && item.place !== 'failed') continue;
    const last = item?.attempts.findLast(({ finding }) => finding !== undefined);
    failed.set(event.item, {
      id: event.item,
      title: item?.title ?? '',
      at: event.at,
      reason: event.reason,
      evidence: last?.finding ?? event.detail ?? '',
      ...(last && { branch: last.branch }),
      ...(last?.rescued !== undefined && { rescued: last.rescued }),
      costUsd: costOf(item),
      attempts: attemptsOf(item),
    });
  }
  return [...failed.values()];
}

export const byId = (items: readonly ReportedItem[]): Map<string, ReportedItem> =>
  new Map(items.map((item) => [item.id, item]));
