import { money } from '../words.ts';
import { clean, wrap } from './cells.ts';
import { happeningRows } from './happenings.ts';
import type { AttemptView, ItemDetail, ItemView } from './items.ts';
import { EMPTY, joined, span } from './rows.ts';
import type { Row } from './rows.ts';
import type { Scene } from './scene.ts';

const LABEL = 10;
const line = (label: string, ...parts: Row[]): Row => [
  span(` ${label}`.padEnd(LABEL), 'dim'),
  ...joined(parts, span('   ')),
];

const BODY_ROWS = 4;
const FINDING_ROWS = 6;

/** One item looked at closely: what it asks for, what came of each attempt, what happened to it last. */
export function itemPage(
  scene: Scene,
  id: string,
  { columns, height }: { columns: number; height: number },
): Row[] {
  const item = scene.items?.find((one) => one.id === id);
  if (!item) return [[span(` there is no item ${id} any more`, 'dim')]];
  const detail = scene.item?.id === id ? scene.item : undefined;
  const landing = scene.snapshot?.landing === id;
  const head: Row[] = [
    line('item', [span(item.id, 'strong')], [span(item.title ?? '')]),
    line('place', [span(placeOf(item, landing))], [span(item.priority, 'dim')]),
    ...(detail ? bodyRows(detail, columns) : []),
    ...(detail?.checks ?? []).map((check) => line('check', [span(check)])),
    ...(detail?.attempts ?? []).flatMap((one) => attemptRows(one, columns)),
    EMPTY,
  ];
  const events = scene.events.filter((event) => 'item' in event && event.item === id);
  return [...head, ...happeningRows(events, Math.max(0, height - head.length))];
}

const placeOf = ({ place, reason, agent }: ItemView, landing: boolean): string =>
  landing ? 'landing now' : [place, agent ?? (reason && `(${reason})`)].filter(Boolean).join(' ');

function bodyRows({ body }: ItemDetail, columns: number): Row[] {
  const text = clean(body.slice(0, 4_000));
  if (text.trim() === '') return [];
  return wrap(text, columns - LABEL - 1, BODY_ROWS).map((part, i) =>
    line(i === 0 ? 'body' : '', [span(part)]),
  );
}

function attemptRows(one: AttemptView, columns: number): Row[] {
  const { attempt, agent, branch, outcome, reason, finding, landed, rescued, costUsd = 0 } = one;
  const bad = outcome === 'failed';
  const end = (finding ?? '').trim().split('\n').slice(-FINDING_ROWS);
  return [
    line(
      `try ${attempt}`,
      [span([outcome ?? 'under way', reason].filter(Boolean).join(': '), bad ? 'bad' : 'plain')],
      [span(agent, 'dim')],
      [span(landed === undefined ? branch : landed.slice(0, 10), 'dim')],
      ...(costUsd > 0 ? [[span(money(costUsd))]] : []),
      ...(rescued === undefined ? [] : [[span(rescued, 'warn')]]),
    ),
    ...(outcome === 'landed' ? [] : end)
      .filter((text) => text.trim() !== '')
      .map((text): Row => [span(' '.repeat(LABEL)), span('│ ', 'dim'), span(text.slice(0, columns * 4))]),
  ];
}
