import { mkdirSync, readdirSync, renameSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { Backlog } from '../../../src/coordinator/backlog.ts';
import type { Lease } from '../../../src/queue/name.ts';
import type { Queue } from '../../../src/queue/queue.ts';
import { median, quantile } from '../row.ts';
import { bundled, figuresOf } from './child.ts';
import { filledQueue, timed } from './ground.ts';

interface Claimant {
  queue: Queue;
  ahead: () => void;
  claim: () => Lease | undefined;
  close: () => void;
}

/** Follows a queue as the coordinator does; `claim` takes the item whose turn it is. */
function claimant(queue: Queue): Claimant {
  const backlog = new Backlog({ read: (id) => queue.read(id), placeOf: () => undefined, rigOf: () => 'rig' });
  const catalog = queue.follow({
    changed: (before, after) => backlog.changed(before, after),
    news: () => undefined,
    trouble: (what) => console.error(what),
  });
  return {
    queue,
    ahead: () => {
      for (let looks = 0; looks < 20; looks++) backlog.candidates(1, Date.now());
    },
    claim: () => {
      const [first] = backlog.candidates(1, Date.now());
      return first && queue.claim(first.entry, { agent: 'a1', run: 'r1' });
    },
    close: () => catalog.close(),
  };
}

const AT_ONCE = 50;
const ROUNDS = 60;

/** Microseconds for one of 50 claims; what was claimed is given back, so that as many items stay pending. */
function batch({ queue, ahead, claim }: Claimant): number {
  const leases: Lease[] = [];
  // Definitions are read ahead, when nobody waits for them.
  ahead();
  const ms = timed(() => {
    for (let n = 0; n < AT_ONCE; n++) leases.push(claim() ?? noneLeft());
  });
  for (const lease of leases) queue.giveBack(lease, { reason: 'bench', charged: false });
  return (ms / AT_ONCE) * 1000;
}

/**
 * Microseconds for a claim with so many items pending, beside utimes and rename alone on as many files. Both by turns,
 * so that what else the machine does meets both.
 */
export async function claiming(
  folder: string,
  pending: number,
): Promise<{ claimUs: number; bareUs: number }> {
  const bare = bareFiles(folder, pending);
  const one = claimant(filledQueue(folder, pending));
  const claims: number[] = [];
  const moves: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    claims.push(batch(one));
    moves.push((timed(() => bare(AT_ONCE)) / AT_ONCE) * 1000);
    await turn();
  }
  one.close();
  return { claimUs: median(claims), bareUs: median(moves) };
}

/** Microseconds for a claim with few and with many items pending, by turns. */
export async function growing(
  folder: string,
  few: number,
  many: number,
): Promise<{ fewUs: number; manyUs: number }> {
  const [one, other] = [claimant(filledQueue(folder, few)), claimant(filledQueue(folder, many))];
  const fews: number[] = [];
  const manies: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    fews.push(batch(one));
    manies.push(batch(other));
    await turn();
  }
  one.close();
  other.close();
  return { fewUs: median(fews), manyUs: median(manies) };
}

function noneLeft(): never {
  throw new Error('nothing is left to claim');
}

/** Moves as many of so many files by utimes and rename as it is told. */
function bareFiles(folder: string, count: number): (moves: number) => void {
  const [from, to] = [join(folder, 'from'), join(folder, 'to')];
  for (const one of [from, to]) mkdirSync(one);
  const names = Array.from({ length: count }, (_, n) => `2-1nmkmg0~b${String(n).padStart(7, '0')}~0.0`);
  for (const name of names) writeFileSync(join(from, name), '');
  let at = 0;
  let [source, target] = [from, to];
  return (moves) => {
    for (let n = 0; n < moves; n++) {
      if (at === names.length) [at, source, target] = [0, target, source];
      const name = names[at++] ?? '';
      utimesSync(join(source, name), 1, 1);
      renameSync(join(source, name), join(target, name));
    }
  };
}

/** Eight processes that claim 10,000 items from each other: milliseconds that 99 of 100 claims do not exceed, claims a second. */
export async function competing(
  folder: string,
  items = 10_000,
): Promise<{ p99Ms: number; perSecond: number }> {
  const queue = filledQueue(folder, items);
  const ends = await bundled('claimant', (file) => {
    const start = String(Date.now() + 6_000);
    const runs = Array.from({ length: 8 }, (_, n) =>
      figuresOf<{ took: number[]; ms: number }>(file, [queue.folder, `a${n + 1}`, start]),
    );
    return Promise.all(runs);
  });
  const took = ends.flatMap((one) => one.took);
  if (took.length !== items || readdirSync(join(queue.folder, 'claimed')).length !== items) {
    throw new Error(`${took.length} of ${items} items were claimed`);
  }
  return {
    p99Ms: quantile(took, 0.99),
    perSecond: (items / Math.max(...ends.map(({ ms }) => ms))) * 1000,
  };
}
