import { expect, test } from 'vitest';
import type { Scene } from '../../src/dashboard/scene.ts';
import type { Ui } from '../../src/dashboard/ui.ts';
import { at, DETAIL, ITEMS, lines, NOTES, scene } from './scene-fixture.ts';

process.env.TZ = 'UTC'; // what is shown is local time

const can = () => true;
const machine = { cores: 8, load: 3.14, freeMemory: 5e9, memory: 16e9 };

const shown = (seen: Partial<Scene>, ui: Ui, [columns, rows]: [number, number] = [80, 24]): string => {
  const all = lines(scene({ machine, ...seen }), at(columns, rows, { ui, can, canPause: true }));
  return ['```', ...all.map((line) => line.trimEnd()), '```'].join('\n');
};

const PAGES: [heading: string, words: string, picture: string][] = [
  [
    'The run',
    'What needs you comes first, with the key or the command that deals with it; then numbers, agents and what happened last.',
    shown({}, { view: 'overview', chosen: 'a2' }),
  ],
  [
    'An agent',
    '`enter` on an agent: its conversation as it goes on.',
    shown({ notes: NOTES }, { view: 'agent', chosen: 'a2' }),
  ],
  [
    'The queue',
    '`tab`, with `/` for a filter.',
    shown({ items: ITEMS }, { view: 'queue', chosen: undefined, item: '1kq3v74z' }),
  ],
  [
    'An item',
    '`enter` on an item: what it asks for, and what came of each attempt.',
    shown({ items: ITEMS, item: DETAIL }, { view: 'item', chosen: undefined, item: '1kq3v75z' }),
  ],
  ['The keys', '`?`', shown({}, { view: 'help', chosen: undefined })],
  [
    'A very small window',
    'One line, the most important first.',
    shown({}, { view: 'overview', chosen: undefined }, [40, 5]),
  ],
];

test('docs/screens.md shows what the dashboard shows', async () => {
  const head = [
    '# What the dashboard looks like',
    '',
    '<!-- Generated; `npx vitest run test/dashboard/screens-page.test.ts --update` writes it anew. -->',
    '',
    '`harness dashboard`, in a terminal of 80 columns and 24 rows. Wider ones have one row with more columns for each agent.',
    '',
  ];
  const pages = PAGES.map(([heading, words, picture]) => `## ${heading}\n\n${words}\n\n${picture}\n`);
  await expect([...head, ...pages].join('\n')).toMatchFileSnapshot('../../docs/screens.md');
});
