import { linkSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { adding } from '../../src/queue/add.ts';
import type { Queue } from '../../src/queue/queue.ts';
import { recovering } from '../../src/queue/recover.ts';
import { toEnd } from '../../src/queue/steps.ts';
import type { Steps } from '../../src/queue/steps.ts';
import { filesOf, groundOf, itemOf, namesIn, newQueue, recording } from './ground.ts';

const nobody = () => false;

/** Does the next file calls of some steps; true once they have ended. */
function advance(steps: Steps<unknown>, calls: number): boolean {
  for (let left = calls; left >= 0; left--) if (steps.next().done) return true;
  return false;
}

/** One item in one place, readable, and nothing left over. */
function expectOne(queue: Queue, id = 'a'): void {
  expect(queue.recover().quarantined).toEqual([]);
  expect(filesOf(queue)).toEqual([`pending/2-1nmkmg0~${id}~0.0`]);
  expect(queue.read(id)?.id).toBe(id);
  expect(namesIn(queue, 'tmp')).toEqual([]);
}

describe('adding', () => {
  test('syncs the file before its name, and the name in ids before the item is acknowledged', () => {
    const queue = newQueue();
    const ground = groundOf(queue);
    const { calls, recorder } = recording(ground.disk);
    toEnd(adding({ ...ground, disk: recorder }, itemOf('a')));
    expect(calls).toEqual(['write tmp', 'link tmp', 'sync ids', 'rename tmp']);
    calls.length = 0;
    toEnd(adding({ ...ground, disk: recorder }, itemOf('a')));
    expect(calls.indexOf('sync ids')).toBeGreaterThan(calls.indexOf('link tmp'));
  });

  test('puts one file into pending, with a second name in ids', () => {
    const queue = newQueue();
    expect(queue.add(itemOf('a', { body: 'do it' }))).toEqual({ id: 'a', existed: false });
    expectOne(queue);
    const text = readFileSync(join(queue.folder, 'pending', queue.find('a').file), 'utf8');
    expect(JSON.parse(text)).toEqual(itemOf('a', { body: 'do it' }));
  });

  test('a proposal is held from the first moment on, wherever the add and then a power cut stop', () => {
    for (let calls = 0; ; calls++) {
      const queue = newQueue();
      const isEnd = advance(adding(groundOf(queue), itemOf('a', { proposedBy: 'b' })), calls);
      for (const place of ['as it is', 'without any place']) {
        if (place !== 'as it is')
          for (const one of queue.entries()) rmSync(join(queue.folder, one.place, one.file));
        toEnd(recovering(groundOf(queue), nobody));
        const isThere = namesIn(queue, 'ids').length > 0;
        expect(filesOf(queue), `${calls} ${place}`).toEqual(isThere ? ['held/2-1nmkmg0~a~0.0~proposed'] : []);
      }
      if (!isEnd) continue;
      expect(queue.release(queue.find('a'))).toBe(true);
      expect(filesOf(queue)).toEqual(['pending/2-1nmkmg0~a~0.0']);
      return;
    }
  });

  test('the same again is no error, even later and after the item was done', () => {
    const queue = newQueue();
    queue.add(itemOf('a'));
    expect(queue.add(itemOf('a', {}, 1_900_000_000_000))).toEqual({ id: 'a', existed: true });
    const lease = queue.claim(queue.find('a'), { agent: 'a1', run: 'r1' });
    if (lease) queue.finish(lease, 'landed');
    expect(queue.add(itemOf('a')).existed).toBe(true);
    expect(filesOf(queue)).toEqual(['done/2-1nmkmg0~a~1.0~landed']);
  });

  test('other content under an id that exists is refused and changes nothing', () => {
    const queue = newQueue();
    queue.add(itemOf('a', { title: 'The first' }));
    expect(() => queue.add(itemOf('a', { body: 'other' }))).toThrow(
      'item a exists with other content ("The first"); use another id',
    );
    expect(queue.read('a')?.body).toBe('');
    expectOne(queue);
  });

  test('to an id whose definition is broken is refused', () => {
    const queue = newQueue();
    writeFileSync(join(queue.folder, 'ids', 'a'), 'garbage');
    expect(() => queue.add(itemOf('a'))).toThrow('the definition of this item is broken');
  });

  test('under new ids makes as many items as were added', () => {
    const queue = newQueue();
    for (let count = 0; count < 200; count++) queue.addNew({ title: 'the same' });
    expect(new Set(queue.entries('pending').map(({ id }) => id)).size).toBe(200);
  });
});

describe('an add that stops after any of its file calls', () => {
  const lastCall = 4;
  const calls = Array.from({ length: lastCall + 1 }, (_, index) => index);

  test.each(calls)('(%i) is finished or swept by recovery, and can be repeated', (stopAfter) => {
    const queue = newQueue();
    const ended = advance(adding(groundOf(queue), itemOf('a')), stopAfter);
    expect(ended).toBe(stopAfter === lastCall);
    const report = toEnd(recovering(groundOf(queue), nobody));
    expect(report.finished).toEqual(stopAfter === 2 || stopAfter === 3 ? ['a'] : []);
    expect(report.swept).toBe(stopAfter === 1 ? 1 : 0);
    expect(queue.entries().length).toBe(stopAfter >= 2 ? 1 : 0);
    expect(queue.add(itemOf('a')).existed).toBe(stopAfter >= 2);
    expectOne(queue);
  });

  test.each(calls)('(%i) is finished by whoever adds the same', (stopAfter) => {
    const queue = newQueue();
    advance(adding(groundOf(queue), itemOf('a')), stopAfter);
    expect(queue.add(itemOf('a')).existed).toBe(stopAfter >= 2);
    expect(filesOf(queue)).toHaveLength(1);
    toEnd(recovering(groundOf(queue), nobody));
    expectOne(queue);
  });

  test.each(calls)('(%i) and is not dead after all goes on unharmed by a recovery', (stopAfter) => {
    const queue = newQueue();
    const slow = adding(groundOf(queue), itemOf('a'));
    const ended = advance(slow, stopAfter);
    toEnd(recovering(groundOf(queue), nobody));
    if (!ended) toEnd(slow);
    expectOne(queue);
  });

  test('is left alone while its process lives', () => {
    const queue = newQueue();
    advance(adding(groundOf(queue), itemOf('a')), 1);
    expect(queue.recover().swept).toBe(0);
    expect(namesIn(queue, 'tmp')).toHaveLength(1);
  });
});

test('adds and recoveries make one item, however their file calls interleave', () => {
  // The add does some calls, the recovery some, the add some more, the recovery the rest: all such cuts are tried.
  for (let before = 0; before < 4; before++) {
    for (let between = 0; between < 4 - before; between++) {
      for (let during = 1, ended = false; !ended; during++) {
        const queue = newQueue();
        const add = adding(groundOf(queue), itemOf('a'));
        const recovery = recovering(groundOf(queue), nobody);
        advance(add, before);
        ended = advance(recovery, during);
        for (let calls = between; calls > 0; calls--) add.next();
        if (!ended) toEnd(recovery);
        toEnd(add);
        // Not only after one more recovery.
        expect(filesOf(queue)).toHaveLength(1);
        expectOne(queue);
      }
    }
  }
});

test('two adds of the same make one item, however their file calls interleave', () => {
  for (let first = 0; first <= 4; first++) {
    for (let second = 0; second <= 10; second++) {
      const queue = newQueue();
      const results: string[] = [];
      const adder = function* () {
        results.push(yield* adding(groundOf(queue), itemOf('a')));
      };
      const [one, other] = [adder(), adder()];
      const oneEnded = advance(one, first);
      const otherEnded = advance(other, second);
      if (!oneEnded) toEnd(one);
      if (!otherEnded) toEnd(other);
      expect(results.toSorted()).toEqual(['added', 'existed']);
      expectOne(queue);
    }
  }
});

test('a power cut that lost the file in tmp loses no item that was acknowledged', () => {
  const queue = newQueue();
  queue.add(itemOf('a', { priority: 'high' }));
  // Only ids was synced: neither of the names in tmp and pending need have reached the disk.
  const { file } = queue.find('a');
  const corrupt = join(queue.folder, 'corrupt');
  linkSync(join(queue.folder, 'pending', file), join(corrupt, 'kept'));
  groundOf(queue).disk.remove(join(queue.folder, 'pending', file));
  expect(queue.recover().finished).toEqual(['a']);
  expect(filesOf(queue)).toEqual(['pending/1-1nmkmg0~a~0.0']);
  expect(readdirSync(corrupt)).toEqual(['kept']);
});
