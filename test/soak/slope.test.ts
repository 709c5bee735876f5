import { expect, test } from 'vitest';
import { courseOf, FAULTS, itemOf } from '../../src/soak/course.ts';
import { randomNumbers } from '../../src/soak/random.ts';
import { growthOf, slopeOf } from '../../src/soak/slope.ts';
import type { Point } from '../../src/soak/slope.ts';

/** Lives of a process whose heap is noisy and grows by `leak` bytes an event. */
function lives(leak: number, seed: number, { count = 3, seconds = 90 } = {}): Point[] {
  const random = randomNumbers(seed);
  return Array.from({ length: count }, (_, life) => {
    const base = 12e6 + random() * 4e6;
    return Array.from({ length: seconds }, (__, second) => {
      const events = second * 1_000 + Math.floor(random() * 200);
      // Warming up, a saw of a collector, and now and then something large that is there for a moment.
      const warm = 2e6 * (1 - Math.exp(-second / 3));
      const noise = (random() - 0.5) * 400_000 + (random() < 0.05 ? 3e6 : 0);
      return { life: String(life), events, value: base + warm + noise + leak * events };
    });
  }).flat();
}

const heap = { measure: 'heap', unit: 'B', perDay: 32 << 20 };
const DAY = 1_080_000;

test('a heap that does not grow is within its budget, whatever the noise', () => {
  for (let seed = 1; seed <= 20; seed++)
    expect(growthOf(heap, lives(0, seed), DAY)).toMatchObject({ verdict: 'kept' });
});

test('a leak of 100 bytes an event is seen, and its size', () => {
  for (let seed = 1; seed <= 20; seed++) {
    const growth = growthOf(heap, lives(100, seed), DAY);
    expect(growth.verdict).toBe('exceeded');
    expect(growth.slope?.perEvent).toBeGreaterThan(85);
    expect(growth.slope?.perEvent).toBeLessThan(125);
  }
});

test('lives are not compared with each other: a higher one after a lower one is no growth', () => {
  const points = [0, 1, 2].flatMap((life) =>
    Array.from({ length: 60 }, (_, n) => ({ life: String(life), events: n * 100, value: life * 1e6 })),
  );
  expect(slopeOf(points)).toMatchObject({ perEvent: 0, least: 0, most: 0, lives: 3 });
});

test('too few points say nothing, instead of something reassuring', () => {
  expect(growthOf(heap, lives(0, 1, { count: 3, seconds: 40 }), DAY)).toMatchObject({ verdict: 'unknown' });
});

test('the seed decides the course; its faults are ten times those of a day, and none comes in the last part', () => {
  const options = { minutes: 15, seed: 7, agents: 3 };
  const course = courseOf(options);
  expect(courseOf(options)).toEqual(course);
  expect(courseOf({ ...options, seed: 8 })).not.toEqual(course);
  const times = (fault: string) => course.faults.filter((one) => one.fault === fault).length;
  expect(Object.keys(FAULTS).map(times)).toEqual([30, 30, 20, 20, 10, 10, 5, 5, 5, 5, 3]);
  expect(course.faults.at(-1)?.atMs).toBeLessThan(course.faultsEndMs);
  expect(course.faultsEndMs).toBe(15 * 60_000 * 0.85);
  expect(new Set(courseOf({ ...options, minutes: 1 }).faults.map(({ fault }) => fault)).size).toBe(11);
});

test('what an item runs into is in its first attempt only', () => {
  const { body, checks } = itemOf(4, randomNumbers(1), 'agent hangs');
  const [, first = '', second = ''] = body.split('[[attempt:');
  expect(first).toContain('[[hang]]');
  expect(second).not.toContain('hang');
  expect(checks).toEqual(['grep -qx "done 4" items/4.txt']);
});
