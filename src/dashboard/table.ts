import { clean, pad, widthOf } from './cells.ts';
import { span } from './rows.ts';
import type { Row, Span } from './rows.ts';

export interface Column<T> {
  head: string;
  /** Cells. A column with a `share` gets at least this, and its part of what is left over. */
  width: number;
  share?: number;
  /** Columns of the highest rank are left away first where it gets narrow. */
  rank: number;
  align?: 'left' | 'right';
  cell(one: T): Span;
}

const BETWEEN = 2;

/** The width that fits the texts of a column, within limits. */
export function widest(texts: readonly string[], least: number, most: number): number {
  return Math.min(most, Math.max(least, ...texts.map((text) => widthOf(clean(text)))));
}

const taken = (columns: readonly { width: number }[]): number =>
  columns.reduce((sum, { width }) => sum + width, 0) + BETWEEN * Math.max(0, columns.length - 1);

/** The columns that fit into `width` cells, with their final widths; the last resort is the first rank, cut. */
function fitting<T>(columns: readonly Column<T>[], width: number): Column<T>[] {
  let kept = [...columns];
  while (kept.length > 1 && taken(kept) > width) {
    const worst = Math.max(...kept.map(({ rank }) => rank));
    kept = kept.filter(({ rank }) => rank !== worst);
  }
  const shares = kept.reduce((sum, { share = 0 }) => sum + share, 0);
  const spare = Math.max(0, width - taken(kept));
  return kept.map((column) => {
    const more = shares === 0 ? 0 : Math.floor((spare * (column.share ?? 0)) / shares);
    return { ...column, width: column.width + more };
  });
}

/** A heading and one row for each of `items`, aligned, at most `width` cells wide. */
export function table<T>(columns: readonly Column<T>[], items: readonly T[], width: number): Row[] {
  const shown = fitting(columns, width);
  const line = (cell: (column: Column<T>) => Span): Row =>
    shown.map((column, i) => {
      const { text, tone } = cell(column);
      const end = i === shown.length - 1 ? '' : ' '.repeat(BETWEEN);
      return span(pad(clean(text), column.width, column.align) + end, tone);
    });
  return [line(({ head }) => span(head, 'dim')), ...items.map((item) => line((column) => column.cell(item)))];
}
