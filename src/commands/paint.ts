import { isColourful } from '../dashboard/terminal.ts';
import type { Tone } from '../dashboard/rows.ts';
import type { Row } from '../dashboard/rows.ts';

const CODES: Record<Tone, string> = {
  plain: '',
  dim: '2',
  strong: '1',
  good: '32',
  warn: '33',
  bad: '31',
  busy: '36',
};

/** Colours a text that is safe to print. */
export type Paint = (text: string, tone: Tone) => string;

/** How a stream is painted: with colours on a terminal that wants them, else not at all. */
export function painter(
  stream: { isTTY?: boolean },
  env: Readonly<Record<string, string | undefined>>,
): Paint {
  const wanted = stream.isTTY === true && isColourful(env) && env.TERM !== 'dumb';
  return (text, tone) =>
    wanted && CODES[tone] !== '' && text !== '' ? `\u001b[${CODES[tone]}m${text}\u001b[0m` : text;
}

/** A row that was fitted (so that its texts are clean) as a line. */
export const painted = (row: Row, paint: Paint): string =>
  row
    .map(({ text, tone }) => paint(text, tone))
    .join('')
    .trimEnd();
