import { monotonicMs, wallMs } from '../clock.ts';
import type { Midway } from './adopt.ts';
import { keysOf } from './backlog.ts';
import type { Coordinator } from './coordinator.ts';
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

/** Goes on with the attempts that were adopted, each on its seat. */
export function goOnMidway(coordinator: Coordinator, midway: readonly Midway[]): void {
  for (const { lease, item, works, record, session, state } of midway) {
    const seat = coordinator.seats.find(({ agent }) => agent === lease.agent);
    if (!seat) continue;
    seat.adopt({ session, folder: `${works.depot.folder}/${lease.agent}` });
    begin(coordinator, seat, works, { lease, item, left: { record, state } });
  }
}
