/**
 * Adds an item: `adder.ts QUEUE ID BODY [STEPS]`. With STEPS it is killed after that many file calls, before the
 * next. Prints `added`, `existed` or the error.
 */
import { adding } from '../../src/queue/add.ts';
import { groundIn } from '../../src/queue/ground.ts';
import { Queue } from '../../src/queue/queue.ts';
import { newWorkItem } from '../../src/queue/work-item.ts';

const [folder = '', id = '', body = '', steps] = process.argv.slice(2);
const item = newWorkItem({ title: 'One of many', body }, { id, addedMs: Date.now() });

if (steps === undefined) {
  try {
    process.stdout.write(Queue.open(folder).add(item).existed ? 'existed\n' : 'added\n');
  } catch (error) {
    process.stdout.write(`${error instanceof Error ? error.message : String(error)}\n`);
  }
} else {
  const work = adding(groundIn(folder), item);
  // The first `next` only comes to the first file call.
  for (let left = Number(steps); left >= 0; left--) work.next();
  process.kill(process.pid, 'SIGKILL');
}
