import { safeText } from '../text.ts';

/** HTML that may be put into a page as it is. Made by `html` only. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export type Content = string | number | Markup | readonly Content[];

/**
 * A template of HTML in which every value is text, whatever it looks like: only what another template made is markup. So
 * nothing that an agent or an item says can be more than words.
 */
export function html(parts: TemplateStringsArray, ...values: readonly Content[]): Markup {
  return new Markup(parts.reduce((text, part, i) => `${text}${markupOf(values[i - 1] ?? '')}${part}`));
}

function markupOf(value: Content): string {
  if (value instanceof Markup) return value.text;
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' ? escaped(value) : value.map(markupOf).join('');
}

const NAMED: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  '`': '&#96;',
};

const escaped = (text: string): string =>
  safeText(text, { max: 20_000, lines: true }).replaceAll(/[&<>"'`]/g, (sign) => NAMED[sign] ?? sign);
