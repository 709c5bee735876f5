import { HarnessError } from '../errors.ts';
import { newWorkItem } from '../queue/work-item.ts';
import type { ItemInput } from '../queue/work-item.ts';
import { inputOf, verifyRig } from './item-options.ts';
import type { ItemOptions } from './item-options.ts';
import { homeOf, queueWithItems, printJson } from './invocation.ts';
import type { Invocation } from './invocation.ts';

interface EditOptions extends ItemOptions {
  title?: string;
  clear: string[];
}

/** Which part of an item each word of `--clear` empties. */
const CLEARS: Record<string, keyof ItemInput> = {
  body: 'body',
  rig: 'rig',
  checks: 'checks',
  after: 'after',
  'after-failed': 'afterFailed',
  batch: 'batch',
  labels: 'labels',
  'not-before': 'notBefore',
  kind: 'kind',
  plan: 'plan',
  approve: 'approve',
  'fan-out': 'fanOut',
};

/** `harness queue edit`: a new revision of an item that nobody works on; what is not given stays. */
export async function editItem(invocation: Invocation, prefix: string, options: EditOptions): Promise<void> {
  const home = homeOf(invocation);
  const queue = queueWithItems(home);
  const { title, clear, check, after, label } = options;
  const { checks: _checks, after: _after, labels: _labels, ...input } = await inputOf(invocation, options);
  const given = Object.entries({
    title,
    ...input,
    checks: check.length > 0 ? check : undefined,
    after: after.length > 0 ? after.map((one) => queue.find(one).id) : undefined,
    labels: label.length > 0 ? label : undefined,
  }).filter(([, value]) => value !== undefined);
  if (given.length === 0 && clear.length === 0) {
    throw new HarnessError(
      'usage',
      'nothing to change; say what with --title, --body, --check, --clear, ...',
    );
  }
  await verifyRig(invocation, home, options.rig);
  for (let tries = 0; tries < 5; tries++) {
    const entry = queue.find(prefix);
    const before = queue.read(entry.id);
    if (!before) throw new HarnessError('failed', `the definition of item ${entry.id} cannot be read`);
    const kept = Object.entries({ ...before, priority: entry.priority }).filter(
      ([key]) => !clear.some((field) => CLEARS[field] === key),
    );
    const wanted = Object.fromEntries([...kept, ...given]) as unknown as ItemInput;
    const item = newWorkItem(wanted, { id: entry.id, addedMs: entry.addedMs });
    const edited = queue.edit(entry, item);
    if (!edited) continue;
    if (invocation.json) printJson({ id: item.id, place: edited.place });
    else process.stdout.write(`${item.id}: changed\n`);
    return;
  }
  throw new HarnessError('failed', `item ${prefix} is moved again and again; try once more`);
}
