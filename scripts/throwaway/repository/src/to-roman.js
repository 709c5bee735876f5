/** A number from 1 to 3999 in Roman numerals. */
export function toRoman() {
  throw new Error('not written yet');
}
