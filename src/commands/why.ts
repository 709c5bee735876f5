import { wallMs } from '../clock.ts';
import { rigsOf } from '../coordinator/rigs.ts';
import { causesOf } from '../queue/why.ts';
import type { Cause } from '../queue/why.ts';
import type { Entry } from '../queue/name.ts';
import { safeText } from '../text.ts';
import { homeOf, queueWithItems, printJson, readConfig } from './invocation.ts';
import type { Invocation } from './invocation.ts';
import { readSnapshot } from './status.ts';

/** `harness why ID`: the chain of causes why an item is not being worked on. */
export async function why(invocation: Invocation, prefix: string): Promise<void> {
  const home = homeOf(invocation);
  const queue = queueWithItems(home);
  const entries = queue.entries();
  const { id, place } = queue.find(prefix);
  const byId = new Map([...queue.archive.entries(), ...entries].map((entry) => [entry.id, entry]));
  const world = {
    entryOf: (one: string) => byId.get(one),
    itemOf: (one: string) => queue.read(one),
    nowMs: wallMs(),
  };
  const causes = causesOf(id, world);
  if (place === 'pending') {
    const item = queue.read(id);
    const rigs = (await rigsOf(home, await readConfig(home, invocation.env))).map(({ name }) => name);
    if (item?.rig !== undefined && !rigs.includes(item.rig))
      causes.push({ id, text: `is for rig ${item.rig}, which the configuration does not name` });
    causes.push(...runCauses(id, readSnapshot(home, queue)));
    if (causes.length === 0)
      causes.push({ id, text: `is next but ${ahead(entries, id)}; a free agent takes it` });
  }
  if (invocation.json) printJson(causes);
  else for (const cause of causes) process.stdout.write(`${cause.id} ${safeText(cause.text)}\n`);
}

/** How many pending items come before this one. */
const ahead = (entries: readonly Entry[], id: string): number =>
  entries.filter(({ place }) => place === 'pending').findIndex((entry) => entry.id === id);

/** What the run, or that there is none, has to do with it. */
function runCauses(id: string, snapshot: ReturnType<typeof readSnapshot>): Cause[] {
  const { state, agents } = snapshot;
  if (state === 'none' || state === 'ended' || state === 'died') {
    return [{ id, text: 'waits for a run: nothing works on this queue; start harness parallel' }];
  }
  if (state !== 'running') return [{ id, text: `waits: the run is ${state}` }];
  if (agents.some((one) => one.state === 'free')) return [];
  const parked = agents.filter((one) => one.state === 'parked');
  if (agents.length > 0 && parked.length === agents.length) {
    return [{ id, text: `waits: every agent is parked (${parked[0]?.reason ?? 'no reason'})` }];
  }
  const doing = agents.map((one) => `${one.agent} ${one.item ?? one.state}`).join(', ');
  return [{ id, text: `waits for a free agent (${doing})` }];
}
