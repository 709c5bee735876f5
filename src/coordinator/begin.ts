import { monotonicMs, wallMs } from '../clock.ts';
import type { Entry } from '../queue/name.ts';
import { answered } from '../queue/question.ts';
import type { Midway } from './adopt.ts';
import { keysOf } from './backlog.ts';
import type { Coordinator } from './coordinator.ts';
import { rigOf } from './run.ts';
import type { RigWorks } from './run.ts';
import type { Seat } from './seat.ts';
import { work } from './work.ts';
import type { Claimed } from './work.ts';

type Begun = Omit<Claimed, 'abort'>;

/** Begins an attempt on a seat, or goes on with one that was left in the middle; its end comes to the inbox. */
export function begin(coordinator: Coordinator, seat: Seat, works: RigWorks, begun: Begun): void {
  const { run, observer, inbox } = coordinator;
  const { lease, item } = begun;
  const abort = new AbortController();
  const keys = keysOf(works.rig.name, item);
  seat.work = { lease, item, keys, phase: 'preparing', since: wallMs(), startedMs: monotonicMs(), abort };
  observer.hold(lease);
  void work(run, works, seat, { ...begun, abort: abort.signal }).then((end) =>
    inbox.push({ is: 'attempt-ended', end, seat }),
  );
}

/** Claims an item for an agent and begins its attempt; nothing happens if somebody else was quicker. */
export function claim(coordinator: Coordinator, entry: Entry, agent: string): void {
  const { run, seats, observer } = coordinator;
  const seat = seats.find((one) => one.agent === agent);
  const seen = run.queue.read(entry.id);
  const works = seen && rigOf(run, seen);
  if (!seat || !works) return;
  const attempt = observer.nextAttempt(entry, works);
  const lease = run.queue.claim(entry, { agent, run: run.id, attempt });
  // Read again: only what is claimed can no longer be edited.
  const item = lease && run.queue.read(entry.id);
  if (item && rigOf(run, item) === works) {
    run.tell({ is: 'claimed', item: item.id, attempt: lease.attempt, agent, title: item.title });
    begin(coordinator, seat, works, { item, lease, answered: answered(run.queue, entry) });
  } else if (lease) run.queue.giveBack(lease, { reason: 'edited', charged: false });
}

/** Goes on with the attempts that were adopted, each on its seat. */
export function goOnMidway(coordinator: Coordinator, midway: readonly Midway[]): void {
  for (const { lease, item, works, record, session, state } of midway) {
    const seat = coordinator.seats.find(({ agent }) => agent === lease.agent);
    if (!seat) continue;
    seat.adopt({ session, folder: `${works.depot.folder}/${lease.agent}` });
    begin(coordinator, seat, works, { lease, item, left: { record, state } });
  }
}
