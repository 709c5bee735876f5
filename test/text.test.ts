import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { safeText } from '../src/text.ts';

test.each([
  ['a clipboard write', '\u001b]52;c;ZXZpbA==\u0007ok'],
  ['a window title', '\u001b]0;evil\u001b\\ok'],
  ['a link', '\u001b]8;;http://evil\u0007ok\u001b]8;;\u0007'],
  ['colours and cursor moves', '\u001b[2J\u001b[31mo\u001b[1;1Hk'],
  ['a device control string', '\u001bP+q544e\u001b\\ok'],
  ['bells, backspaces and returns', 'o\u0007\u0008k'],
  ['single C1 codes', 'o\u0085k\u0090'],
  ['the rest of what a C1 code introduces', '\u009b2Jo\u009b31mk'],
  ['a title set by C1 codes', '\u009d0;evil\u009cok'],
  ['the mark of Arabic letters', '\u061cok'],
  ['language tags', 'o\u{e0041}\u{e007f}k'],
  ['direction overrides and zero widths', '\u202eo\u200b\u2066k\ufeff'],
])('%s does not get through', (_name, text) => {
  expect(safeText(text)).toBe('ok');
});

test('line breaks become spaces, unless lines are wanted', () => {
  expect(safeText('a\r\nb\tc')).toBe('a b c');
  expect(safeText('a\r\nb\n\tc', { lines: true })).toBe('a\nb\n\tc');
});

test('long text is cut, emoji and CJK are kept', () => {
  expect(safeText('x'.repeat(50), { max: 10 })).toBe(`${'x'.repeat(9)}…`);
  expect(safeText('漢字 🚀')).toBe('漢字 🚀');
});

test('whatever comes in, no control character comes out', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.boolean(), (text, lines) => {
      const safe = safeText(text, { lines });
      expect(safe).not.toMatch(
        lines ? /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202e]/ : /[\u0000-\u001f\u007f-\u009f\u202e]/,
      );
      expect(safe.length).toBeLessThanOrEqual(400);
    }),
  );
});
