import { awaitReply, leaveRequest } from '../coordinator/control.ts';
import { livingRun } from '../coordinator/run-file.ts';
import { HarnessError } from '../errors.ts';
import { lay } from '../queue/hands.ts';
import type { Hand } from '../queue/hands.ts';
import type { Entry } from '../queue/name.ts';
import type { Queue } from '../queue/queue.ts';
import { until } from '../stop.ts';
import { homeOf, queueWithItems, printJson, stateOf } from './invocation.ts';
import type { Invocation } from './invocation.ts';

/** A coordinator answers within a tick. */
const REPLY_MS = 15_000;
/** An interrupted attempt gets its item back after its work is saved; longer than that is not waited for. */
const MOVED_MS = 30_000;

/** `harness queue hold|release|cancel|retry|priority`: prints where the items are now. */
export async function moveItems(invocation: Invocation, prefixes: string[], hand: Hand): Promise<void> {
  const home = homeOf(invocation);
  const queue = queueWithItems(home);
  // All are looked up first: a wrong id changes nothing.
  const ids = prefixes.map((prefix) => queue.find(prefix).id);
  const moved: Entry[] = [];
  for (const id of ids) moved.push(await moveItem(queue, stateOf(home), id, hand));
  if (invocation.json) printJson(moved.map(shown));
  else for (const entry of moved) process.stdout.write(`${sentence(entry)}\n`);
}

const shown = ({ id, place, reason, priority }: Entry) => ({ id, place, reason: reason ?? null, priority });
const sentence = ({ id, place, reason, priority }: Entry) =>
  `${id}: ${place}${reason === undefined ? '' : ` (${reason})`}, ${priority}`;

/** Does it directly, or asks the coordinator where it is the one that works on the item; says where the item is then. */
export async function moveItem(queue: Queue, state: string, id: string, hand: Hand): Promise<Entry> {
  for (let tries = 0; tries < 5; tries++) {
    const entry = queue.find(id);
    const run = entry.place === 'claimed' ? livingRun(state)?.run : undefined;
    if (run === undefined) {
      const moved = lay(queue, entry, hand);
      if (moved) return moved;
    } else {
      await askFor(state, run, entry, hand);
      if (await until(() => queue.find(id).place !== 'claimed', MOVED_MS, 50)) return queue.find(id);
      throw new HarnessError(
        'failed',
        `item ${id} was asked for, and ${entry.agent} has not let it go yet; see harness status`,
      );
    }
  }
  throw new HarnessError('failed', `item ${id} is moved again and again; try once more`);
}

async function askFor(state: string, run: string, { id, agent }: Entry, { verb }: Hand): Promise<void> {
  if (verb !== 'cancel' && verb !== 'hold') {
    throw new HarnessError('usage', `${agent} works on item ${id}; ${verb} takes items that nobody works on`);
  }
  const answer = await awaitReply(state, leaveRequest(state, run, verb, { item: id }), REPLY_MS);
  if (answer?.ok) return;
  const why = answer?.text ?? `run ${run} did not answer within ${REPLY_MS / 1000} s`;
  throw new HarnessError('failed', `${why}; look with harness status and try again`);
}
