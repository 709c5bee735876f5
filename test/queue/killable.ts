/** Does one thing to the item a: `killable.ts QUEUE add|claim|finish`. To be killed in the middle of it. */
import { Queue } from '../../src/queue/queue.ts';
import { newWorkItem } from '../../src/queue/work-item.ts';

const [folder = '', verb = ''] = process.argv.slice(2);
const queue = Queue.open(folder);
const [lease] = queue.leases();
if (verb === 'add') queue.add(newWorkItem({ title: 'One' }, { id: 'a', addedMs: 1_800_000_000_000 }));
if (verb === 'claim') queue.claim(queue.find('a'), { agent: 'a1', run: 'r1' });
if (verb === 'finish' && lease) queue.finish(lease, 'landed');
