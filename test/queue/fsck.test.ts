import { linkSync, mkdirSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { adding } from '../../src/queue/add.ts';
import { editing } from '../../src/queue/edit.ts';
import { inspectQueue, repairQueue } from '../../src/queue/fsck.ts';
import { importing } from '../../src/queue/import.ts';
import type { Queue } from '../../src/queue/queue.ts';
import { inspecting } from '../../src/queue/inspect.ts';
import { toEnd } from '../../src/queue/steps.ts';
import { itemText } from '../../src/queue/work-item.ts';
import { groundOf, itemOf, namesIn, newQueue } from './ground.ts';

const at = (queue: Queue, ...path: string[]) => join(queue.folder, ...path);
const PENDING = '2-1nmkmg0~a~0.0';

/** Every way in which a queue with the item a can be out of order, and what is said of it. */
const faults: Record<string, { break: (queue: Queue) => void; says: string }> = {
  'a foreign name in a place': {
    break: (queue) => writeFileSync(at(queue, 'pending', 'README'), ''),
    says: 'pending/README: is not a name of ours',
  },
  'a link in a place': {
    break: (queue) => symlinkSync('/dev/zero', at(queue, 'done', '2-1nmkmg0~evil~1.0~landed')),
    says: 'done/2-1nmkmg0~evil~1.0~landed: is not a file',
  },
  'a folder in ids': {
    break: (queue) => mkdirSync(at(queue, 'ids', 'evil')),
    says: 'ids/evil: is not a file',
  },
  'an item in two places': {
    break: (queue) => linkSync(at(queue, 'pending', PENDING), at(queue, 'held', `${PENDING}~asked`)),
    says: `held/${PENDING}~asked: is also in pending`,
  },
  'an item in the archive and in a place': {
    break: (queue) => {
      mkdirSync(at(queue, 'archive', '2026-01-01'));
      linkSync(at(queue, 'pending', PENDING), at(queue, 'archive/2026-01-01', '2-1nmkmg0~a~1.0~landed'));
    },
    says: `pending/${PENDING}: is also in archive`,
  },
  'a foreign folder in the archive': {
    break: (queue) => mkdirSync(at(queue, 'archive', 'old')),
    says: 'archive/old: is not a day',
  },
  'an item in no place': {
    break: (queue) => rmSync(at(queue, 'pending', PENDING)),
    says: 'ids/a: is in no place',
  },
  'an item without a definition': {
    break: (queue) => rmSync(at(queue, 'ids', 'a')),
    says: `pending/${PENDING}: has no definition in ids`,
  },
  'a broken definition': {
    break: (queue) => writeFileSync(at(queue, 'ids', 'a'), '{"format":1,'),
    says: 'ids/a: its definition is broken',
  },
  'a copy that differs from its definition': {
    break: (queue) => {
      rmSync(at(queue, 'pending', PENDING));
      writeFileSync(at(queue, 'pending', PENDING), itemText(itemOf('a', { body: 'other' })));
    },
    says: `pending/${PENDING}: differs from its definition in ids`,
  },
  'an add whose process is gone': {
    break: (queue) => writeFileSync(at(queue, 'tmp', `2-1nmkmg0~b~0.0~1-1-abc`), ''),
    says: 'tmp/2-1nmkmg0~b~0.0~1-1-abc: was being added by a process that is gone',
  },
  'an import that was not finished': {
    break: (queue) => {
      const work = importing(groundOf(queue), [itemOf('b'), itemOf('c')]);
      for (let calls = 0; calls < 4; calls++) work.next();
      const [name = ''] = namesIn(queue, 'imports');
      renameSync(at(queue, 'imports', name), at(queue, 'imports', 'i000000000000'));
    },
    says: 'imports/i000000000000: is an import that was not finished',
  },
  'an edit whose process is gone': {
    break: (queue) => {
      renameSync(at(queue, 'pending', PENDING), at(queue, 'held', `${PENDING}~editing-pending-1-1`));
    },
    says: `held/${PENDING}~editing-pending-1-1: was being edited by a process that is gone`,
  },
  'a broken record': {
    break: (queue) => writeFileSync(join(queue.attemptFolder('a', 1, 'r1'), 'record.json'), '{'),
    says: 'attempts/a/1.r1/record.json: is not a whole record',
  },
  'attempts of no item': {
    break: (queue) => mkdirSync(at(queue, 'attempts', 'ghost')),
    says: 'attempts/ghost: are the attempts of no item',
  },
};

const shown = (queue: Queue) => inspectQueue(queue.folder).map(({ where, what }) => `${where}: ${what}`);

test('a queue with items in all places, records and an archive is in order', () => {
  const queue = newQueue();
  for (const id of ['a', 'b', 'c', 'd', 'e']) queue.add(itemOf(id));
  const lease = queue.claim(queue.find('b'), { agent: 'a1', run: 'r1' });
  queue.attemptFolder('b', 1, 'r1');
  const done = queue.claim(queue.find('c'), { agent: 'a1', run: 'r1' });
  if (done) queue.finish(done, 'landed');
  queue.hold(queue.find('d'), 'asked');
  queue.edit(queue.find('e'), itemOf('e', { body: 'new' }));
  utimesSync(at(queue, 'done', queue.find('c').file), 1, 1);
  expect(queue.archive.fill(Date.now())).toBe(1);
  queue.add(itemOf('f', { after: ['c'] }));
  expect(lease).toBeDefined();
  expect(shown(queue)).toEqual([]);
  expect(repairQueue(queue.folder)).toEqual({ finished: [], swept: 0, quarantined: [] });
});

describe.each(Object.keys(faults))('%s', (name) => {
  const fault = faults[name];
  test('is found, changes nothing when it is only looked at, is mended, and nothing is deleted', () => {
    const queue = newQueue();
    queue.add(itemOf('a'));
    fault?.break(queue);
    expect(shown(queue)).toContain(fault?.says);
    expect(shown(queue)).toContain(fault?.says);
    repairQueue(queue.folder);
    expect(shown(queue)).toEqual([]);
    const places = [...queue.entries(), ...queue.archive.entries()].map(({ id }) => id);
    expect(places.filter((id) => id === 'a')).toEqual(['a']);
  });
});

describe('what only a person can decide is said, and stays', () => {
  const persons: Record<string, { break: (queue: Queue) => void; says: RegExp }> = {
    'a circle of items': {
      break: (queue) => {
        queue.add(itemOf('b', { after: ['a'] }));
        writeFileSync(at(queue, 'ids', 'a'), itemText(itemOf('a', { after: ['b'] })));
      },
      says: /ids: these items wait for each other: [ab] after [ab] after [ab]/,
    },
    'an item that comes after none': {
      break: (queue) => {
        queue.add(itemOf('b', { after: ['a'] }));
        rmSync(at(queue, 'ids', 'a'));
        rmSync(at(queue, 'pending', PENDING));
      },
      says: /ids\/b: comes after a, which does not exist/,
    },
    'a count that cannot be': {
      break: (queue) => renameSync(at(queue, 'pending', PENDING), at(queue, 'pending', '2-1nmkmg0~a~1.2')),
      says: /counts more charged attempts than attempts/,
    },
  };
  test.each(Object.keys(persons))('%s', (name) => {
    const queue = newQueue();
    queue.add(itemOf('a'));
    persons[name]?.break(queue);
    repairQueue(queue.folder);
    expect(inspectQueue(queue.folder)).toEqual([
      { where: expect.anything(), what: expect.anything(), mend: 'person' },
    ]);
    expect(shown(queue)[0]).toMatch(persons[name]?.says ?? /never/);
  });
});

test('what a living process is in the middle of is no fault', () => {
  const queue = newQueue();
  queue.add(itemOf('a'));
  const ground = groundOf(queue);
  const add = adding(ground, itemOf('b'));
  const edit = editing(ground, queue.find('a'), itemOf('a', { body: 'new' }));
  for (let calls = 0; calls < 2; calls++) add.next();
  for (let calls = 0; calls < 5; calls++) edit.next();
  expect(toEnd(inspecting(ground, () => true))).toEqual([]);
  expect(toEnd(inspecting(ground, () => false))).not.toEqual([]);
});
