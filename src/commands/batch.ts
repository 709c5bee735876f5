import { wallMs } from '../clock.ts';
import { HarnessError } from '../errors.ts';
import { batchesOf } from '../queue/batch.ts';
import type { Batch } from '../queue/batch.ts';
import type { Queue } from '../queue/queue.ts';
import { safeText } from '../text.ts';
import { homeOf, note, queueWithItems, printJson, stateOf } from './invocation.ts';
import type { Invocation } from './invocation.ts';
import { moveItem } from './queue-hands.ts';
import { tableLines, terminalCells } from './table.ts';

/** `harness batch list`. */
export function listBatches(invocation: Invocation): void {
  const batches = read(queueWithItems(homeOf(invocation)));
  if (invocation.json) return printJson(batches.map(shown));
  if (batches.length === 0)
    note(invocation, 'there are no batches; harness queue add --batch NAME begins one');
  const rows = batches.map((one) => [one.name, `${one.counts.done} of ${one.items.length} done`, rest(one)]);
  for (const line of tableLines(rows, terminalCells())) process.stdout.write(`${line}\n`);
}

/** `harness batch show NAME`. */
export function showBatch(invocation: Invocation, name: string): void {
  const batch = named(queueWithItems(homeOf(invocation)), name);
  if (invocation.json) {
    printJson({ ...shown(batch), items: batch.items.map(({ id, place, title }) => ({ id, place, title })) });
    return;
  }
  const rows = batch.items.map(({ id, place, title }) => [id, place, safeText(title)]);
  process.stdout.write(`${name}: ${batch.counts.done} of ${batch.items.length} done${comma(rest(batch))}\n`);
  for (const line of tableLines(rows, terminalCells())) process.stdout.write(`${line}\n`);
}

/** `harness batch hold|release|cancel NAME`: every item of it to which that can be done. */
export async function moveBatch(
  invocation: Invocation,
  name: string,
  verb: 'hold' | 'release' | 'cancel',
): Promise<void> {
  const home = homeOf(invocation);
  const queue = queueWithItems(home);
  const from = { hold: ['pending', 'claimed'], release: ['held'], cancel: ['pending', 'held', 'claimed'] }[
    verb
  ];
  const items = named(queue, name).items.filter(({ place }) => from.includes(place));
  // Pending ones first, so that no agent begins the next one while another is interrupted.
  const order = items.toSorted(
    (one, other) => Number(one.place === 'claimed') - Number(other.place === 'claimed'),
  );
  const moved = [];
  for (const { id } of order) moved.push(await moveItem(queue, stateOf(home), id, { verb }));
  const ids = moved.map(({ id, place }) => ({ id, place }));
  if (invocation.json) printJson(ids);
  else
    process.stdout.write(
      `${name}: ${ids.length} items ${verb === 'release' ? 'released' : verb === 'hold' ? 'held' : 'cancelled'}\n`,
    );
}

const read = (queue: Queue): Batch[] =>
  batchesOf(
    [...queue.entries(), ...queue.archive.entries()].map((entry) => ({ entry, item: queue.read(entry.id) })),
    { recordsOf: (id) => queue.records(id), nowMs: wallMs() },
  );

function named(queue: Queue, name: string): Batch {
  const batches = read(queue);
  const batch = batches.find((one) => one.name === name);
  if (batch) return batch;
  const known =
    batches.length > 0 ? `there are ${batches.map((one) => one.name).join(', ')}` : 'there are none';
  throw new HarnessError('usage', `no batch is called "${safeText(name, { max: 60 })}"; ${known}`);
}

const shown = ({ name, counts, items, costUsd, leftMs }: Batch) => ({
  name,
  items: items.length,
  ...counts,
  costUsd,
  leftMs: leftMs ?? null,
});

/** What is not done, what it cost and how long it may take. */
function rest({ counts, costUsd, leftMs }: Batch): string {
  const parts = (['claimed', 'pending', 'held', 'failed'] as const).flatMap((place) =>
    counts[place] > 0 ? [`${counts[place]} ${place}`] : [],
  );
  if (costUsd > 0) parts.push(`$${costUsd.toFixed(2)}`);
  if (leftMs !== undefined) parts.push(`about ${Math.ceil(leftMs / 60_000)} min left`);
  return parts.join(', ');
}

const comma = (text: string) => (text === '' ? '' : `, ${text}`);
