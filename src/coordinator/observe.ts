import { monotonicMs, wallMs } from '../clock.ts';
import type { Entry, Lease } from '../queue/name.ts';
import type { WorkItem } from '../queue/work-item.ts';
import type { Observation } from './plan.ts';
import { saveWork } from './recovery.ts';
import { rigOf } from './run.ts';
import type { RigWorks, Run } from './run.ts';
import type { Counts } from './snapshot.ts';

/**
 * What the loop sees of the queue: pending items, its own leases and when it renewed them, and foreign leases with
 * how long no change was seen of them on this process' own monotonic clock (wall clocks and mtimes decide nothing).
 */
export class Observer {
  #run: Run;
  #renewed = new Map<string, { lease: Lease; atMs: number }>();
  #foreign = new Map<string, { mtimeMs: number; sinceMs: number }>();
  #items = new Map<string, WorkItem>();

  constructor(run: Run) {
    this.#run = run;
  }

  /** Notes that a lease is ours and was renewed just now. */
  hold(lease: Lease): void {
    this.#renewed.set(lease.file, { lease, atMs: monotonicMs() });
  }

  release(lease: Lease): void {
    this.#renewed.delete(lease.file);
  }

  /** How long ago (ms) a lease of ours was renewed; undefined if it is not ours. */
  renewedMsAgo(lease: Lease): number | undefined {
    const held = this.#renewed.get(lease.file);
    return held && monotonicMs() - held.atMs;
  }

  /** How many items were in each place at the last look. */
  counts: Counts = { pending: 0, claimed: 0, done: 0, failed: 0, held: 0, blocked: 0 };

  look(): Pick<Observation, 'pending' | 'mine' | 'foreign'> {
    const entries = this.#run.queue.entries();
    const done = new Set(entries.filter((one) => one.place === 'done').map((one) => one.id));
    const now = monotonicMs();
    const pending = entries
      .filter((one) => one.place === 'pending')
      .map((entry) => this.#candidate(entry, done));
    this.counts = { pending: 0, claimed: 0, done: 0, failed: 0, held: 0, blocked: 0 };
    for (const { place } of entries) this.counts[place]++;
    this.counts.blocked = pending.filter(({ blocked }) => blocked).length;
    return {
      pending,
      mine: [...this.#renewed.values()].map(({ lease, atMs }) => ({ lease, renewedMsAgo: now - atMs })),
      foreign: this.#foreignLeases(now),
    };
  }

  #candidate(entry: Entry, done: ReadonlySet<string>): Observation['pending'][number] {
    let item = this.#items.get(entry.id);
    if (!item) {
      item = this.#run.queue.read(entry.id);
      if (item) this.#items.set(entry.id, item);
    }
    const blocked = !item || !rigOf(this.#run, item) || item.after.some((id) => !done.has(id));
    return { entry, blocked, readyInMs: (entry.notBeforeMs ?? 0) - wallMs() };
  }

  #foreignLeases(now: number): Observation['foreign'] {
    const leases = this.#run.queue.leases().filter((one) => one.run !== this.#run.id);
    const seen = new Map<string, { mtimeMs: number; sinceMs: number }>();
    for (const { file, mtimeMs } of leases) {
      const before = this.#foreign.get(file);
      seen.set(file, before?.mtimeMs === mtimeMs ? before : { mtimeMs, sinceMs: now });
    }
    this.#foreign = seen;
    return leases.map((lease) => ({
      lease,
      unchangedMs: now - (seen.get(lease.file)?.sinceMs ?? now),
      dead: false,
    }));
  }

  /** Takes a foreign lease back: whoever renames it first wins, a zombie's rename then fails. */
  reclaim(lease: Lease, reason: 'dead-holder' | 'stale'): void {
    const { queue, tell } = this.#run;
    const record = queue
      .records(lease.id)
      .find((one) => one.attempt === lease.attempt && one.run === lease.run);
    const item = queue.read(lease.id);
    const works = item && rigOf(this.#run, item);
    if (!queue.giveBack(lease, { reason, charged: false })) return;
    tell({ is: 'reclaimed', item: lease.id, attempt: lease.attempt, agent: lease.agent, reason });
    if (works && record) void saveWork(this.#run, works, lease, record);
  }

  /** The number of the next attempt: one more than the highest in the name, the records and the branches. */
  nextAttempt(entry: Entry, works: RigWorks): number {
    const branches = works.attempts.get(entry.id) ?? 0;
    return Math.max(entry.attempt, this.#run.queue.highestAttempt(entry.id), branches) + 1;
  }
}
