import { html } from './markup.ts';
import type { Markup } from './markup.ts';

interface Bars {
  /** What is shown, for those who cannot see it. */
  label: string;
  values: readonly number[];
  /** What a bar means, in words, when it is pointed at. */
  word: (value: number, at: number) => string;
  /** The highest value in words. */
  most: string;
  /** Below the left and the right end. */
  from: string;
  to: string;
  tone: 'good' | 'busy';
}

const WIDTH = 720;
const HEIGHT = 150;
const TOP = 16;
const BOTTOM = 20;

const fixed = (value: number): string => value.toFixed(1);

/** Bars over time as an SVG of its own. */
export function barChart({ label, values, word, most, from, to, tone }: Bars): Markup {
  const highest = Math.max(...values, 0);
  const room = HEIGHT - TOP - BOTTOM;
  const step = WIDTH / Math.max(1, values.length);
  const base = HEIGHT - BOTTOM;
  const bars = values.map((value, at) => {
    const high = highest === 0 ? 0 : (value / highest) * room;
    const width = Math.max(1, Math.min(step - 2, 36));
    const x = fixed(at * step + (step - width) / 2);
    // The whole column can be pointed at, also where the bar is low.
    return html`<g><title>${word(value, at)}</title><rect x="${fixed(at * step)}" y="${TOP}" width="${fixed(step)}" height="${room}" class="column"/><rect x="${x}" y="${fixed(base - high)}" width="${fixed(width)}" height="${fixed(high)}" rx="2" class="${tone}"/></g>`;
  });
  return html`<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${label}"><line x1="0" y1="${TOP}" x2="${WIDTH}" y2="${TOP}" class="grid"/><line x1="0" y1="${base}" x2="${WIDTH}" y2="${base}" class="axis"/>${bars}<text x="0" y="${TOP - 5}">${most}</text><text x="0" y="${HEIGHT - 5}">${from}</text><text x="${WIDTH}" y="${HEIGHT - 5}" text-anchor="end">${to}</text></svg>`;
}

/** A bar in a row of a table, `share` (from 0 to 1) of its width. */
export const shareBar = (share: number): Markup =>
  html`<svg viewBox="0 0 100 8" class="share" preserveAspectRatio="none" aria-hidden="true"><rect width="${fixed(100 * Math.min(1, Math.max(0, share)))}" height="8" rx="2" class="busy"/></svg>`;
