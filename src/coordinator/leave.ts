import type { AttemptEvent, Refusal } from '../agent/agent.ts';
import { PRIORITIES } from '../queue/work-item.ts';
import type { WorkItem } from '../queue/work-item.ts';
import type { Observation } from './plan.ts';
import type { Run } from './run.ts';
import type { Seat } from './seat.ts';

/** Whose turn it is about. */
interface Asking {
  seat: Seat;
  item: WorkItem;
  abort: AbortSignal;
}

const rankOf = ({ priority }: WorkItem): number => PRIORITIES.indexOf(priority);

/** What the plan sees: whether turns may begin, and who waits for that in the middle of an attempt. */
export function leaveOf({ purse, gatekeeper }: Run): Pick<Observation, 'gate' | 'waiting' | 'heldBack'> {
  return {
    gate: purse.dayUsedUp === undefined ? gatekeeper.admission : 'wait',
    waiting: gatekeeper.waiting,
    heldBack: gatekeeper.heldBack !== undefined,
  };
}

/** Where people would rather have the run end than wait. */
const stopped = ({ gatekeeper: { stops: text } }: Run): AttemptEvent | undefined =>
  text === undefined ? undefined : { is: 'broken', finding: { reason: 'limit', text } };

/**
 * Before every turn: whether it may be paid for, and whether the account lets turns begin. Both may have to be waited for;
 * a finding ends the attempt.
 */
export async function mayBegin(run: Run, { seat, item, abort }: Asking): Promise<AttemptEvent | undefined> {
  const halt = (why: string | undefined) => seat.halt(why);
  const broke = await run.purse.afford(item.id, abort, halt);
  if (broke) return { is: 'broken', finding: broke };
  await run.gatekeeper.pass(seat.agent, { abort, rank: rankOf(item), halt });
  return stopped(run);
}

/** What a session learned only at its start: its login, its model. */
const LEARNED: ReadonlySet<Refusal['cause']> = new Set<Refusal['cause']>(['login', 'model']);

/** After a refusal: waits until this agent may go on. Deadlines stand still meanwhile. */
export async function waitForAccount(
  run: Run,
  { seat, item, abort }: Asking,
  refusal: Refusal,
): Promise<AttemptEvent | undefined> {
  seat.halt(refusal.text);
  await run.gatekeeper.wait(seat.agent, refusal, { abort, rank: rankOf(item) });
  seat.halt(undefined);
  // A new process of the same conversation sees what was mended meanwhile.
  if (LEARNED.has(refusal.cause) && !abort.aborted) await seat.close();
  return stopped(run);
}
