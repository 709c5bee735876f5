import { widthOf } from './cells.ts';
import { joined, span } from './rows.ts';
import type { Row, Tone } from './rows.ts';
import type { Ability, Typing, Ui } from './ui.ts';

/** What the outside can do for the dashboard; keys for what it cannot are not offered. */
export interface Abilities {
  canPause: boolean;
  /** What ^C does, in a few words. */
  interrupt: string;
  can: (what: Ability) => boolean;
}

const key = (name: string, does: string): Row => [span(name, 'busy'), span(` ${does}`, 'dim')];

/** The last row: a line that is typed, a question, the answer to the last key, or the keys there are. */
export function footer(abilities: Abilities, ui: Ui, notice: string | undefined, columns: number): Row {
  if (ui.typing) return typingRow(ui.typing, columns);
  if (ui.sure)
    return [span(` ${ui.sure.does}? `, 'warn'), ...key(ui.sure.key, 'again does it, any other key does not')];
  if (notice !== undefined) return [span(` ${notice}`, 'warn')];
  return [span(' '), ...joined(keysOf(abilities, ui), span('   '))];
}

/** The keys of a page, those that help on first: a narrow window cuts the others off. */
function keysOf({ canPause, can }: Abilities, { view, chosen }: Ui): Row[] {
  const agent = view === 'agent' || (view === 'overview' && chosen !== undefined);
  const item = view === 'queue' || view === 'item';
  return [
    key('q', 'leave'),
    ...(view === 'overview' ? [] : [key('esc', 'back')]),
    ...(view === 'help' || view === 'item' ? [] : [key('↑↓', 'choose'), key('enter', 'open')]),
    ...(view === 'overview' ? [key('tab', 'queue')] : []),
    ...(view === 'queue' ? [key('/', 'filter')] : []),
    ...(agent && can('nudge') ? [key('n', 'nudge')] : []),
    ...(agent && can('interrupt') ? [key('i', 'interrupt')] : []),
    ...(item && can('answer') ? [key('y', 'answer')] : []),
    ...(item && can('retry') ? [key('r', 'retry')] : []),
    ...(item && can('hold') ? [key('h', 'hold')] : []),
    ...((item || agent) && can('cancel') ? [key('x', 'cancel')] : []),
    ...(agent && can('attach') ? [key('a', 'attach')] : []),
    ...(canPause ? [key('p', agent && can('pause-agent') ? `pause ${chosen}` : 'pause')] : []),
    ...(view === 'overview' && can('scale') ? [key('+ -', 'scale')] : []),
    key('?', 'help'),
  ];
}

const ASKS: Record<Typing['for'], (about: string) => string> = {
  filter: () => 'only items with',
  answer: (item) => `answer ${item}`,
  nudge: (agent) => `tell ${agent}`,
  interrupt: (agent) => `interrupt ${agent}; it goes on with`,
};

/** The end of what is typed stays in sight. */
function typingRow({ for: what, about, text }: Typing, columns: number): Row {
  const asks = ` ${ASKS[what](about)}: `;
  let end = text;
  while (end !== '' && widthOf(asks) + widthOf(end) + 2 > columns) end = end.slice(1).trimStart();
  return [span(asks, 'busy'), span(end), span('█', 'dim')];
}

const line = (name: string, means: string, tone: Tone = 'busy'): Row => [
  span(`   ${name.padEnd(14)}`, tone),
  span(means),
];

/** What the keys do and the signs mean. */
export function helpRows({ canPause, interrupt, can }: Abilities): Row[] {
  return [
    [span(' keys', 'dim')],
    line('q', 'leave; the run goes on, harness dashboard shows it again'),
    line('↑ ↓ enter', 'choose an agent or an item, look closer at it'),
    line('esc tab /', 'back; the queue; only items with certain words'),
    ...(can('nudge') ? [line('n', 'tell the agent something while it works')] : []),
    ...(can('interrupt') ? [line('i', 'cut off what the agent does; it goes on another way')] : []),
    ...(can('answer') ? [line('y', 'answer what an agent asks; shows the questions first')] : []),
    ...(can('hold') ? [line('h', 'hold the item, or release a held one')] : []),
    ...(can('retry') ? [line('r x', 'retry a failed item; give one up')] : []),
    ...(canPause ? [line('p', 'pause the run or the chosen agent: nothing new is started; or resume')] : []),
    ...(can('attach') ? [line('a', "the agent's conversation in this terminal; it waits meanwhile")] : []),
    ...(can('scale') ? [line('+ -', 'one agent more, one less; who is one too many finishes first')] : []),
    line('^C', interrupt),
    line('^L', 'draw everything anew'),
    [span(' agents', 'dim')],
    line('● phase', 'works on an item'),
    line('○ free', 'has nothing to do', 'dim'),
    line('◐ waiting', 'is started again in a moment', 'warn'),
    line('■ parked', 'is not started again until a person looks at it', 'bad'),
    line('live 2s', 'its session was seen alive, and last said something 2 s ago', 'plain'),
    line('unverifiable', 'nothing says whether its session lives', 'warn'),
    line('lease 3s', 'its lease of the item was renewed 3 s ago', 'plain'),
    line('#2', 'the second attempt at the item', 'plain'),
  ];
}
