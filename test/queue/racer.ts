/** `racer.ts QUEUE AGENT`: claims and finishes all that it can get, in the order of everybody; prints the ids that it finished. */
import { Queue } from '../../src/queue/queue.ts';

const [folder = '', agent = ''] = process.argv.slice(2);
const queue = Queue.open(folder);
const finished: string[] = [];
for (let pending = queue.entries('pending'); pending.length > 0; pending = queue.entries('pending')) {
  for (const entry of pending) {
    const lease = queue.claim(entry, { agent, run: 'r1' });
    if (lease && queue.finish(lease, 'landed')) finished.push(lease.id);
  }
}
process.stdout.write(JSON.stringify(finished));
