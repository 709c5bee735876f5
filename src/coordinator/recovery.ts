import { join } from 'node:path';
import { messageOf } from '../errors.ts';
import { markerOf, processes } from '../process.ts';
import type { Lease } from '../queue/name.ts';
import type { AttemptRecord } from '../queue/records.ts';
import { sweep } from '../stop.ts';
import { begunLandings, forgetLanding, landedAlready } from '../worktree/merge.ts';
import { rescueRef } from '../worktree/refs.ts';
import { rescue } from '../worktree/rescue.ts';
import { Worktree } from '../worktree/worktree.ts';
import type { Ready } from './landing.ts';
import { rigOf } from './run.ts';
import type { RigWorks, Run } from './run.ts';
import { readRunFile } from './run-file.ts';

/**
 * Puts a home in order after a coordinator that died: looks at the world (processes, folders, refs), never at
 * remembered state. Ends what earlier runs left running, finishes half-done adds and landings, adopts attempts that
 * were ready, saves uncommitted work and gives every other lease back. May itself be killed and repeated.
 * The caller holds the home's lock, so whatever carries another run's name is left over.
 */
export async function recover(run: Run): Promise<Ready[]> {
  const { queue, tell } = run;
  await endLeftovers(run);
  const { finished, quarantined } = queue.recover();
  for (const id of finished) tell({ is: 'recovered', what: `${id} was being added; it is in the queue now` });
  for (const file of quarantined) tell({ is: 'trouble', what: `quarantined into queue/corrupt: ${file}` });
  await finishLandings(run);
  const adopted: Ready[] = [];
  for (const lease of queue.leases()) {
    const ready = await settle(run, lease);
    if (ready) adopted.push(ready);
  }
  return adopted;
}

/** Ends every process that carries the marker of an earlier run of this home. */
async function endLeftovers(run: Run): Promise<void> {
  const previous = readRunFile(run.state)?.run;
  const runs = new Set([...run.queue.leases().map((lease) => lease.run), ...(previous ? [previous] : [])]);
  runs.delete(run.id);
  const known = processes().filter((one) => runs.has(markerOf(one.pid)?.split('.')[0] ?? ''));
  if (known.length === 0) return;
  const left = await sweep({ known });
  const pids = known.map((one) => one.pid).join(', ');
  run.tell({ is: 'recovered', what: `ended ${known.length} processes of an earlier run (${pids})` });
  if (left.length > 0)
    run.tell({ is: 'trouble', what: `still running: ${left.map((one) => one.pid).join(', ')}` });
}

/** A landing that was under way: if the target has it, the item is done, wherever its file is. */
async function finishLandings(run: Run): Promise<void> {
  for (const { depot } of run.rigs.values()) {
    for (const id of await begunLandings(depot)) {
      const commit = await landedAlready(depot, id);
      if (commit !== undefined) finishItem(run, id, commit);
      await forgetLanding(depot, id);
    }
  }
}

function finishItem(run: Run, id: string, commit: string): void {
  const entry = run.queue.entries().find((one) => one.id === id);
  if (entry?.place !== 'pending' && entry?.place !== 'claimed') return;
  const lease =
    entry.place === 'claimed'
      ? run.queue.leases().find((one) => one.id === id)
      : run.queue.claim(entry, { agent: 'landing', run: run.id });
  if (lease && run.queue.finish(lease, 'landed')) {
    run.tell({ is: 'landed', item: id, attempt: lease.attempt, agent: lease.agent, commit });
  }
}

/** Adopts or gives back, never both: a ready attempt keeps its lease under this run's name, all else goes back. */
async function settle(run: Run, lease: Lease): Promise<Ready | undefined> {
  const { queue, tell } = run;
  const of = { item: lease.id, attempt: lease.attempt, agent: lease.agent };
  const item = queue.read(lease.id);
  const record = queue
    .records(lease.id)
    .find((one) => one.attempt === lease.attempt && one.run === lease.run);
  const works = item && rigOf(run, item);
  const { work } = record ?? {};
  if (item && record && works && work && (await works.depot.resolve(work.commit)) !== undefined) {
    const adopted = queue.adopt(lease, run.id);
    if (adopted) tell({ is: 'recovered', what: `${lease.id} was ready; it waits for its landing again` });
    return adopted && { lease: adopted, item, record, work };
  }
  if (works && record) await saveWork(run, works, lease, record);
  if (queue.giveBack(lease, { reason: 'coordinator-died', charged: false })) {
    tell({ ...of, is: 'reclaimed', reason: 'coordinator-died' });
  }
  return undefined;
}

/** Saves what a dead attempt left uncommitted, if its agent's worktree is still on its branch. */
export async function saveWork(
  run: Run,
  works: RigWorks,
  lease: Lease,
  record: AttemptRecord,
): Promise<void> {
  try {
    const worktree = await Worktree.ensure(works.depot, lease.agent);
    if ((await worktree.status()).branch !== record.branch) return;
    await save(run, worktree, lease);
  } catch (error) {
    const where = join(works.depot.folder, lease.agent);
    run.tell({
      is: 'trouble',
      item: lease.id,
      what: `could not save uncommitted work in ${where}: ${messageOf(error)}`,
    });
  }
}

/** Saves what is uncommitted in a worktree as work of an attempt; returns the ref, if there was something. */
export async function save(run: Run, worktree: Worktree, lease: Lease): Promise<string | undefined> {
  const { id: item, attempt, agent } = lease;
  if (worktree.isUnused || (await rescue(worktree, { item, attempt })) === undefined) return undefined;
  const ref = rescueRef(item, attempt);
  run.tell({ is: 'rescued', item, attempt, agent, ref });
  return ref;
}
