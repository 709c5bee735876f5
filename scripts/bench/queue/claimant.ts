/** `claimant.ts QUEUE AGENT START_MS`: from that moment on claims what it can; prints how long each claim took. */
import { setTimeout as delay } from 'node:timers/promises';
import { turnOf } from '../../../src/coordinator/backlog.ts';
import { Queue } from '../../../src/queue/queue.ts';

/** So often it hears what the others have claimed; in between it finds out by losing. */
const LISTEN_EVERY = 50;

const [folder = '', agent = '', startMs] = process.argv.slice(2);
const queue = Queue.open(folder);
const catalog = queue.follow({
  changed: () => undefined,
  news: () => undefined,
  trouble: (what) => console.error(what),
});
const entries = [...catalog.entries()].toSorted((one, other) => turnOf(one) - turnOf(other));
const took: number[] = [];
await delay(Number(startMs) - Date.now());
const began = performance.now();
let since = began;
for (const entry of entries) {
  if (catalog.get(entry.id)?.place !== 'pending') continue;
  const lease = queue.claim(entry, { agent, run: 'r1' });
  if (!lease) continue;
  took.push(performance.now() - since);
  if (took.length % LISTEN_EVERY === 0) {
    await new Promise(setImmediate);
    catalog.refresh();
  }
  since = performance.now();
}
console.log(JSON.stringify({ took, ms: performance.now() - began }));
catalog.close();
