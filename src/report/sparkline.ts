const BLOCKS = '▁▂▃▄▅▆▇█';
const ASCII = '_.-~=+*#';

/**
 * Numbers as one character each, as high as they are large; nothing is a space, so that a quiet hour looks like one. Where
 * there are more than `width`, neighbours are added together.
 */
export function sparkline(values: readonly number[], { width = 48, ascii = false } = {}): string {
  const each = Math.max(1, Math.ceil(values.length / width));
  const sums = Array.from({ length: Math.ceil(values.length / each) }, (_, i) =>
    values.slice(i * each, (i + 1) * each).reduce((sum, value) => sum + value, 0),
  );
  const most = Math.max(0, ...sums);
  const signs = ascii ? ASCII : BLOCKS;
  return sums
    .map((sum) => (sum <= 0 ? ' ' : (signs[Math.min(7, Math.ceil((8 * sum) / most) - 1)] ?? ' ')))
    .join('');
}
