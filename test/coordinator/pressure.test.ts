import { expect, test } from 'vitest';
import { fullWindow, noted } from '../../src/coordinator/pressure.ts';
import type { Warning } from '../../src/coordinator/pressure.ts';

const NOW = Date.UTC(2026, 10, 21);
const full = (...warnings: Partial<Warning>[]) =>
  fullWindow(
    warnings.reduce(
      (pressure, one) =>
        noted(pressure, { status: 'allowed_warning', window: 'five_hour', resetAtMs: NOW + 1000, ...one }),
      new Map() as ReturnType<typeof noted>,
    ),
    NOW,
  );

test('a window that is nearly used up holds new items back until it resets', () => {
  expect(full({ utilization: 0.91 })).toEqual({ window: 'five_hour', untilMs: NOW + 1000, percent: 91 });
  expect(full({ utilization: 0.89 })).toBeUndefined();
  expect(full({ utilization: 0.91, resetAtMs: NOW })).toBeUndefined();
  expect(full({ utilization: 0.91, resetAtMs: undefined })).toBeUndefined();
});

test('the little that is left of a long window is used', () => {
  expect(full({ window: 'seven_day', utilization: 0.91 })).toBeUndefined();
  expect(full({ window: 'seven_day', utilization: 0.98 })).toMatchObject({ window: 'seven_day' });
});

test('the newest word on a window counts, and a warning without a number is taken at its word', () => {
  expect(full({ utilization: 0.95 }, { utilization: 0.1, status: 'allowed' })).toBeUndefined();
  expect(full({ utilization: 0.95 }, { window: 'seven_day', utilization: 0.1 })).toMatchObject({
    percent: 95,
  });
  expect(full({})).toEqual({ window: 'five_hour', untilMs: NOW + 1000 });
  expect(full({ status: 'allowed' })).toBeUndefined();
});
