import stringWidth from 'string-width';
import { safeText } from '../text.ts';

/**
 * Text as terminal cells. Widths are those of string-width, which Ink lays out with; what terminals disagree about
 * (emoji made of several characters, invisible ones) is made simple first, so that columns stay where they are.
 */

/** Invisible characters, emoji variants and skin tones: terminals give them no cell, one, or two. */
const UNSTEADY = /[\p{Default_Ignorable_Code_Point}\p{Cf}\p{Me}\p{Emoji_Modifier}]/gv;
/** More than two marks on a letter smear over the lines above and below. */
const SMEAR = /(\p{Mn}{2})\p{Mn}+/gu;
const FLAG_LETTER = /[\u{1f1e6}-\u{1f1ff}]/gu;
const flagLetter = (mark: string) => String.fromCodePoint((mark.codePointAt(0) ?? 0) - 0x1f1e6 + 65);

/** Text from outside as one line that is safe to print and of a width that terminals agree about. */
export function clean(text: string): string {
  if (/^[\u0020-\u007e]{0,400}$/.test(text)) return text;
  return safeText(text)
    .replaceAll(FLAG_LETTER, flagLetter)
    .replaceAll(UNSTEADY, '')
    .replaceAll(SMEAR, '$1')
    .replace(/^\p{M}+/u, '');
}

/** The cells that a clean text takes. */
export const widthOf = (text: string): number => stringWidth(text);

const graphemes = new Intl.Segmenter();

/** A text of at most `width` cells; what was cut off is shown by an ellipsis. */
export function cut(text: string, width: number): string {
  if (width <= 0) return '';
  if (widthOf(text) <= width) return text;
  let kept = '';
  let used = 0;
  for (const { segment } of graphemes.segment(text)) {
    used += widthOf(segment);
    if (used > width - 1) break;
    kept += segment;
  }
  return `${kept.trimEnd()}…`;
}

/** A clean text in lines of at most `width` cells, broken at spaces; what does not fit into `most` lines is cut off. */
export function wrap(text: string, width: number, most: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    const fits = widthOf(longer) <= width;
    if (fits || line === '' || lines.length === most - 1) {
      line = longer;
      continue;
    }
    lines.push(cut(line, width));
    line = word;
  }
  return [...lines, cut(line, width)];
}

/** A text of exactly `width` cells: cut, or filled up with spaces. */
export function pad(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  const short = cut(text, width);
  const space = ' '.repeat(Math.max(0, width - widthOf(short)));
  return align === 'left' ? short + space : space + short;
}

/** What terminals without Unicode get instead of the dashboard's own signs. */
const ASCII: Record<string, string> = {
  '●': '*',
  '○': 'o',
  '◐': '~',
  '■': '#',
  '❯': '>',
  '…': '.',
  '█': '_',
  '│': '|',
  '·': '-',
  '–': '-',
  '↑': '^',
  '↓': 'v',
};

/** The same text in ASCII, cell by cell; characters it does not have become question marks. */
export function inAscii(text: string): string {
  return text.replaceAll(/[^\u0020-\u007e]/gu, (sign) => ASCII[sign] ?? '?'.repeat(widthOf(sign)));
}
