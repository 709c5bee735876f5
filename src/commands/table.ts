/** Characters that fill two cells of a terminal: East Asian wide and full-width ones, emoji. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1b000}-\u{1b2ff}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u;
const segments = new Intl.Segmenter();

/** How many cells of a terminal a safe text fills. */
export function cellsOf(text: string): number {
  if (/^[\x20-\x7e]*$/.test(text)) return text.length;
  return [...segments.segment(text)].reduce((sum, { segment }) => sum + cellsOfSegment(segment), 0);
}

const cellsOfSegment = (segment: string) => (WIDE.test(segment) || segment.includes('\ufe0f') ? 2 : 1);

/** The text cut to at most so many cells, with an ellipsis if something is missing. */
export function cutTo(text: string, cells: number): string {
  if (cellsOf(text) <= cells) return text;
  let cut = '';
  let left = cells - 1;
  for (const { segment } of segments.segment(text)) {
    left -= cellsOfSegment(segment);
    if (left < 0) break;
    cut += segment;
  }
  return cells > 0 ? `${cut}…` : '';
}

/**
 * Rows as lines of aligned columns, no wider than `cells` (no limit if undefined). The last column gives way first;
 * all texts must be safe to print.
 */
export function tableLines(rows: readonly (readonly string[])[], cells?: number): string[] {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, at) =>
    rows.reduce((most, row) => Math.max(most, cellsOf(row[at] ?? '')), 0),
  );
  return rows.map((row) => {
    const padded = row.map((text, at) =>
      at === columns - 1 ? text : text + ' '.repeat((widths[at] ?? 0) - cellsOf(text)),
    );
    const line = padded.join('  ').trimEnd();
    return cells === undefined ? line : cutTo(line, cells);
  });
}

/** How wide the terminal is; undefined where the output goes elsewhere. */
export const terminalCells = (): number | undefined =>
  process.stdout.isTTY ? process.stdout.columns : undefined;
