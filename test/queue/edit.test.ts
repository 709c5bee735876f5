import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { editing } from '../../src/queue/edit.ts';
import { lay } from '../../src/queue/hands.ts';
import { recovering } from '../../src/queue/recover.ts';
import { toEnd } from '../../src/queue/steps.ts';
import { filesOf, groundOf, itemOf, namesIn, newQueue } from './ground.ts';

const newer = itemOf('a', { body: 'new', priority: 'high' });

test('an edited item has its new definition under both names, its new rank and its old place', () => {
  const queue = newQueue();
  queue.add(itemOf('a', { body: 'old' }));
  expect(queue.edit(queue.find('a'), newer)).toEqual(queue.find('a'));
  expect(filesOf(queue)).toEqual(['pending/1-1nmkmg0~a~0.0']);
  expect(queue.read('a')).toEqual(newer);
  expect(JSON.parse(readFileSync(join(queue.folder, 'pending/1-1nmkmg0~a~0.0'), 'utf8'))).toEqual(newer);
  expect(namesIn(queue, 'tmp')).toEqual([]);
  expect(queue.recover()).toEqual({ finished: [], swept: 0, quarantined: [] });
});

test.each(['held', 'failed'] as const)('a %s item stays there with its reason when it is edited', (place) => {
  const queue = newQueue();
  queue.add(itemOf('a'));
  lay(queue, queue.find('a'), { verb: 'hold', reason: 'why' });
  if (place === 'failed') queue.move(queue.find('a'), { to: 'failed', reason: 'why' });
  queue.edit(queue.find('a'), newer);
  expect(filesOf(queue)).toEqual([`${place}/1-1nmkmg0~a~0.0~why`]);
});

test('a moment that is taken out of the definition no longer counts', () => {
  const queue = newQueue();
  queue.add(itemOf('a', { notBefore: '2030-01-01' }));
  queue.edit(queue.find('a'), newer);
  expect(filesOf(queue)).toEqual(['pending/1-1nmkmg0~a~0.0']);
});

test('what is claimed cannot be edited, and who claims what is edited is too late', () => {
  const queue = newQueue();
  queue.add(itemOf('a'));
  const seen = queue.find('a');
  const work = editing(groundOf(queue), seen, newer);
  for (let calls = 0; calls < 3; calls++) work.next();
  expect(queue.claim(seen, { agent: 'a1', run: 'r1' })).toBeUndefined();
  expect(() => lay(queue, queue.find('a'), { verb: 'release' })).toThrow('is being edited by process');
  toEnd(work);
  const lease = queue.claim(queue.find('a'), { agent: 'a1', run: 'r1' });
  expect(lease).toBeDefined();
  expect(() => queue.edit(queue.find('a'), newer)).toThrow('it can no longer be edited');
  expect(queue.edit(seen, newer)).toBeUndefined();
});

describe('an edit that is killed', () => {
  test.each(Array.from({ length: 11 }, (_, calls) => calls))(
    'after %i file calls leaves the old definition or the new one, in its place',
    (calls) => {
      const queue = newQueue();
      const older = itemOf('a', { body: 'old' });
      queue.add(older);
      const ground = groundOf(queue);
      const work = editing(ground, queue.find('a'), newer);
      for (let done = 0; done <= calls; done++) work.next();
      // The writer is this very process, so recovery is told that it is gone.
      toEnd(recovering(ground, () => false));
      expect(filesOf(queue)).toHaveLength(1);
      expect(queue.find('a').place).toBe('pending');
      expect([older, newer]).toContainEqual(queue.read('a'));
      expect(namesIn(queue, 'tmp')).toEqual([]);
      expect(namesIn(queue, 'corrupt')).toEqual([]);
    },
  );
});
