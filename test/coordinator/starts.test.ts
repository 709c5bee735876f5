import { expect, test } from 'vitest';
import { Starts } from '../../src/coordinator/starts.ts';

test('sessions start one after the other, the first at once', async () => {
  const starts = new Starts(10);
  const began = performance.now();
  const order: number[] = [];
  const waits = await Promise.all(
    [0, 1, 2].map(async (n) => {
      await starts.turn();
      order.push(n);
      return performance.now() - began;
    }),
  );
  expect(order).toEqual([0, 1, 2]);
  expect(waits[2]).toBeGreaterThan(90);
  expect(waits[1]).toBeGreaterThan(45);
});
