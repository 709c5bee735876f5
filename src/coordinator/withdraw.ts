import { unready } from '../agent/agent.ts';
import type { Finding } from '../agent/agent.ts';
import type { Lease } from '../queue/name.ts';
import type { Reply } from './control.ts';
import type { Coordinator } from './coordinator.ts';
import { settleAttempt } from './settle.ts';
import type { AttemptEnd } from './work.ts';

/** A person wants an item back that is being worked on: its attempt ends, its work is saved, it goes where it is wanted. */
export function withdraw(coordinator: Coordinator, verb: 'cancel' | 'hold', item: string): Reply {
  const { seats, landings } = coordinator;
  const seat = seats.find((one) => one.work?.item.id === item);
  const lease = seat?.work?.lease ?? landings.all.find((one) => one.item.id === item)?.lease;
  if (lease) {
    endWork(coordinator, lease, FINDINGS[verb]);
    return {
      ok: true,
      text: seat ? `${seat.agent} is interrupted` : 'it was ready; its commits stay on their branch',
    };
  }
  const why = landings.current?.item.id === item ? 'is being landed' : 'is not being worked on';
  return { ok: false, text: `item ${item} ${why}` };
}

/** Ends the attempt of a lease with a finding, whether its agent still works on it or it waits for its landing. */
export function endWork(coordinator: Coordinator, lease: Lease, finding: Finding): void {
  const { run, seats, landings, observer } = coordinator;
  seats.find(({ work }) => work?.lease.file === lease.file)?.work?.abort.abort(finding);
  const waiting = landings.take(lease);
  if (!waiting) return;
  settleAttempt(run, undefined, { ...waiting, outcome: unready(finding) });
  observer.release(lease);
}

/** The run stops: all attempts end, and what they hold goes back. */
export function stopAttempts({ landings, seats }: Coordinator): void {
  landings.stop();
  for (const { work } of seats) {
    work?.abort.abort({ reason: 'interrupted', text: 'the run was stopped' } satisfies Finding);
  }
}

/**
 * A session without a sign of life is interrupted, and ended where it does not obey; the attempt then goes on in the same
 * conversation.
 */
export function wake({ run, seats }: Coordinator, lease: Lease, why: string): void {
  const seat = seats.find(({ work }) => work?.lease.file === lease.file);
  if (!seat) return;
  run.tell({ is: 'silent', item: lease.id, attempt: lease.attempt, agent: lease.agent, why });
  void seat.wake();
}

const FINDINGS: Record<'cancel' | 'hold', Finding> = {
  cancel: { reason: 'cancelled', text: 'a person cancelled the item' },
  hold: { reason: 'held', text: 'a person wants to look at the item first' },
};

/** An attempt that became ready in the moment in which a person withdrew its item is given up all the same. */
export function withdrawn(end: AttemptEnd, abort: AbortSignal | undefined): AttemptEnd {
  const finding = Object.values(FINDINGS).find((one) => one === abort?.reason);
  return finding && end.outcome.is === 'ready' ? { ...end, outcome: unready(finding) } : end;
}
