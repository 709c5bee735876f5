import { expect, test } from 'vitest';
import { dayOf, forecast, forecastText, nextDayMs, paceOf, usedUp } from '../../src/coordinator/budget.ts';

const HOUR = 3_600_000;
const at = (hour: number, minute = 0) => new Date(2026, 10, 21, hour, minute).getTime();
const none = Number.POSITIVE_INFINITY;

test('a day is one of the local calendar, and the next one begins at its midnight', () => {
  expect(dayOf(at(23, 59))).toBe('2026-11-21');
  expect(dayOf(nextDayMs(at(23, 59)))).toBe('2026-11-22');
  expect(nextDayMs(at(0))).toBe(new Date(2026, 10, 22).getTime());
});

test('the pace is that of the last hour, and of no shorter time than ten minutes', () => {
  const payments = [
    { atMs: at(1), usd: 50 },
    { atMs: at(11, 30), usd: 2 },
    { atMs: at(11, 59), usd: 1 },
  ];
  expect(paceOf(payments, at(12), at(0))).toBe(3);
  expect(paceOf([{ atMs: at(12), usd: 1 }], at(12), at(12))).toBeCloseTo(6);
  expect(paceOf(payments, at(12), at(11, 30))).toBeCloseTo(2);
});

test("the forecast names the budget that ends first; the day's only if it ends before the day", () => {
  const ask = (budgets: { run: number; day: number }, nowMs = at(1)) =>
    forecast({ item: 10, ...budgets }, { run: 1, day: 4 }, { usdPerHour: 2, nowMs });
  expect(ask({ run: none, day: 20 })).toEqual({ of: 'day', atMs: at(9) });
  expect(ask({ run: 5, day: 20 })).toEqual({ of: 'run', atMs: at(3) });
  expect(ask({ run: none, day: 20 }, at(20))).toBeUndefined();
  expect(ask({ run: none, day: none })).toBeUndefined();
  expect(ask({ run: 1, day: none })).toEqual({ of: 'run', atMs: at(1) });
});

test('a forecast says at this pace the budget ends at a time of the local day', () => {
  expect(forecastText(1.2, { of: 'day', atMs: at(3, 10) })).toBe(
    "at this pace (1.20 USD an hour) the day's budget ends at 03:10",
  );
  expect(forecastText(1.2)).toBe('1.20 USD an hour');
  expect(
    forecast({ item: 1, run: none, day: 8.1 }, { run: 0, day: 0 }, { usdPerHour: 0, nowMs: HOUR }),
  ).toBeUndefined();
});

test('a budget is used up when it is reached, and says whose, how much, and what raises it', () => {
  const budgets = { item: 10, run: none, day: 20 };
  expect(usedUp('item', budgets, 9.99)).toBeUndefined();
  expect(usedUp('item', budgets, 10)).toMatch(
    /the item's budget of 10.00 USD .*10.00 USD spent.*budget.item/,
  );
  expect(usedUp('run', budgets, 1e9)).toBeUndefined();
});
