import { describe, expect, test } from 'vitest';
import { canShow, isAscii, isColourful } from '../../src/dashboard/terminal.ts';

const tty = { isTTY: true };

describe('a dashboard is shown', () => {
  test.each([
    ['on a terminal', { TERM: 'xterm' }, true],
    ['where CI is empty, as some shells leave it', { TERM: 'xterm', CI: '' }, true],
    ['where CI is denied', { TERM: 'xterm', CI: 'false' }, true],
    ['not on a build server', { TERM: 'xterm', CI: 'true' }, false],
    ['not on a build server of another kind', { TERM: 'xterm', CONTINUOUS_INTEGRATION: '1' }, false],
    ['not on a dumb terminal', { TERM: 'dumb' }, false],
  ])('%s', (_, env, shown) => {
    expect(canShow(tty, env, tty)).toBe(shown);
  });

  test('not where one of the streams is no terminal', () => {
    expect(canShow({}, {}, tty)).toBe(false);
    expect(canShow(tty, {}, {})).toBe(false);
  });
});

test('NO_COLOR takes the colours away unless it is empty', () => {
  expect([{}, { NO_COLOR: '' }, { NO_COLOR: '1' }].map(isColourful)).toEqual([true, true, false]);
});

test('ASCII is for locales that say so and for the console', () => {
  expect(isAscii({ LANG: 'C' })).toBe(true);
  expect(isAscii({ LANG: 'en_US.UTF-8', LC_ALL: 'POSIX' })).toBe(true);
  expect(isAscii({ LANG: 'de_DE.utf8' })).toBe(false);
  expect(isAscii({})).toBe(false);
  expect(isAscii({ TERM: 'linux', LANG: 'C.UTF-8' })).toBe(true);
});
