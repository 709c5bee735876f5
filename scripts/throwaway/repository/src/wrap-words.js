/** A text as lines of at most `width` characters. */
export function wrapWords(text) {
  return [text];
}
