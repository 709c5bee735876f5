import { join } from 'node:path';
import { HarnessError } from '../../../src/errors.ts';
import { adding } from '../../../src/queue/add.ts';
import { archiving, dayOf } from '../../../src/queue/archive.ts';
import { editing } from '../../../src/queue/edit.ts';
import type { Alive, Ground } from '../../../src/queue/ground.ts';
import { importing } from '../../../src/queue/import.ts';
import { entryOf, isLease, moving, taking } from '../../../src/queue/move.ts';
import type { Entry, Lease, Place } from '../../../src/queue/name.ts';
import { listingAttempts, writingRecord } from '../../../src/queue/records.ts';
import { recovering } from '../../../src/queue/recover.ts';
import { repairing } from '../../../src/queue/repair.ts';
import type { Steps } from '../../../src/queue/steps.ts';
import { newWorkItem } from '../../../src/queue/work-item.ts';
import type { WorkItem } from '../../../src/queue/work-item.ts';
import type { Judge } from './judge.ts';

/** What a process does wrong on purpose. */
export interface Habits {
  /** It looks whether its lease is there, and then completes. */
  checksThenActs?: boolean;
  /** It takes the number of charged attempts for the number of attempts. */
  reusesNumbers?: boolean;
}

/** What the processes of a world share. */
export interface World {
  judge: Judge;
  chance: () => number;
  /** Both clocks; the wall clock jumps. */
  monotonicMs: () => number;
  wallMs: () => number;
  isAlive: Alive;
  habits: Habits;
  /** The coordinator that is putting the queue in order. */
  recovering?: number | undefined;
}

export const STALE_MS = 400;

const itemOf = (id: string, body: string): WorkItem =>
  newWorkItem({ title: 'Do it', body }, { id, addedMs: 0 });

function pick<T>(world: World, things: readonly T[]): T | undefined {
  return things[Math.floor(world.chance() * things.length)];
}

function* listing({ disk, folders }: Ground, place: Place): Steps<Entry[]> {
  yield 'list';
  return disk.names(folders[place]).flatMap(({ name }) => entryOf(place, name) ?? []);
}

/** Adds items; some of them others add too, with the same content or another. */
export function* adder(world: World, ground: Ground, ids: readonly string[]): Steps<void> {
  for (const id of ids) {
    const body = world.chance() < 0.2 ? 'other' : 'body';
    try {
      yield* adding(ground, itemOf(id, body));
      world.judge.added(id, body);
    } catch (error) {
      if (!(error instanceof HarnessError) || error.trouble === 'environment') throw error;
    }
  }
}

export function* importer(world: World, ground: Ground, ids: readonly string[]): Steps<void> {
  yield* importing(
    ground,
    ids.map((id) => itemOf(id, 'imported')),
  );
  for (const id of ids) world.judge.added(id, 'imported');
}

let edits = 0;

/** Edits, holds, releases and moves what nobody works on. */
export function* person(world: World, ground: Ground): Steps<void> {
  for (let tries = 0; tries < 4; tries++) {
    const entry = pick(world, [...(yield* listing(ground, 'pending')), ...(yield* listing(ground, 'held'))]);
    if (!entry || entry.reason?.startsWith('editing-') || !world.judge.acknowledged.includes(entry.id))
      continue;
    const what = world.chance();
    if (what < 0.5) {
      const body = `edit ${++edits}`;
      if (yield* editing(ground, entry, itemOf(entry.id, body))) world.judge.edited(entry.id, body);
    } else if (what < 0.75) yield* moving(ground, entry, { to: 'held', reason: 'asked' });
    else yield* moving(ground, entry, { to: 'pending', priority: 'high' });
  }
}

/** Claims, writes its record, works for a while under its heartbeat, and ends somehow. */
export function* worker(world: World, ground: Ground, name: string, rounds: number): Steps<void> {
  for (let round = 0; round < rounds; ) {
    yield 'wait';
    // Only a coordinator claims, and it does not begin before its queue is in order: others are left over from earlier ones.
    if (world.recovering !== undefined && world.isAlive({ pid: world.recovering, start: '' })) continue;
    round++;
    const pending = yield* listing(ground, 'pending');
    const entry = pick(world, pending);
    if (!entry) continue;
    yield* attempting(world, ground, { entry, name, mustEnd: false });
  }
}

function* attempting(
  world: World,
  ground: Ground,
  { entry, name, mustEnd }: { entry: Entry; name: string; mustEnd: boolean },
): Steps<void> {
  const { disk, folders } = ground;
  const highest = (yield* listingAttempts(ground, entry.id)).at(-1)?.attempt ?? 0;
  const attempt = world.habits.reusesNumbers ? entry.charged + 1 : Math.max(entry.attempt, highest) + 1;
  const run = `r${ground.self().pid}`;
  const lease = yield* taking(ground, entry, { agent: name, run, attempt }, world.wallMs());
  if (!lease) return;
  const record = {
    format: 1,
    item: lease.id,
    attempt,
    run,
    agent: name,
    branch: 'b',
    startedAt: '',
  } as const;
  yield* writingRecord(ground, record);
  // Only now is the number used: branches and refs come after the record.
  yield 'touch';
  if (!disk.touch(join(folders.claimed, lease.file), world.wallMs())) return;
  world.judge.uses(lease.id, attempt, `${name} of ${run}`);
  for (let beats = mustEnd ? 0 : Math.floor(world.chance() * 4); beats > 0; beats--) {
    yield 'touch';
    if (!disk.touch(join(folders.claimed, lease.file), world.wallMs())) return;
  }
  const how = mustEnd ? 0 : world.chance();
  if (how < 0.6) {
    const done = yield* completing(world, ground, lease);
    if (done) world.judge.completed(lease.id, `${name} of ${run} in attempt ${attempt}`);
  } else if (how < 0.9) {
    yield* writingRecord(ground, { ...record, charged: how < 0.75 });
    yield* moving(ground, lease, { to: 'pending', reason: 'failed', charged: how < 0.75 });
  } else yield* moving(ground, lease, { to: 'held', reason: 'asked' });
}

function* completing(world: World, ground: Ground, lease: Lease): Steps<boolean> {
  if (!world.habits.checksThenActs)
    return (yield* moving(ground, lease, { to: 'done', reason: 'landed' })) !== undefined;
  const { disk, folders } = ground;
  const file = join(folders.claimed, lease.file);
  yield 'look';
  if (!disk.look(file)) return false;
  const { priority, addedMs, id, attempt, charged } = lease;
  const done = `${priority === 'high' ? 1 : 2}-${addedMs === 0 ? '0000000' : ''}~${id}~${attempt}.${charged}~landed`;
  yield 'write';
  disk.write(join(folders.done, done), 'done');
  yield 'sync';
  disk.sync(folders.done);
  yield 'remove';
  disk.remove(file);
  return true;
}

/** Takes back what was not renewed for long enough, in two looks, by its own clock. */
function* reclaiming(world: World, ground: Ground, looks: number): Steps<void> {
  const seen = new Map<string, { mtimeMs: number; sinceMs: number; suspected: boolean }>();
  for (let look = 0; look < looks; look++) {
    for (const lease of (yield* listing(ground, 'claimed')).filter(isLease)) {
      yield 'look';
      const mtimeMs = ground.disk.look(join(ground.folders.claimed, lease.file))?.mtimeMs;
      if (mtimeMs === undefined) continue;
      const before = seen.get(lease.file);
      if (before?.mtimeMs !== mtimeMs) {
        seen.set(lease.file, { mtimeMs, sinceMs: world.monotonicMs(), suspected: false });
      } else if (world.monotonicMs() - before.sinceMs > STALE_MS) {
        if (before.suspected) yield* moving(ground, lease, { to: 'pending', reason: 'stale' });
        before.suspected = true;
      }
    }
  }
}

/** One life of the one coordinator: puts the queue in order, gives back what the dead held, then works and looks after the others. */
export function* coordinator(world: World, ground: Ground, rounds: number): Steps<void> {
  world.recovering = ground.self().pid;
  yield* world.chance() < 0.3 ? repairing(ground, world.isAlive) : recovering(ground, world.isAlive);
  world.recovering = undefined;
  world.judge.isUnordered = false;
  for (const lease of (yield* listing(ground, 'claimed')).filter(isLease)) {
    const pid = Number(lease.run.slice(1));
    if (!world.isAlive({ pid, start: String(pid) }))
      yield* moving(ground, lease, { to: 'pending', reason: 'died' });
  }
  yield* worker(world, ground, 'a1', rounds);
  yield* archiving(ground, yield* listing(ground, 'done'), dayOf(world.wallMs()));
  yield* reclaiming(world, ground, 12);
}

/** With no faults any more everything that was added is done in the end. */
export function* draining(world: World, ground: Ground): Steps<void> {
  yield* recovering(ground, world.isAlive);
  world.judge.isUnordered = false;
  for (const lease of yield* listing(ground, 'claimed'))
    yield* moving(ground, lease, { to: 'pending', reason: 'died' });
  for (const entry of yield* listing(ground, 'held')) yield* moving(ground, entry, { to: 'pending' });
  for (const entry of yield* listing(ground, 'pending'))
    yield* attempting(world, ground, { entry, name: 'last', mustEnd: true });
}
