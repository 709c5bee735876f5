import { execFileSync } from 'node:child_process';
import {
  linkSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { adding } from '../../src/queue/add.ts';
import type { Queue } from '../../src/queue/queue.ts';
import { recovering } from '../../src/queue/recover.ts';
import { toEnd } from '../../src/queue/steps.ts';
import { itemText } from '../../src/queue/work-item.ts';
import { filesOf, groundOf, itemOf, namesIn, newQueue } from './ground.ts';

const ALL = ['pending', 'claimed', 'done', 'failed', 'held', 'ids', 'tmp', 'attempts'];
/** A name that a file of each folder could have, so that only what it is gives it away. */
const NAMES: Record<string, string> = {
  pending: '2-1nmkmg0~evil~0.0',
  claimed: '2-1nmkmg0~evil~1.0~a1~r1',
  done: '2-1nmkmg0~evil~1.0~landed',
  failed: '2-1nmkmg0~evil~1.0~gone',
  held: '2-1nmkmg0~evil~1.0~asked',
  ids: 'evil',
  tmp: '2-1nmkmg0~evil~0.0~99-99-abc',
  attempts: 'evil',
};

const hostile: Record<string, (path: string) => void> = {
  FIFO: (path) => execFileSync('mkfifo', [path]),
  'link to a device': (path) => symlinkSync('/dev/zero', path),
  'link to nothing': (path) => symlinkSync('/nowhere', path),
  folder: (path) => mkdirSync(join(path, 'inside'), { recursive: true }),
};

describe.each(Object.keys(hostile))('a %s', (kind) => {
  test.each(ALL)('in %s blocks nothing and is quarantined at once', (folder) => {
    if (kind === 'folder' && folder === 'attempts') return;
    const queue = newQueue();
    queue.add(itemOf('a'));
    hostile[kind]?.(join(queue.folder, folder, NAMES[folder] ?? ''));
    expect(queue.entries().map(({ id }) => id)).toEqual(['a']);
    expect(queue.leases()).toEqual([]);
    expect(queue.read('evil')).toBeUndefined();
    expect(queue.highestAttempt('evil')).toBe(0);
    const { quarantined, finished } = queue.recover();
    expect(quarantined).toEqual([expect.stringMatching(new RegExp(`^${folder}/`))]);
    expect(finished).toEqual([]);
    expect(namesIn(queue, 'corrupt')).toEqual([expect.stringContaining(`${folder}~${NAMES[folder]}`)]);
    expect(queue.recover().quarantined).toEqual([]);
    expect(queue.claim(queue.find('a'), { agent: 'a1', run: 'r1' })).toBeDefined();
  });
});

describe('recovery', () => {
  test('quarantines names that are not of ours, whatever their bytes, and leaves hidden files alone', () => {
    const queue = newQueue();
    const pending = join(queue.folder, 'pending');
    writeFileSync(
      Buffer.concat([Buffer.from(`${pending}/`), Buffer.from([0xff, 0xfe, 0x1b, 0x5b, 0x41])]),
      'x',
    );
    writeFileSync(join(pending, 'new\nline'), 'x');
    writeFileSync(join(pending, 'é'.repeat(100)), 'x');
    writeFileSync(join(pending, '.DS_Store'), 'x');
    expect(queue.entries()).toEqual([]);
    expect(queue.recover().quarantined).toHaveLength(3);
    expect(readdirSync(pending)).toEqual(['.DS_Store']);
    expect(namesIn(queue, 'corrupt')).toHaveLength(3);
  });

  test('Q08: moves an item whose definition is broken to failed, and goes on', () => {
    const queue = newQueue();
    for (const id of ['a', 'b', 'c', 'd']) queue.add(itemOf(id));
    truncateSync(join(queue.folder, 'ids', 'a'), 20);
    truncateSync(join(queue.folder, 'ids', 'b'), 64 * 1024 * 1024);
    writeFileSync(join(queue.folder, 'ids', 'd'), '');
    rmSync(join(queue.folder, 'pending', queue.find('d').file));
    const { quarantined } = queue.recover();
    expect(quarantined.toSorted()).toEqual(
      ['a', 'b', 'd'].map((id) => `ids/${id}: its definition is broken`),
    );
    expect(
      queue
        .entries('failed')
        .map(({ id, reason }) => `${id} ${reason}`)
        .toSorted(),
    ).toEqual(['a broken', 'b broken', 'd broken']);
    expect(queue.find('c').place).toBe('pending');
    expect(queue.recover().quarantined).toEqual([]);
  });

  test('gives a hand-made file in a place its entry in ids, and quarantines what is no item', () => {
    const queue = newQueue();
    writeFileSync(join(queue.folder, 'pending', '2-1nmkmg0~mine~0.0'), itemText(itemOf('mine')));
    writeFileSync(join(queue.folder, 'pending', '2-1nmkmg0~other~0.0'), itemText(itemOf('mine')));
    const report = queue.recover();
    expect(report.finished).toEqual(['mine']);
    expect(report.quarantined).toEqual(['pending/2-1nmkmg0~other~0.0: not an item']);
    expect(queue.read('mine')?.id).toBe('mine');
  });

  test('keeps the copy that came further when an item is in two places', () => {
    const queue = newQueue();
    queue.add(itemOf('a'));
    const entry = queue.find('a');
    const lease = queue.claim(entry, { agent: 'a1', run: 'r1' });
    const second = join(queue.folder, 'pending', entry.file);
    linkSync(join(queue.folder, 'claimed', lease?.file ?? ''), second);
    expect(queue.recover().quarantined).toEqual([`pending/${entry.file}: also in claimed`]);
    expect(queue.entries()).toEqual([lease]);
  });

  test('puts an item that a power cut took out of every place back, and no attempt number repeats', () => {
    const queue = newQueue();
    queue.add(itemOf('a'));
    const lease = queue.claim(queue.find('a'), { agent: 'a1', run: 'r1' });
    const record = {
      format: 1,
      item: 'a',
      run: 'r1',
      agent: 'a1',
      branch: 'b',
      startedAt: '2027-01-01',
    } as const;
    queue.writeRecord({ ...record, attempt: 1, charged: true });
    queue.writeRecord({ ...record, attempt: 2, charged: false });
    rmSync(join(queue.folder, 'claimed', lease?.file ?? ''));
    expect(queue.recover().finished).toEqual(['a']);
    expect(queue.find('a')).toMatchObject({ place: 'pending', attempt: 2, charged: 1 });
    expect(queue.claim(queue.find('a'), { agent: 'a1', run: 'r2' })?.attempt).toBe(3);
  });

  test('leaves a queue in order as it is', () => {
    const queue = messy();
    queue.recover();
    const files = filesOf(queue);
    expect(queue.recover()).toEqual({ finished: [], swept: 0, quarantined: [] });
    expect(filesOf(queue)).toEqual(files);
  });

  test('may be killed after any of its file calls and run again', () => {
    const wanted = messy();
    wanted.recover();
    for (let calls = 0, ended = false; !ended; calls++) {
      const queue = messy();
      const steps = recovering(groundOf(queue), () => false);
      for (let left = calls; left >= 0 && !ended; left--) ended = steps.next().done === true;
      toEnd(recovering(groundOf(queue), () => false));
      expect(filesOf(queue)).toEqual(filesOf(wanted));
      expect(namesIn(queue, 'ids')).toEqual(namesIn(wanted, 'ids'));
      expect(namesIn(queue, 'tmp')).toEqual([]);
    }
  });
});

/** A queue with one of everything that recovery mends; writers in tmp are dead. */
function messy(): Queue {
  const queue = newQueue();
  const at = (folder: string, name: string) => join(queue.folder, folder, name);
  for (const id of ['whole', 'broken', 'lost', 'twice', 'cut']) queue.add(itemOf(id));
  writeFileSync(at('ids', 'broken'), 'x');
  rmSync(at('pending', queue.find('lost').file));
  linkSync(at('pending', queue.find('twice').file), at('done', '2-1nmkmg0~twice~1.0~landed'));
  renameSync(at('pending', '2-1nmkmg0~cut~0.0'), at('tmp', '2-1nmkmg0~cut~0.0~1-1-abc'));
  writeFileSync(at('tmp', '2-1nmkmg0~never~0.0~1-1-abc'), 'half');
  symlinkSync('/dev/zero', at('held', 'x'));
  writeFileSync(at('claimed', '2-1nmkmg0~mine~3.0~a1~r1'), itemText(itemOf('mine')));
  const unlinked = adding(groundOf(queue), itemOf('done'));
  while (unlinked.next().done !== true);
  return queue;
}
