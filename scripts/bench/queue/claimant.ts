/** `claimant.ts QUEUE AGENT START_MS`: from that moment on claims and finishes what it can; prints how long each claim took. */
import { setTimeout as delay } from 'node:timers/promises';
import { Backlog } from '../../../src/coordinator/backlog.ts';
import { Queue } from '../../../src/queue/queue.ts';

const [folder = '', agent = '', startMs] = process.argv.slice(2);
const queue = Queue.open(folder);
const backlog = new Backlog({ read: (id) => queue.read(id), placeOf: () => undefined, rigOf: () => 'rig' });
const catalog = queue.follow({
  changed: (before, after) => backlog.changed(before, after),
  news: () => undefined,
  trouble: (what) => console.error(what),
});
const took: number[] = [];
await delay(Number(startMs) - Date.now());
const began = performance.now();
for (let since = began; ; ) {
  const [next] = backlog.candidates(1, Date.now());
  if (!next) break;
  const lease = queue.claim(next.entry, { agent, run: 'r1' });
  if (lease) took.push(performance.now() - since);
  else continue;
  await new Promise(setImmediate);
  catalog.refresh();
  since = performance.now();
}
console.log(JSON.stringify({ took, ms: performance.now() - began }));
catalog.close();
