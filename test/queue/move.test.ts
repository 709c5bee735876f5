import { describe, expect, test } from 'vitest';
import { isLease, moving, taking } from '../../src/queue/move.ts';
import type { Change } from '../../src/queue/move.ts';
import { toEnd } from '../../src/queue/steps.ts';
import { filesOf, groundOf, itemOf, newQueue, recording } from './ground.ts';

const holder = { agent: 'a1', run: 'r1', attempt: 1 };

test('taking touches before it renames, and waits for no disk', () => {
  const queue = newQueue();
  queue.add(itemOf('a'));
  const ground = groundOf(queue);
  const { calls, recorder } = recording(ground.disk);
  toEnd(taking({ ...ground, disk: recorder }, queue.find('a'), holder, 0));
  expect(calls).toEqual(['touch pending', 'rename pending']);
});

describe('a move out of claimed', () => {
  test.each<Change>([
    { to: 'done', reason: 'landed' },
    { to: 'failed', reason: 'check', charged: true },
    { to: 'held', reason: 'question' },
    { to: 'pending', reason: 'limit', notBeforeMs: 5000 },
  ])('to $to is on the disk, the new name before the loss of the old, when it is acknowledged', (change) => {
    const queue = newQueue();
    queue.add(itemOf('a'));
    const ground = groundOf(queue);
    const lease = toEnd(taking(ground, queue.find('a'), holder, 0));
    const { calls, recorder } = recording(ground.disk);
    expect(lease && toEnd(moving({ ...ground, disk: recorder }, lease, change))).toMatchObject({
      place: change.to,
    });
    expect(calls).toEqual(['rename claimed', `sync ${change.to}`, 'sync claimed']);
    expect(filesOf(queue)).toHaveLength(1);
    calls.length = 0;
    expect(lease && toEnd(moving({ ...ground, disk: recorder }, lease, change))).toBeUndefined();
    expect(calls).toEqual(['rename claimed']);
  });
});

test('only what is claimed is a lease', () => {
  const queue = newQueue();
  queue.add(itemOf('a'));
  expect(isLease(queue.find('a'))).toBe(false);
  queue.claim(queue.find('a'), holder);
  expect(isLease(queue.find('a'))).toBe(true);
});
