import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { importing } from '../../src/queue/import.ts';
import { recovering } from '../../src/queue/recover.ts';
import { toEnd } from '../../src/queue/steps.ts';
import { filesOf, groundOf, itemOf, namesIn, newQueue } from './ground.ts';

const items = [itemOf('a'), itemOf('b', { after: ['a'] }), itemOf('c', { after: ['d'] }), itemOf('d')];
const ids = ['a', 'b', 'c', 'd'];

test('an import adds all its items, and leaves no manifest', () => {
  const queue = newQueue();
  queue.import(items);
  expect(queue.entries().map(({ id }) => id)).toEqual(ids);
  expect(readdirSync(join(queue.folder, 'imports'))).toEqual([]);
  queue.import(items);
  expect(filesOf(queue)).toHaveLength(4);
});

describe('an import adds nothing', () => {
  test('if one id is taken by another content', () => {
    const queue = newQueue();
    queue.add(itemOf('d', { body: 'other' }));
    expect(() => queue.import(items)).toThrow('item d exists with other content');
    expect(queue.entries()).toHaveLength(1);
  });
  test('if one comes after what does not exist', () => {
    const queue = newQueue();
    expect(() => queue.import([itemOf('x', { after: ['ghost'] }), itemOf('y')])).toThrow('does not exist');
    expect(queue.entries()).toEqual([]);
  });
});

test('an import that is killed anywhere is finished as a whole or has not happened', () => {
  let whole = 0;
  let nothing = 0;
  for (let calls = 0; ; calls++) {
    const queue = newQueue();
    const ground = groundOf(queue);
    const work = importing(ground, items);
    let ended = false;
    for (let done = 0; done <= calls && !ended; done++) ended = work.next().done === true;
    toEnd(recovering(ground, () => false));
    const found = queue.entries().map(({ id }) => id);
    expect([[], ids]).toContainEqual(found);
    if (found.length === 0) nothing++;
    else whole++;
    expect(readdirSync(join(queue.folder, 'imports'))).toEqual([]);
    expect(namesIn(queue, 'tmp')).toEqual([]);
    expect(queue.recover()).toEqual({ finished: [], swept: 0, quarantined: [] });
    if (ended) break;
  }
  // Nothing before the manifest has its name, everything from then on.
  expect(nothing).toBe(2);
  expect(whole).toBeGreaterThan(15);
});

test('what is in imports and is no import is quarantined, half-written ones of the living are left alone', () => {
  const queue = newQueue();
  const folder = join(queue.folder, 'imports');
  for (const [name, text] of [
    ['i000000000000', '{"format":1,"items":[{"id":"x"}]}'],
    ['i000000000001', 'garbage'],
    ['other', ''],
    [`i000000000002~${process.pid}-99999999999999-abc`, ''],
  ] as const) {
    writeFileSync(join(folder, name), text);
  }
  const report = queue.recover();
  expect(report.quarantined).toHaveLength(3);
  expect(report.swept).toBe(1);
  expect(readdirSync(folder)).toEqual([]);
  expect(queue.entries()).toEqual([]);
});
