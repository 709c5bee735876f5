/** Lower-case Crockford base32: no letter that reads like a digit, safe in file names and refs. */
export const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

/** A number in base32, padded so that text order is number order; what does not fit in `width` is cut off at the front. */
export function base32(value: number, width: number): string {
  let text = '';
  for (let rest = Math.floor(value), i = 0; i < width; i++, rest = Math.floor(rest / 32)) {
    text = ALPHABET[rest % 32] + text;
  }
  return text;
}

/** The number that a base32 text stands for; NaN if it has a character outside the alphabet. */
export function fromBase32(text: string): number {
  let value = 0;
  for (const character of text) {
    const digit = ALPHABET.indexOf(character);
    value = value * 32 + (digit < 0 ? Number.NaN : digit);
  }
  return value;
}
