import { readdirSync, renameSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { Backlog } from '../../../src/coordinator/backlog.ts';
import type { Lease } from '../../../src/queue/name.ts';
import type { Queue } from '../../../src/queue/queue.ts';
import { median, quantile } from '../row.ts';
import { figuresOf } from './child.ts';
import { filledQueue, timed } from './ground.ts';

/** Follows a queue as the coordinator does; `claim` takes the item whose turn it is. */
function claimant(queue: Queue): { claim: () => Lease | undefined; close: () => void } {
  const backlog = new Backlog({ read: (id) => queue.read(id), placeOf: () => undefined, rigOf: () => 'rig' });
  const catalog = queue.follow({
    changed: (before, after) => backlog.changed(before, after),
    news: () => undefined,
    trouble: (what) => console.error(what),
  });
  return {
    claim: () => {
      const [first] = backlog.candidates(1, Date.now());
      return first && queue.claim(first.entry, { agent: 'a1', run: 'r1' });
    },
    close: () => catalog.close(),
  };
}

const AT_ONCE = 50;
const ROUNDS = 20;

/**
 * Microseconds for a claim with so many items pending, beside utimes and rename alone on as many files. Both by turns,
 * so that what else the machine does meets both. What was claimed is given back, so that their number stays.
 */
export async function claiming(
  folder: string,
  pending: number,
): Promise<{ claimUs: number; bareUs: number }> {
  const queue = filledQueue(folder, pending);
  const bare = bareFiles(folder, pending);
  const { claim, close } = claimant(queue);
  // The definitions of those whose turn is near were read before: that is not part of a claim.
  putBack(queue, claim() ?? noneLeft());
  const claims: number[] = [];
  const moves: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const leases: Lease[] = [];
    const claimMs = timed(() => {
      for (let n = 0; n < AT_ONCE; n++) leases.push(claim() ?? noneLeft());
    });
    claims.push((claimMs / AT_ONCE) * 1000);
    moves.push((timed(() => bare(AT_ONCE)) / AT_ONCE) * 1000);
    for (const lease of leases) putBack(queue, lease);
    await turn();
  }
  close();
  return { claimUs: median(claims), bareUs: median(moves) };
}

function noneLeft(): never {
  throw new Error('nothing is left to claim');
}

function putBack(queue: Queue, lease: Lease): void {
  queue.giveBack(lease, { reason: 'bench', charged: false });
}

/** Moves as many of so many files by utimes and rename as it is told. */
function bareFiles(folder: string, count: number): (moves: number) => void {
  const [from, to] = [join(folder, `queue-${count}`, 'tmp'), join(folder, `queue-${count}`, 'imports')];
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
  const start = String(Date.now() + 4_000);
  const runs = Array.from({ length: 8 }, (_, n) =>
    figuresOf<{ took: number[]; ms: number }>('claimant.ts', [queue.folder, `a${n + 1}`, start]),
  );
  const ends = await Promise.all(runs);
  const took = ends.flatMap((one) => one.took);
  if (took.length !== items || readdirSync(join(queue.folder, 'claimed')).length !== items) {
    throw new Error(`${took.length} of ${items} items were claimed`);
  }
  return {
    p99Ms: quantile(took, 0.99),
    perSecond: (items / Math.max(...ends.map(({ ms }) => ms))) * 1000,
  };
}
