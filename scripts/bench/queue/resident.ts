/** `resident.ts QUEUE`: puts a queue in order, follows it and finds what is first; prints how long that took and what it holds. */
import { Backlog } from '../../../src/coordinator/backlog.ts';
import { Queue } from '../../../src/queue/queue.ts';

const began = performance.now();
const queue = Queue.open(process.argv[2] ?? '');
queue.recover();
const backlog = new Backlog({ read: (id) => queue.read(id), placeOf: () => undefined, rigOf: () => 'rig' });
const catalog = queue.follow({
  changed: (before, after) => backlog.changed(before, after),
  news: () => undefined,
  trouble: (what) => console.error(what),
});
if (backlog.candidates(1, Date.now()).length !== 1) throw new Error('nothing to begin');
console.log(
  JSON.stringify({ ms: performance.now() - began, peakBytes: process.resourceUsage().maxRSS * 1024 }),
);
catalog.close();
