const VALUES = {
  M: 1000,
  CM: 900,
  D: 500,
  CD: 400,
  C: 100,
  XC: 90,
  L: 50,
  XL: 40,
  X: 10,
  IX: 9,
  V: 5,
  IV: 4,
  I: 1,
};

/** A number from 1 to 3999 in Roman numerals. */
export function toRoman(number) {
  let rest = number;
  let text = '';
  for (const [numeral, value] of Object.entries(VALUES)) {
    text += numeral.repeat(Math.floor(rest / value));
    rest %= value;
  }
  return text;
}
