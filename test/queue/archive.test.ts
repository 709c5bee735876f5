import { readdirSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { archiving } from '../../src/queue/archive.ts';
import { recovering } from '../../src/queue/recover.ts';
import { toEnd } from '../../src/queue/steps.ts';
import type { Queue } from '../../src/queue/queue.ts';
import { groundOf, itemOf, newQueue } from './ground.ts';

const DAY_MS = 86_400_000;
const NOW = Date.parse('2027-03-05T12:00:00Z');

/** A queue with items that were done so many days ago, by name d0, d1, ... */
function doneDaysAgo(...days: number[]): Queue {
  const queue = newQueue();
  for (const [n, ago] of days.entries()) {
    queue.add(itemOf(`d${n}`));
    const lease = queue.claim(queue.find(`d${n}`), { agent: 'a1', run: 'r1' });
    if (lease) queue.finish(lease, 'landed');
    const seconds = (NOW - ago * DAY_MS) / 1000;
    utimesSync(join(queue.folder, 'done', queue.find(`d${n}`).file), seconds, seconds);
  }
  return queue;
}

test('what was done on earlier days is put into folders by day, is found and never added again', () => {
  const queue = doneDaysAgo(0, 1, 1, 3);
  expect(queue.archive.fill(NOW)).toBe(3);
  expect(queue.entries().map(({ id }) => id)).toEqual(['d0']);
  expect(queue.archive.entries().map(({ id, day, place }) => `${day} ${id} ${place}`)).toEqual([
    '2027-03-02 d3 done',
    '2027-03-04 d1 done',
    '2027-03-04 d2 done',
  ]);
  expect(readdirSync(join(queue.folder, 'archive'))).toEqual(['2027-03-02', '2027-03-04']);
  expect(queue.find('d3')).toMatchObject({ place: 'done', reason: 'landed', attempt: 1 });
  expect(queue.add(itemOf('d3')).existed).toBe(true);
  expect(queue.recover()).toEqual({ finished: [], swept: 0, quarantined: [] });
  expect(queue.archive.fill(NOW)).toBe(0);
});

test('an item that comes after an archived one comes after one that is done', () => {
  const queue = doneDaysAgo(2);
  expect(queue.archive.has('d0')).toBe(false);
  queue.archive.fill(NOW);
  expect(queue.archive.has('d0')).toBe(true);
  const placeOf = queue.placesOf(queue.entries());
  expect([placeOf('d0'), placeOf('ghost')]).toEqual(['done', undefined]);
});

test('an archiving that is killed anywhere leaves every item done in one place', () => {
  for (let calls = 0, ended = false; !ended; calls++) {
    const queue = doneDaysAgo(1, 1, 2);
    const ground = groundOf(queue);
    const work = archiving(ground, queue.entries('done'), '2027-03-05');
    for (let left = calls; left >= 0 && !ended; left--) ended = work.next().done === true;
    expect(toEnd(recovering(ground, () => false)).finished).toEqual([]);
    const places = [...queue.entries(), ...queue.archive.entries()].map(({ id, place }) => `${id} ${place}`);
    expect(places.toSorted()).toEqual(['d0 done', 'd1 done', 'd2 done']);
  }
});
