import type { Entry, Place } from './name.ts';
import type { WorkItem } from './work-item.ts';

/** Items that were added under one name and are followed as one. */
export interface Batch {
  name: string;
  items: { id: string; place: Place; title: string }[];
  counts: Record<Place, number>;
  /** Of all attempts so far. */
  costUsd: number;
  /** How long what is pending and claimed may take at the pace so far; undefined while nothing can be said. */
  leftMs?: number;
}

/** What is read here of the record of an attempt. */
interface Attempt {
  startedAt: string;
  costUsd?: number;
}

interface Evidence {
  recordsOf: (id: string) => readonly Attempt[];
  /** Wall clock. */
  nowMs: number;
}

/** The batches among these items, by name. */
export function batchesOf(
  all: readonly { entry: Entry; item: WorkItem | undefined }[],
  { recordsOf, nowMs }: Evidence,
): Batch[] {
  const members = Map.groupBy(
    all.filter(({ item }) => item?.batch !== undefined),
    ({ item }) => item?.batch ?? '',
  );
  return [...members]
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, some]) => {
      const records = some.flatMap(({ entry }) => recordsOf(entry.id));
      const counts: Record<Place, number> = { pending: 0, claimed: 0, held: 0, failed: 0, done: 0 };
      for (const { entry } of some) counts[entry.place]++;
      return {
        name,
        items: some.map(({ entry, item }) => ({
          id: entry.id,
          place: entry.place,
          title: item?.title ?? '',
        })),
        counts,
        costUsd: records.reduce((sum, { costUsd = 0 }) => sum + costUsd, 0),
        ...timeLeft(counts, records, nowMs),
      };
    });
}

/** At the pace of this batch since its first attempt began. */
function timeLeft(
  counts: Record<Place, number>,
  records: readonly Attempt[],
  nowMs: number,
): { leftMs?: number } {
  const left = counts.pending + counts.claimed;
  const began = Math.min(...records.map(({ startedAt }) => Date.parse(startedAt)));
  if (left === 0 || counts.done === 0 || !(nowMs > began)) return {};
  return { leftMs: Math.round(((nowMs - began) / counts.done) * left) };
}
