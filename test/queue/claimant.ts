/**
 * Claims what it is told: `claimant.ts QUEUE AGENT`. Lines in: `claim ID`, `renew`, `finish`, each answered by
 * `true` or `false`. The entry to claim is looked up in advance (`look ID`), so that all claim the same stale one.
 */
import { createInterface } from 'node:readline';
import type { Entry, Lease } from '../../src/queue/name.ts';
import { Queue } from '../../src/queue/queue.ts';

const [folder = '', agent = ''] = process.argv.slice(2);
const queue = Queue.open(folder);
let entry: Entry | undefined;
let lease: Lease | undefined;

const answers: Record<string, (id: string) => boolean> = {
  look: (id) => (entry = queue.entries('pending').find((one) => one.id === id)) !== undefined,
  claim: () => (lease = entry && queue.claim(entry, { agent, run: 'r1' })) !== undefined,
  renew: () => lease !== undefined && queue.renew(lease),
  finish: () => lease !== undefined && queue.finish(lease, 'landed'),
};

for await (const line of createInterface({ input: process.stdin })) {
  const [verb = '', id = ''] = line.split(' ');
  process.stdout.write(`${answers[verb]?.(id)}\n`);
}
