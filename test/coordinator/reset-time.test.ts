import { describe, expect, test } from 'vitest';
import { resetIn } from '../../src/coordinator/reset-time.ts';

const NOW = Date.UTC(2026, 10, 21, 12, 0);
const at = (text: string, now = NOW) => {
  const ms = resetIn(text, now);
  return ms === undefined ? undefined : new Date(ms).toISOString().slice(0, 16);
};

describe('L03 the reset that a text names', () => {
  test.each([
    ["You've hit your limit · resets 4pm (UTC)", '2026-11-21T16:00'],
    ["You've hit your 5-hour limit · resets 12:37am (UTC)", '2026-11-22T00:37'],
    ['Your limit resets at 4am (UTC)', '2026-11-22T04:00'],
    ["You've hit your limit · resets 4am (Europe/Berlin)", '2026-11-22T03:00'],
    ["You've hit your limit · resets 3:30pm (Asia/Kolkata)", '2026-11-22T10:00'],
    ["You've hit your weekly limit · resets Nov 28 at 3pm (America/New_York)", '2026-11-28T20:00'],
    ["You've hit your weekly limit · resets Nov 28, 3pm (UTC)", '2026-11-28T15:00'],
    ['limit reached, resets 16:30 (UTC)', '2026-11-21T16:30'],
    ["You've hit your weekly limit · resets Jan 2 at 1am (UTC)", '2027-01-02T01:00'],
  ])('%s', (text, moment) => {
    expect(at(text)).toBe(moment);
  });

  test.each([
    'You have hit your limit',
    'resets 25:00 (UTC)',
    'resets 4am (Nowhere/AtAll)',
    'resets Foo 28 at 3pm (UTC)',
    'resets soon',
    'resets 5 of them',
    '',
  ])('%j names none', (text) => {
    expect(at(text)).toBeUndefined();
  });

  test('is the right one where clocks are set forward and back meanwhile', () => {
    // Europe/Berlin: on 2026-03-29 at 2:00 to 3:00, on 2026-10-25 at 3:00 to 2:00.
    expect(at('resets 4am (Europe/Berlin)', Date.UTC(2026, 2, 28, 22))).toBe('2026-03-29T02:00');
    expect(at('resets 4am (Europe/Berlin)', Date.UTC(2026, 9, 24, 22))).toBe('2026-10-25T03:00');
    expect(at('resets 2:30am (Europe/Berlin)', Date.UTC(2026, 2, 28, 22))).toMatch(/^2026-03-29T0[01]:30$/);
  });
});
