import { filtered } from './items.ts';
import type { ItemView } from './items.ts';
import { span } from './rows.ts';
import type { Row, Span, Tone } from './rows.ts';
import type { Scene } from './scene.ts';
import { table, widest } from './table.ts';
import type { Column } from './table.ts';
import type { Ui } from './ui.ts';

const TONES: Record<ItemView['place'], Tone> = {
  failed: 'bad',
  held: 'warn',
  claimed: 'busy',
  pending: 'plain',
  done: 'good',
};

/** The items that the filter lets through in `height` rows, around the chosen one. */
export function queuePage(
  scene: Scene,
  ui: Ui,
  { columns, height }: { columns: number; height: number },
): Row[] {
  const all = scene.items ?? [];
  const items = filtered(all, ui.filter);
  const room = Math.max(1, height - 3);
  const at = Math.max(
    0,
    items.findIndex(({ id }) => id === ui.item),
  );
  const first = Math.min(Math.max(0, at - Math.floor(room / 2)), Math.max(0, items.length - room));
  const shown = items.slice(first, first + room);
  return [
    headOf(all, items, ui),
    ...(shown.length === 0 ? [] : table(columnsOf(shown, ui), shown, columns)),
    ...(shown.length < items.length
      ? [[span(`   ${first + 1} to ${first + shown.length} of ${items.length}`, 'dim')]]
      : []),
  ];
}

function headOf(all: readonly ItemView[], items: readonly ItemView[], { filter, typing }: Ui): Row {
  if (all.length === 0) return [span(' the queue is empty; harness queue add puts work into it', 'dim')];
  const count =
    items.length === all.length ? `${all.length} items` : `${items.length} of ${all.length} items`;
  const words = filter || typing?.for === 'filter' ? [span('   with '), span(filter || '…', 'strong')] : [];
  return [span(' queue    ', 'dim'), span(count), ...words];
}

function columnsOf(items: readonly ItemView[], { item }: Ui): Column<ItemView>[] {
  const mark = ({ id }: ItemView): Span => span(id === item ? '❯' : ' ', 'busy');
  return [
    { head: '', width: 1, rank: 1, cell: mark },
    {
      head: 'item',
      width: widest(
        items.map(({ id }) => id),
        4,
        20,
      ),
      rank: 1,
      cell: ({ id }) => span(id, id === item ? 'strong' : 'plain'),
    },
    { head: 'place', width: 7, rank: 1, cell: ({ place }) => span(place, TONES[place]) },
    { head: 'title', width: 16, share: 3, rank: 2, cell: ({ title }) => span(title ?? '…') },
    { head: 'why', width: 14, share: 1, rank: 3, cell: (one) => span(whyOf(one), 'dim') },
    { head: 'priority', width: 8, rank: 4, cell: ({ priority }) => span(priority, 'dim') },
    {
      head: 'try',
      width: 3,
      rank: 5,
      align: 'right',
      cell: ({ attempt }) => span(attempt === 0 ? '' : String(attempt), 'dim'),
    },
    { head: 'batch', width: 10, rank: 6, cell: ({ batch }) => span(batch ?? '', 'dim') },
  ];
}

/** Who works on it, or why it is where it is. */
function whyOf({ agent, reason, after = [], place }: ItemView): string {
  if (agent !== undefined) return agent;
  if (place === 'pending' && after.length > 0) return `after ${after.join(', ')}`;
  return reason ?? '';
}
