/**
 * Makes text from outside (titles, agents' output) safe to show: escape sequences, control characters,
 * C1 codes, direction overrides and zero-width characters are dropped, line breaks become spaces unless `lines`.
 * Ink passes most of these straight to the terminal, so every text goes through here first.
 */
export function safeText(text: string, { max = 400, lines = false } = {}): string {
  const clean = text
    .slice(0, max * 8)
    // biome-ignore lint: the escape characters are what this removes
    .replaceAll(
      /\u001b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\u0007\u001b\u009c]*(?:\u0007|\u001b\\|\u009c)?|[ -/]*[0-~])/g,
      '',
    )
    .replaceAll(lines ? /\r\n?/g : /[\t\r\n]+/g, lines ? '\n' : ' ')
    .replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g, '')
    .replaceAll(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, '\ufffd');
  return clean.length > max ? `${clean.slice(0, max - 1)}…` : clean;
}
