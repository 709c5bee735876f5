import type { Ui } from './keys.ts';
import { joined, span } from './rows.ts';
import type { Row, Tone } from './rows.ts';

/** What the outside can do for the dashboard; keys for what it cannot are not offered. */
export interface Abilities {
  canPause: boolean;
  /** What ^C does, in a few words. */
  interrupt: string;
}

const key = (name: string, does: string): Row => [span(name, 'busy'), span(` ${does}`, 'dim')];

/** The last row: the answer to the last key, or the keys there are. */
export function footer({ canPause }: Abilities, view: Ui['view'], notice: string | undefined): Row {
  if (notice !== undefined) return [span(` ${notice}`, 'warn')];
  const keys = [
    key('q', 'leave'),
    ...(view === 'overview' ? [key('↑↓', 'choose'), key('enter', 'look closer')] : [key('esc', 'back')]),
    ...(view === 'agent' ? [key('↑↓', 'other agent')] : []),
    ...(canPause ? [key('p', 'pause')] : []),
    key('?', 'help'),
  ];
  return [span(' '), ...joined(keys, span('   '))];
}

const line = (name: string, means: string, tone: Tone = 'busy'): Row => [
  span(`   ${name.padEnd(14)}`, tone),
  span(means),
];

/** What the keys do and the signs mean. */
export function helpRows({ canPause, interrupt }: Abilities): Row[] {
  return [
    [span(' keys', 'dim')],
    line('q', 'leave; the run goes on, harness dashboard shows it again'),
    line('↑ ↓', 'choose an agent'),
    line('enter', 'look closer at the chosen agent'),
    line('esc', 'back'),
    ...(canPause ? [line('p', 'pause or resume: nothing new is started meanwhile')] : []),
    line('^C', interrupt),
    line('^L', 'draw everything anew'),
    [],
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
