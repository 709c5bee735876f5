import { join } from 'node:path';
import { wallMs } from '../clock.ts';
import { messageOf } from '../errors.ts';
import { descendantsOf, identify, markerOf, processes } from '../process.ts';
import type { ProcessIdentity, ProcessView } from '../process.ts';
import type { Lease } from '../queue/name.ts';
import type { AttemptRecord } from '../queue/records.ts';
import { remaining, sweep, until } from '../stop.ts';
import { begunLandings, forgetLanding, landedAlready } from '../worktree/merge.ts';
import { attemptIn, rescueRef } from '../worktree/refs.ts';
import { dropStaleRefLocks } from '../worktree/entry.ts';
import { rescue } from '../worktree/rescue.ts';
import { Worktree } from '../worktree/worktree.ts';
import { adoptMidway } from './adopt.ts';
import type { Midway } from './adopt.ts';
import { isChanged } from './changed.ts';
import { forgetOld } from './forget.ts';
import type { Ready } from './landing.ts';
import { rigOf } from './run.ts';
import type { RigWorks, Run } from './run.ts';
import { readRunFile } from './run-file.ts';
import { keepSummary } from './summary.ts';

/** What a run takes over from a dead one, under its own name now. */
export interface Adopted {
  /** Attempts that passed their checks. */
  ready: Ready[];
  /** Attempts in the middle. */
  midway: Midway[];
}

/**
 * Puts a home in order after a coordinator that died: looks at the world (processes, folders, refs), never at
 * remembered state. Ends what earlier runs left running, finishes half-done adds and landings, adopts attempts that
 * were ready or can be gone on with (`agents` seats there are), saves uncommitted work and gives every other lease back.
 * May itself be killed and repeated.
 * The caller holds the home's lock, so whatever carries another run's name is left over.
 */
export async function recover(run: Run, agents: number): Promise<Adopted> {
  const { queue, tell } = run;
  await endLeftovers(run);
  for (const { depot } of run.rigs.values()) await dropStaleRefLocks(depot.gitDir);
  const { finished, quarantined } = queue.recover();
  for (const id of finished) tell({ is: 'recovered', what: `${id} was being added; it is in the queue now` });
  for (const what of quarantined) tell({ is: 'quarantined', what });
  await finishLandings(run);
  const adopted: Adopted = { ready: [], midway: [] };
  for (const lease of queue.leases()) await settle(run, lease, agents, adopted);
  await forgetOld(run, wallMs());
  return adopted;
}

/** A git that the dead coordinator started ends by itself, and leaves its lock files behind if it is ended. */
const GIT_MS = 2_000;

/** Ends every process that carries the marker of an earlier run of this home, or hid it and works in its worktrees. */
async function endLeftovers(run: Run): Promise<void> {
  const previous = readRunFile(run.state);
  const runs = new Set([
    ...run.queue.leases().map((lease) => lease.run),
    ...(previous ? [previous.run] : []),
  ]);
  runs.delete(run.id);
  const marked = () => processes().filter((one) => runs.has(markerOf(one.pid)?.split('.')[0] ?? ''));
  const hidden = () => (previous ? withoutMarker(run, previous) : []);
  const leftovers = () => [...marked(), ...hidden()];
  await until(() => hidden().length === 0, GIT_MS, 50);
  const ended = new Set<number>();
  let left: ProcessView[] = [];
  // Looked at again, since what is being ended may start something meanwhile.
  for (let known = leftovers(); known.length > 0 && left.length === 0; known = leftovers()) {
    for (const { pid } of known) ended.add(pid);
    left = await sweep({ known });
  }
  if (ended.size === 0) return;
  const pids = [...ended].join(', ');
  run.tell({ is: 'recovered', what: `ended ${ended.size} processes of an earlier run (${pids})` });
  if (left.length > 0)
    run.tell({ is: 'trouble', what: `still running: ${left.map((one) => one.pid).join(', ')}` });
}

/** Processes without a marker that came to work in the worktrees since an earlier coordinator began. */
function withoutMarker(run: Run, previous: ProcessIdentity): ProcessView[] {
  if (identify(process.pid)?.boot !== previous.boot) return [];
  // The front that started us may have been called from there.
  const spare = new Set([process.ppid, ...descendantsOf(process.pid).map((one) => one.pid)]);
  return [...run.rigs.values()].flatMap(({ depot }) =>
    remaining({ folder: { path: depot.folder, since: previous.start }, spare }),
  );
}

/** A landing that was under way: if the target has it, the item is done, wherever its file is. */
async function finishLandings(run: Run): Promise<void> {
  for (const { depot } of run.rigs.values()) {
    for (const id of await begunLandings(depot)) {
      const commit = await landedAlready(depot, id);
      if (commit !== undefined && finishItem(run, id, commit)) await forgetLanding(depot, id);
    }
  }
}

/** Books an item that the target has. False while that mark is still needed: a failed or held item may be tried again. */
function finishItem(run: Run, id: string, commit: string): boolean {
  const { queue, tell } = run;
  const entry = queue.entries().find((one) => one.id === id);
  if (entry?.place !== 'pending' && entry?.place !== 'claimed') return !entry || entry.place === 'done';
  const lease =
    entry.place === 'claimed'
      ? queue.leases().find((one) => one.id === id)
      : queue.claim(entry, { agent: 'landing', run: run.id });
  const record = queue.records(id).findLast((one) => one.work !== undefined);
  const endedAt = new Date(wallMs()).toISOString();
  const item = queue.read(id);
  const whole = record && { ...record, endedAt, outcome: 'landed', landed: commit };
  if (whole) queue.writeRecord(whole);
  if (whole && item) keepSummary(run, rigOf(run, item), item, whole);
  if (!lease || !queue.finish(lease, 'landed')) return false;
  tell({ is: 'landed', item: id, attempt: lease.attempt, agent: lease.agent, commit });
  return true;
}

/** Adopts or gives back, never both: what is adopted keeps its lease under this run's name, all else goes back. */
async function settle(run: Run, lease: Lease, agents: number, into: Adopted): Promise<void> {
  const { queue, tell } = run;
  const of = { item: lease.id, attempt: lease.attempt, agent: lease.agent };
  const item = queue.read(lease.id);
  const record = queue
    .records(lease.id)
    .find((one) => one.attempt === lease.attempt && one.run === lease.run);
  const works = item && rigOf(run, item);
  const { work } = record ?? {};
  const changed = record !== undefined && isChanged(queue, record);
  if (!changed && item && record && works && work && (await works.depot.resolve(work.commit)) !== undefined) {
    // Its record goes along under this run's name, where the next recovery looks for it.
    const taken = { ...record, run: run.id };
    queue.writeRecord(taken);
    const adopted = queue.adopt(lease, run.id);
    if (adopted) tell({ is: 'recovered', what: `${lease.id} was ready; it waits for its landing again` });
    if (adopted) into.ready.push({ lease: adopted, item, record: taken, work });
    return;
  }
  if (!changed && item && record && works) {
    const midway = await adoptMidway(run, { lease, item, works, record }, agents);
    if (midway) return void into.midway.push(midway);
  }
  if (works && record) await bury(run, works, lease, record);
  if (changed && queue.hold(lease, 'changed')) tell({ ...of, is: 'reclaimed', reason: 'changed' });
  else if (queue.giveBack(lease, { reason: 'coordinator-died', charged: false })) {
    tell({ ...of, is: 'reclaimed', reason: 'coordinator-died' });
  }
}

/** Saves what a dead attempt left uncommitted, and writes down how it ended. */
async function bury(run: Run, works: RigWorks, lease: Lease, record: AttemptRecord): Promise<void> {
  const rescued = await saveWork(run, works, lease, record);
  run.queue.writeRecord({
    ...record,
    ...(rescued !== undefined && { rescued }),
    endedAt: new Date(wallMs()).toISOString(),
    outcome: 'given-back',
    reason: 'coordinator-died',
    charged: false,
  });
}

/** Saves what a dead attempt left uncommitted, if its agent's worktree is still on its branch; returns the ref. */
export async function saveWork(
  run: Run,
  works: RigWorks,
  lease: Lease,
  record: AttemptRecord,
): Promise<string | undefined> {
  try {
    const worktree = await Worktree.ensure(works.depot, lease.agent);
    if ((await worktree.status()).branch !== record.branch) return undefined;
    return await save(run, worktree, lease);
  } catch (error) {
    const where = join(works.depot.folder, lease.agent);
    run.tell({
      is: 'trouble',
      item: lease.id,
      what: `could not save uncommitted work in ${where}: ${messageOf(error)}`,
    });
    return undefined;
  }
}

/** Saves what is uncommitted in a worktree as work of an attempt; returns the ref, if there was something. */
export async function save(run: Run, worktree: Worktree, lease: Lease): Promise<string | undefined> {
  return saveAs(run, worktree, { item: lease.id, attempt: lease.attempt, agent: lease.agent });
}

/** Saves what is still in a worktree before it is used for another attempt, as work of the one whose branch it is on. */
export async function saveEarlier(run: Run, worktree: Worktree, lease: Lease): Promise<void> {
  const { branch } = worktree.isUnused ? {} : await worktree.status();
  const { item, attempt } = attemptIn(`refs/heads/${branch}`) ?? { item: lease.id, attempt: lease.attempt };
  const keepIn = join(worktree.depot.folder, '.kept', `${item}.${attempt}`);
  await saveAs(run, worktree, { item, attempt, agent: lease.agent }, keepIn);
}

async function saveAs(
  run: Run,
  worktree: Worktree,
  of: { item: string; attempt: number; agent: string },
  keepIn?: string,
): Promise<string | undefined> {
  if (worktree.isUnused) return undefined;
  const ref = rescueRef(of.item, of.attempt);
  const before = await worktree.depot.resolve(ref);
  const commit = await rescue(worktree, of, { keepIn });
  if (commit === undefined) return undefined;
  if (commit !== before) run.tell({ is: 'rescued', ...of, ref });
  return ref;
}
