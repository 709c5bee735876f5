import { describe, expect, test } from 'vitest';
import { lay } from '../../src/queue/hands.ts';
import type { Hand } from '../../src/queue/hands.ts';
import type { Queue } from '../../src/queue/queue.ts';
import { filesOf, itemOf, newQueue } from './ground.ts';

const holder = { agent: 'a1', run: 'r1' };
const NOTBEFORE = '2030-01-01T00:00:00.000Z';

/** Does it to an item by its id and says what its file is called then. */
function does(queue: Queue, hand: Hand, id = 'a'): string[] {
  expect(lay(queue, queue.find(id), hand)).toEqual(queue.find(id));
  return filesOf(queue);
}

function failed(queue: Queue): void {
  queue.add(itemOf('a'));
  const lease = queue.claim(queue.find('a'), holder);
  expect(lease && queue.fail(lease, 'check-failed', { charged: true })).toBe(true);
}

test('an item is held with a reason and released', () => {
  const queue = newQueue();
  queue.add(itemOf('a'));
  expect(does(queue, { verb: 'hold', reason: 'Not Yet!' })).toEqual(['held/2-1nmkmg0~a~0.0~not-yet']);
  expect(does(queue, { verb: 'release' })).toEqual(['pending/2-1nmkmg0~a~0.0']);
});

test('a released item still waits for the moment that it was added with', () => {
  const queue = newQueue();
  queue.add(itemOf('a', { notBefore: NOTBEFORE }));
  does(queue, { verb: 'hold' });
  does(queue, { verb: 'release' });
  expect(queue.find('a')).toMatchObject({ reason: 'scheduled', notBeforeMs: Date.parse(NOTBEFORE) });
});

test('a cancelled item has failed with that reason, and can be taken up again', () => {
  const queue = newQueue();
  queue.add(itemOf('a'));
  expect(does(queue, { verb: 'cancel' })).toEqual(['failed/2-1nmkmg0~a~0.0~cancelled']);
  expect(does(queue, { verb: 'retry' })).toEqual(['pending/2-1nmkmg0~a~0.0~retried~0000000']);
});

test('a retried item has a fresh budget, and its attempt numbers go on', () => {
  const queue = newQueue();
  failed(queue);
  expect(does(queue, { verb: 'retry' })).toEqual(['pending/2-1nmkmg0~a~1.0~retried~0000000']);
  expect(queue.claim(queue.find('a'), holder)?.attempt).toBe(2);
});

test('another priority changes nothing else', () => {
  const queue = newQueue();
  queue.add(itemOf('a', { notBefore: NOTBEFORE }));
  const before = queue.find('a');
  does(queue, { verb: 'priority', priority: 'urgent' });
  const { file: _file, ...rest } = before;
  expect(queue.find('a')).toMatchObject({ ...rest, priority: 'urgent' });
});

describe('what is already as wanted stays as it is', () => {
  test.each<[Hand, string]>([
    [{ verb: 'release' }, 'pending/2-1nmkmg0~a~0.0'],
    [{ verb: 'priority', priority: 'normal' }, 'pending/2-1nmkmg0~a~0.0'],
  ])('%j', (hand, file) => {
    const queue = newQueue();
    queue.add(itemOf('a'));
    expect(does(queue, hand)).toEqual([file]);
  });
  test('held and cancelled ones', () => {
    const queue = newQueue();
    queue.add(itemOf('a'));
    does(queue, { verb: 'hold', reason: 'first' });
    expect(does(queue, { verb: 'hold', reason: 'second' })).toEqual(['held/2-1nmkmg0~a~0.0~first']);
    does(queue, { verb: 'cancel' });
    expect(does(queue, { verb: 'cancel' })).toEqual(['failed/2-1nmkmg0~a~0.0~cancelled']);
  });
});

describe('what does not fit the place of an item is refused', () => {
  test.each<[Hand['verb'], string]>([
    ['release', 'release takes held ones'],
    ['hold', 'hold takes pending or claimed ones'],
    ['cancel', 'cancel takes pending or held or claimed ones'],
  ])('%s of a failed one', (verb, message) => {
    const queue = newQueue();
    failed(queue);
    expect(() => lay(queue, queue.find('a'), { verb } as Hand)).toThrow(message);
    expect(() => lay(queue, queue.find('a'), { verb } as Hand)).toThrow(
      expect.objectContaining({ trouble: 'usage' }),
    );
  });
  test('retry of one that has not failed', () => {
    const queue = newQueue();
    queue.add(itemOf('a'));
    expect(() => lay(queue, queue.find('a'), { verb: 'retry' })).toThrow(
      'item a is pending; retry takes failed',
    );
  });
});

test('whoever is second finds the item gone', () => {
  const queue = newQueue();
  queue.add(itemOf('a'));
  const seen = queue.find('a');
  expect(queue.claim(seen, holder)).toBeDefined();
  for (const verb of ['hold', 'cancel'] as const) expect(lay(queue, seen, { verb })).toBeUndefined();
  expect(lay(queue, seen, { verb: 'priority', priority: 'low' })).toBeUndefined();
  expect(filesOf(queue)).toEqual(['claimed/2-1nmkmg0~a~1.0~a1~r1']);
});

test('a lease that a person takes from a dead run is fenced', () => {
  const queue = newQueue();
  queue.add(itemOf('a'));
  const lease = queue.claim(queue.find('a'), holder);
  expect(does(queue, { verb: 'cancel' })).toEqual(['failed/2-1nmkmg0~a~1.0~cancelled']);
  expect(lease && queue.renew(lease)).toBe(false);
  expect(lease && queue.finish(lease, 'landed')).toBe(false);
});
