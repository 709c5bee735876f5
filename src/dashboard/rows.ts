import { clean, cut, inAscii, widthOf } from './cells.ts';

/** What a piece of text means; the component gives each meaning its colour. */
export type Tone = 'plain' | 'dim' | 'strong' | 'good' | 'warn' | 'bad' | 'busy';

export interface Span {
  text: string;
  tone: Tone;
}

/** One line of the screen. */
export type Row = readonly Span[];

export const span = (text: string, tone: Tone = 'plain'): Span => ({ text, tone });
export const EMPTY: Row = [];

/** Spaces between the parts of a row. */
const GAP = span('  ');

/** Puts `between` between the parts, as `join` does for text. */
export function joined(parts: readonly Row[], between: Span = GAP): Row {
  return parts.flatMap((part, i) => (i === 0 ? part : [between, ...part]));
}

const rowWidth = (row: Row): number => row.reduce((sum, { text }) => sum + widthOf(clean(text)), 0);

/** Puts `right` at the right edge if there is room for both, else leaves it away. */
export function spread(left: Row, right: Row, width: number): Row {
  const space = width - rowWidth(left) - rowWidth(right);
  return space < 2 ? left : [...left, span(' '.repeat(space)), ...right];
}

/**
 * The one border to the terminal: every text on the screen goes through here, is cleaned of what terminals obey, and
 * cut so that the row has at most `width` cells.
 */
export function fit(row: Row, width: number, ascii = false): Row {
  const fitted: Span[] = [];
  let left = width;
  for (const { text, tone } of row) {
    const short = cut(clean(text), left);
    if (short === '') continue;
    left -= widthOf(short);
    fitted.push({ text: ascii ? inAscii(short) : short, tone });
  }
  return fitted;
}

/** A row as people see it, without tones. */
export const textOf = (row: Row): string => row.map(({ text }) => text).join('');
