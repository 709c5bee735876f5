import { safeText } from '../text.ts';
import { homeOf, printJson, queueWithItems } from './invocation.ts';
import type { Invocation } from './invocation.ts';
import { listed } from './queue-list.ts';

/** `harness queue show ID`: the item, its body, and what came of each attempt. */
export function showItem(invocation: Invocation, prefix: string): void {
  const queue = queueWithItems(homeOf(invocation));
  const entry = queue.find(prefix);
  const item = queue.read(entry.id);
  const attempts = queue.records(entry.id).map(({ format: _format, item: _item, ...record }) => record);
  const placeOf = queue.placesOf(queue.entries());
  const shown = {
    ...listed(entry, item, placeOf),
    added: item?.added,
    checks: item?.checks ?? [],
    after: item?.after ?? [],
    afterFailed: item?.afterFailed ?? 'hold',
    charged: entry.charged,
  };
  if (invocation.json) {
    printJson({ ...shown, body: item?.body ?? '', attempts });
    return;
  }
  const { id, title, place, priority, reason, checks } = shown;
  say(`${id}  ${safeText(title)}`);
  say(
    `${place}${reason === null ? '' : ` (${reason})`}, ${priority}, added ${shown.added ?? 'at an unknown time'}`,
  );
  for (const other of shown.after) say(`after ${other} (${placeOf(other) ?? 'gone'})`);
  if (shown.notBefore !== null) say(`not before ${shown.notBefore}`);
  if (shown.labels.length > 0 || shown.batch !== null) {
    say(
      [
        ...(shown.batch === null ? [] : [`batch ${shown.batch}`]),
        ...shown.labels.map((one) => `label ${one}`),
      ].join(', '),
    );
  }
  for (const check of checks) say(`check: ${safeText(check)}`);
  if (item?.body) say(`\n${safeText(item.body, { max: 20_000, lines: true })}`);
  for (const record of attempts) {
    const cost = record.costUsd ? `, $${record.costUsd.toFixed(2)}` : '';
    say(
      `\nattempt ${record.attempt} by ${record.agent} on ${record.branch}: ${record.outcome ?? 'under way'}${cost}`,
    );
    if (record.landed) say(`  landed as ${record.landed}`);
    if (record.rescued) say(`  uncommitted work saved as ${record.rescued}`);
    if (record.finding)
      say(`  ${safeText(`${record.reason}: ${record.finding}`, { max: 2_000, lines: true })}`);
  }
}

const say = (text: string) => process.stdout.write(`${text}\n`);
