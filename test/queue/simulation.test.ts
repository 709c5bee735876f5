import { expect, test } from 'vitest';
import type { Flaws } from './sim/model-disk.ts';
import type { Habits } from './sim/people.ts';
import { simulate, simulateMany } from './sim/simulate.ts';

/** `npm run test:long` does more of them, from another seed each time. */
const SCHEDULES = Number(process.env.HARNESS_SCHEDULES ?? 2_000);
const SEED = Number(process.env.HARNESS_SEED ?? 1);

test(`Q13: ${SCHEDULES} schedules with power cuts, kills, pauses and clocks that jump lose, double and make up nothing (seed ${SEED})`, {
  timeout: 60_000 + SCHEDULES * 60,
}, () => {
  const tally = simulateMany(SEED, SCHEDULES);
  console.log(tally);
  // Otherwise nothing was tried.
  expect(tally.cuts).toBeGreaterThan(SCHEDULES / 2);
  expect(tally.kills).toBeGreaterThan(SCHEDULES);
  expect(tally.pauses).toBeGreaterThan(SCHEDULES);
  expect(tally.completed).toBeGreaterThan(SCHEDULES);
});

test('a seed determines its schedule', () => {
  expect(simulate(7)).toEqual(simulate(7));
  expect(simulate(7)).not.toEqual(simulate(8));
});

const planted: [string, Flaws & Habits, RegExp][] = [
  [
    'an fsync of files that does nothing',
    { filesNotSynced: true },
    /was acknowledged and is lost|definition/,
  ],
  ['an fsync of folders that does nothing', { foldersNotSynced: true }, /was acknowledged and is lost/],
  [
    'a completion that checks its lease and then acts',
    { checksThenActs: true },
    /is in 2 places|completed by/,
  ],
  ['an attempt number that is used again', { reusesNumbers: true }, /attempt .* is used by/],
];

test.each(planted)('the simulator catches %s', (_, wrong, violation) => {
  expect(() => simulateMany(1, 500, wrong)).toThrow(violation);
});
