import type { Finding } from '../agent/agent.ts';
import { monotonicMs, timeScale } from '../clock.ts';
import type { Lease } from '../queue/name.ts';
import type { Coordinator } from './coordinator.ts';
import type { LandingEnd, Ready } from './landing.ts';
import type { Observation } from './plan.ts';
import { rigOf } from './run.ts';
import { settleAttempt } from './settle.ts';
import { begin } from './begin.ts';

/** Commit ids are long; people see their beginning. */
const LONG_ID = /\b([0-9a-f]{10})[0-9a-f]{30,54}\b/g;

/** How long a refused landing waits for its author's next boundary. */
const WAIT_MS = 10 * 60_000;

/**
 * A refused landing goes back to the agent whose conversation made it, if that is still there and corrections are left. False if
 * it cannot: then it is to be given back.
 */
export function keepForAuthor({ run, seats, landings }: Coordinator, ready: Ready, end: LandingEnd): boolean {
  if (end.is !== 'refused' || (end.finding.reason !== 'conflict' && end.finding.reason !== 'check-failed'))
    return false;
  if ((ready.record.returns ?? 0) >= run.config.corrections) return false;
  if (lostAuthor(seats, ready) !== undefined) return false;
  landings.refuse(ready, end);
  const { lease } = ready;
  const [detail = ''] = end.finding.text.replaceAll(LONG_ID, '$1').split(/\n(?:Your|The other) side/);
  const of = { item: lease.id, attempt: lease.attempt, agent: lease.agent };
  run.tell({ is: 'returned', ...of, reason: end.finding.reason, detail });
  return true;
}

/** Why its author cannot go on with it; undefined if it can. */
function lostAuthor(seats: Coordinator['seats'], { lease, record }: Ready): string | undefined {
  const seat = seats.find(({ agent }) => agent === lease.agent);
  if (!seat || seat.parked !== undefined) return `${lease.agent} is not there any more`;
  if (seat.conversation === undefined || seat.conversation !== record.session)
    return `the conversation that made it is over`;
  return undefined;
}

/** The refused landings, each with its author, and why that one is not waited for any longer. */
export function returnsOf({ run, seats, landings }: Coordinator): Observation['returns'] {
  const waitMs = WAIT_MS / timeScale(run.env);
  return landings.refused.map(({ ready, sinceMs }) => {
    const isLate = monotonicMs() - sinceMs > waitMs;
    const lost =
      lostAuthor(seats, ready) ?? (isLate ? `${ready.lease.agent} was busy for too long` : undefined);
    return { lease: ready.lease, agent: ready.lease.agent, ...(lost !== undefined && { lost }) };
  });
}

/** The author takes up its refused landing. */
export function takeUp(coordinator: Coordinator, lease: Lease): void {
  const seat = coordinator.seats.find(({ agent }) => agent === lease.agent);
  const refused = coordinator.landings.takeRefused(lease);
  const works = refused && rigOf(coordinator.run, refused.ready.item);
  if (!seat || !refused) return;
  const { ready, finding } = refused;
  if (!works) return giveBack(coordinator, ready, finding);
  begin(coordinator, seat, works, { lease, item: ready.item, returned: { ...ready, finding } });
}

/** Nobody can go on with it: the item goes back, and the next attempt is told what this one had made. */
export function renounce(coordinator: Coordinator, lease: Lease, why: string): void {
  const refused = coordinator.landings.takeRefused(lease);
  if (!refused) return;
  const text = `${refused.finding.text}\n(Its author did not mend that: ${why}.)\n${refused.evidence}`;
  giveBack(coordinator, refused.ready, { ...refused.finding, text });
}

function giveBack({ run, observer }: Coordinator, ready: Ready, finding: Finding): void {
  settleAttempt(run, undefined, { ...ready, outcome: { is: 'given-back', finding } });
  observer.release(ready.lease);
}
