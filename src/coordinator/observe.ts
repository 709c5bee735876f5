import { monotonicMs, wallMs } from '../clock.ts';
import type { Catalog } from '../queue/catalog.ts';
import { isLease } from '../queue/move.ts';
import type { Entry, Lease } from '../queue/name.ts';
import { sameContent } from '../queue/work-item.ts';
import type { WorkItem } from '../queue/work-item.ts';
import { Answers } from './answers.ts';
import { Backlog } from './backlog.ts';
import type { Hopeless, Observation } from './plan.ts';
import { PutBack } from './put-back.ts';
import { saveWork } from './recovery.ts';
import { rigOf } from './run.ts';
import type { RigWorks, Run } from './run.ts';
import type { Counts } from './snapshot.ts';

/** How often done items are looked through for what belongs into the archive. */
const ARCHIVE_MS = 3_600_000;

type Seen = Pick<Observation, 'pending' | 'later' | 'hopeless' | 'mine' | 'foreign'>;

/** What is seen of a queue that is gone. */
export const NOTHING: Seen = { pending: [], later: 0, hopeless: [], mine: [], foreign: [] };

interface Held {
  lease: Lease;
  item: WorkItem | undefined;
  renewedMs: number;
}

interface Foreign {
  mtimeMs: number;
  sinceMs: number;
  suspected: boolean;
}

/**
 * What the loop sees of the queue: the pending items whose turn is near, its own leases and when it renewed them, and
 * foreign leases with how long no change was seen of them on this process' own monotonic clock (wall clocks and mtimes
 * decide nothing). No look reads a folder: the catalog hears what changes.
 */
export class Observer {
  #run: Run;
  #catalog: Catalog;
  #backlog: Backlog;
  #answers: Answers;
  #mine = new Map<string, Held>();
  #foreign = new Map<string, Foreign>();
  #archivedMs = Number.NEGATIVE_INFINITY;

  /** `wake` is called when another process has changed something. */
  constructor(run: Run, wake: () => void) {
    this.#run = run;
    const { queue, tell } = run;
    // What is there at the start comes while the catalog is made, so that no question is asked of it yet.
    this.#backlog = new Backlog({
      read: (id) => queue.read(id),
      placeOf: (id) => this.#catalog.get(id)?.place ?? (queue.archive.has(id) ? 'done' : undefined),
      rigOf: (item) => rigOf(run, item)?.rig.name,
    });
    const putBack = new PutBack((item, from) => tell({ is: 'put-back', item, from }));
    this.#answers = new Answers({ queue, tell, rigOf: (item) => rigOf(run, item)?.rig.name });
    this.#catalog = queue.follow({
      changed: (before, after) => {
        putBack.changed(before, after);
        // What was answered waits for its own agent, not for its turn.
        const isTaken = this.#answers.changed(before, after);
        this.#backlog.changed(before, isTaken ? undefined : after);
      },
      news: wake,
      trouble: (what) => tell({ is: 'trouble', what }),
    });
  }

  /** Notes that a lease is ours and was renewed just now. */
  hold(lease: Lease): void {
    const item = this.#mine.get(lease.file)?.item ?? this.#run.queue.read(lease.id);
    this.#mine.set(lease.file, { lease, item, renewedMs: monotonicMs() });
  }

  release(lease: Lease): void {
    this.#mine.delete(lease.file);
  }

  /** How long ago (ms) a lease of ours was renewed; undefined if it is not ours. */
  renewedMsAgo(lease: Lease): number | undefined {
    const held = this.#mine.get(lease.file);
    return held && monotonicMs() - held.renewedMs;
  }

  /** Stops watching. */
  close(): void {
    this.#catalog.close();
  }

  /** The questions that wait for a person, in a line each. */
  get questions(): string[] {
    return this.#answers.open;
  }

  /** How many items are in each place. */
  get counts(): Counts {
    return { ...this.#catalog.counts, blocked: this.#backlog.blocked };
  }

  /** Looks; `free` seats could begin something. HarnessError('environment') if a folder of the queue is gone. */
  look(free: number): Seen {
    const { queue, tell } = this.#run;
    this.#catalog.refresh();
    for (const what of queue.quarantine(this.#catalog.takeStrangers())) {
      tell({ is: 'quarantined', what });
    }
    this.#archive();
    const now = monotonicMs();
    return {
      pending: [...this.#answers.candidates, ...this.#backlog.candidates(free, wallMs())],
      later: this.#backlog.later,
      hopeless: this.#backlog.hopeless,
      mine: [...this.#mine.values()].map((held) => this.#own(held, now)),
      foreign: this.#foreignLeases(now),
    };
  }

  /** Once in a while what was done on earlier days leaves the folder that is looked at all day. */
  #archive(): void {
    if (monotonicMs() - this.#archivedMs < ARCHIVE_MS) return;
    this.#archivedMs = monotonicMs();
    const moved = this.#run.queue.archive.fill(wallMs());
    if (moved > 0) this.#run.note(`${moved} items that were done on earlier days are archived`);
  }

  /** Whoever stood still itself has seen no heartbeat of others meanwhile: what was seen of them counts from now on. */
  forgive(): void {
    this.#foreign.clear();
  }

  /** At every heartbeat it is looked whether the item is still the one that was claimed. */
  #own({ lease, item, renewedMs }: Held, now: number): Observation['mine'][number] {
    const renewedMsAgo = now - renewedMs;
    if (!item || renewedMsAgo < this.#run.config.heartbeat) return { lease, renewedMsAgo };
    const found = this.#run.queue.read(lease.id);
    return { lease, renewedMsAgo, changed: !found || !sameContent(found, item) };
  }

  #foreignLeases(now: number): Observation['foreign'] {
    const seen = new Map<string, Foreign>();
    const leases = [...this.#catalog.claimed()].filter(isLease).filter(({ run }) => run !== this.#run.id);
    for (const lease of leases) {
      const mtimeMs = this.#run.queue.renewedAt(lease);
      if (mtimeMs === undefined) continue;
      const before = this.#foreign.get(lease.file);
      const isSame = before?.mtimeMs === mtimeMs;
      seen.set(lease.file, isSame ? before : { mtimeMs, sinceMs: now, suspected: false });
    }
    this.#foreign = seen;
    return leases.flatMap((lease) => {
      const one = seen.get(lease.file);
      return one ? [{ lease, unchangedMs: now - one.sinceMs, suspected: one.suspected }] : [];
    });
  }

  /** A lease without a heartbeat: if the next look finds it so again, it is taken back. */
  suspect(lease: Lease): void {
    const foreign = this.#foreign.get(lease.file);
    if (foreign) foreign.suspected = true;
    this.#run.note(`the lease ${lease.file} looks stale; it is taken back if that stays so`);
  }

  /** Takes a foreign lease back: whoever renames it first wins, a zombie's rename then fails. */
  reclaim(lease: Lease): void {
    const { queue, tell } = this.#run;
    const record = queue
      .records(lease.id)
      .find((one) => one.attempt === lease.attempt && one.run === lease.run);
    const item = queue.read(lease.id);
    const works = item && rigOf(this.#run, item);
    if (!queue.giveBack(lease, { reason: 'stale', charged: false })) return;
    tell({ is: 'reclaimed', item: lease.id, attempt: lease.attempt, agent: lease.agent, reason: 'stale' });
    if (works && record) void saveWork(this.#run, works, lease, record);
  }

  /** Moves a pending item that can never be begun to failed; false if somebody else moved it first. */
  giveUp({ entry, reason, why }: Hopeless): boolean {
    const { queue, tell } = this.#run;
    if (!queue.move(entry, { to: 'failed', reason })) return false;
    tell({ is: 'failed', item: entry.id, attempt: entry.attempt, agent: '-', reason, detail: why });
    return true;
  }

  /** The number of the next attempt: one more than the highest in the name, the records and the branches. */
  nextAttempt(entry: Entry, works: RigWorks): number {
    const branches = works.attempts.get(entry.id) ?? 0;
    return Math.max(entry.attempt, this.#run.queue.highestAttempt(entry.id), branches) + 1;
  }
}
