/** Escape sequences, introduced by ESC or by the one character that C1 has for each: CSI ends with a letter, strings with ST or BEL. */
// biome-ignore lint: the escape characters are what this removes
const SEQUENCES =
  /(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]|(?:\u001b[\]PX^_]|[\u0090\u0098\u009d-\u009f])[^\u0007\u001b\u009c]*(?:\u0007|\u001b\\|\u009c)?|\u001b[ -/]*[0-~]/g;

/** Control characters; what overrides or isolates directions; what has no width: invisible joiners, fillers, tags. */
const UNSEEN =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu;

/**
 * Makes text from outside (titles, agents' output) safe to show: escape sequences, control characters,
 * C1 codes, direction overrides and zero-width characters are dropped, line breaks become spaces unless `lines`.
 * Ink passes most of these straight to the terminal, so every text goes through here first.
 */
export function safeText(text: string, { max = 400, lines = false } = {}): string {
  const clean = text
    .slice(0, max * 8)
    .replaceAll(SEQUENCES, '')
    .replaceAll(lines ? /\r\n?/g : /[\t\r\n]+/g, lines ? '\n' : ' ')
    .replaceAll(UNSEEN, '')
    .replaceAll(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, '\ufffd');
  return clean.length > max ? `${clean.slice(0, max - 1)}…` : clean;
}
