import { wallMs } from '../clock.ts';
import { newWorkItem } from '../queue/work-item.ts';
import { inputOf, verifyRig } from './item-options.ts';
import type { ItemOptions } from './item-options.ts';
import { homeOf, openQueue, printJson } from './invocation.ts';
import type { Invocation } from './invocation.ts';

interface AddOptions extends ItemOptions {
  id?: string;
}

/** `harness queue add`: prints the id once the item is on the disk. */
export async function addItem(invocation: Invocation, title: string, options: AddOptions): Promise<void> {
  const home = homeOf(invocation);
  const { id } = options;
  const input = { title, ...(await inputOf(invocation, options)) };
  // Looked at before anything is created: a bad item changes nothing.
  newWorkItem(input, { id: id ?? 'new', addedMs: wallMs() });
  await verifyRig(invocation, home, options.rig);
  const queue = openQueue(home);
  const whole = { ...input, after: options.after.map((prefix) => queue.find(prefix).id) };
  const added =
    id === undefined
      ? { id: queue.addNew(whole).id, existed: false }
      : queue.add(newWorkItem(whole, { id, addedMs: wallMs() }));
  if (invocation.json) printJson(added);
  else process.stdout.write(`${added.id}\n`);
}
