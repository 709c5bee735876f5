import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { clean, cut, inAscii, pad, widthOf, wrap } from '../../src/dashboard/cells.ts';
import { HOSTILE } from './scene-fixture.ts';

describe('clean text', () => {
  test.each(Object.entries(HOSTILE))('%s leaves nothing that a terminal obeys', (_, text) => {
    expect(clean(text)).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]|\p{M}{3}/u);
    expect(clean(text).length).toBeLessThanOrEqual(400);
  });

  test.each([
    ['a flag', '🇩🇪', 'DE'],
    ['a skin tone', '👍🏽', '👍'],
    ['a family of joined emoji', '👩‍👧', '👩👧'],
    ['an emoji variant', '❤️', '❤'],
    ['a keycap', '1️⃣', '1'],
    ['a mark without a letter', '\u0301a', 'a'],
    ['letters with marks', 'e\u0301', 'e\u0301'],
    ['plain text', 'npm test: 2 failed', 'npm test: 2 failed'],
  ])('%s has a width that terminals agree about', (_, text, cleaned) => {
    expect(clean(text)).toBe(cleaned);
  });
});

describe('cells', () => {
  test('Chinese, Japanese and emoji take two each', () => {
    expect(['日本', '🎉', 'é', 'ab'].map(widthOf)).toEqual([4, 2, 1, 2]);
  });

  test('a wide character that would stick out is cut off whole', () => {
    expect(cut('日本語', 6)).toBe('日本語');
    expect(cut('日本語', 5)).toBe('日本…');
    expect(cut('日本語', 4)).toBe('日…');
    expect(pad('日本語', 4)).toBe('日… ');
    expect(cut('日本語', 0)).toBe('');
  });

  test('any text is padded to exactly the cells there are', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 0, max: 60 }), (text, width) => {
        const padded = pad(clean(text), width);
        expect(widthOf(padded)).toBe(width);
        expect(widthOf(inAscii(padded))).toBe(width);
      }),
    );
  });

  test('sentences are broken at spaces, and cut only in the last line', () => {
    expect(wrap('the run has ended', 8, 3)).toEqual(['the run', 'has', 'ended']);
    expect(wrap('the run has ended', 8, 2)).toEqual(['the run', 'has end…']);
    expect(wrap('日本語日本語 ab', 6, 3)).toEqual(['日本…', 'ab']);
    expect(wrap('', 8, 2)).toEqual(['']);
  });

  test('numbers are aligned to the right', () => {
    expect(pad('$1.00', 7, 'right')).toBe('  $1.00');
  });

  test('ASCII terminals get signs of their own, and a question mark for every cell of the rest', () => {
    expect(inAscii('● running · 日本…')).toBe('* running - ????.');
  });
});
