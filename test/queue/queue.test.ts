import { mkdirSync, readFileSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { renameOnNetwork } from '../../src/queue/disk.ts';
import type { Lease } from '../../src/queue/name.ts';
import { newId } from '../../src/queue/new-id.ts';
import { Queue } from '../../src/queue/queue.ts';
import { filesOf, itemOf, newQueue, scratch } from './ground.ts';

const holder = { agent: 'a1', run: 'r1' };

/** Claims an item that nobody else wants. */
function claim(
  queue: Queue,
  id: string,
  by: { agent: string; run: string; attempt?: number } = holder,
): Lease {
  const lease = queue.claim(queue.find(id), by);
  if (!lease) throw new Error(`${id} could not be claimed`);
  return lease;
}

describe('a queue', () => {
  test('is made with folders and files for this user only', () => {
    const queue = newQueue();
    queue.add(itemOf('a'));
    for (const folder of [
      'pending',
      'claimed',
      'done',
      'failed',
      'held',
      'ids',
      'tmp',
      'attempts',
      'corrupt',
    ]) {
      expect(statSync(join(queue.folder, folder)).mode & 0o777).toBe(0o700);
    }
    expect(statSync(join(queue.folder, 'ids', 'a')).mode & 0o777).toBe(0o600);
    expect(readFileSync(join(queue.folder, 'format.json'), 'utf8')).toBe('{"format":1}\n');
  });

  test('leaves no trace of the probe', () => {
    const queue = newQueue();
    queue.recover();
    expect(filesOf(queue)).toEqual([]);
  });

  test.each([
    ['{"format":2}', 'format 2, this harness knows 1'],
    ['garbage', 'format unknown'],
  ])('of another format (%s) is refused in one sentence', (text, message) => {
    const { folder } = newQueue();
    writeFileSync(join(folder, 'format.json'), text);
    expect(() => Queue.open(folder)).toThrow(message);
    expect(() => Queue.open(folder)).toThrow(expect.objectContaining({ trouble: 'environment' }));
  });

  test('with items but without a format is not guessed at', () => {
    const queue = newQueue();
    queue.add(itemOf('a'));
    rmSync(join(queue.folder, 'format.json'));
    expect(() => Queue.open(queue.folder)).toThrow('no format.json');
  });

  test('is refused where a file or a link stands in its way', () => {
    const folder = join(scratch(), 'queue');
    mkdirSync(folder);
    writeFileSync(join(folder, 'pending'), '');
    expect(() => Queue.open(folder)).toThrow('the queue cannot be kept here');
    rmSync(join(folder, 'pending'));
    symlinkSync(scratch(), join(folder, 'pending'));
    expect(() => Queue.open(folder)).toThrow('not a folder');
  });

  test('whose folder vanishes says so', () => {
    const queue = newQueue();
    rmSync(queue.folder, { recursive: true });
    expect(() => queue.entries()).toThrow('this folder of the queue is gone');
    expect(() => queue.add(itemOf('a'))).toThrow(expect.objectContaining({ trouble: 'environment' }));
  });
});

describe('entries', () => {
  test('come by priority, then by age', () => {
    const queue = newQueue();
    queue.add(itemOf('old', {}, 1000));
    queue.add(itemOf('new', {}, 2000));
    queue.add(itemOf('low', { priority: 'low' }, 500));
    queue.add(itemOf('urgent', { priority: 'urgent' }, 3000));
    expect(queue.entries('pending').map(({ id }) => id)).toEqual(['urgent', 'old', 'new', 'low']);
  });

  test('are found by id or by any unique beginning of one', () => {
    const queue = newQueue();
    for (const id of ['fix', 'fix-login', 'fix-logout', 'write']) queue.add(itemOf(id));
    expect(queue.find('w').id).toBe('write');
    expect(queue.find('fix').id).toBe('fix');
    expect(() => queue.find('fix-')).toThrow('"fix-" could be fix-login, fix-logout; write more of the id');
    expect(() => queue.find('zz\u001b[1m')).toThrow('there is no work item "zz"');
    expect(() => queue.find('')).toThrow(expect.objectContaining({ trouble: 'usage' }));
  });

  test('of new ids sort by age', () => {
    const queue = newQueue();
    const first = queue.addNew({ title: 'first' });
    expect(queue.read(first.id)).toEqual(first);
    expect(first.id).toMatch(/^[0-9a-z]{9}$/);
    expect(newId(Date.UTC(2026, 5, 1)) < newId(Date.UTC(2026, 5, 1, 0, 0, 1))).toBe(true);
    expect(newId(Date.UTC(2026, 5, 1)) < newId(Date.UTC(2059, 5, 1))).toBe(true);
  });

  test('of no item have no definition', () => {
    const queue = newQueue();
    expect(queue.read('a')).toBeUndefined();
    expect(queue.read('../format.json')).toBeUndefined();
  });
});

describe('a lease', () => {
  test('is a file name that says who holds which attempt', () => {
    const queue = newQueue();
    queue.add(itemOf('a', { priority: 'high' }));
    const lease = claim(queue, 'a');
    expect(filesOf(queue)).toEqual(['claimed/1-1nmkmg0~a~1.0~a1~r1']);
    expect(queue.entries('claimed')).toEqual([lease]);
  });

  test('is fresh when it is born, however old the item', () => {
    const queue = newQueue();
    queue.add(itemOf('a'));
    const entry = queue.find('a');
    utimesSync(join(queue.folder, 'pending', entry.file), 0, 0);
    const before = Date.now();
    claim(queue, 'a');
    expect(queue.leases()[0]?.mtimeMs).toBeGreaterThanOrEqual(before - 1);
  });

  test('is renewed by touching its file', () => {
    const queue = newQueue();
    queue.add(itemOf('a'));
    const lease = claim(queue, 'a');
    utimesSync(join(queue.folder, 'claimed', lease.file), 0, 0);
    expect(queue.leases()[0]?.mtimeMs).toBe(0);
    expect(queue.renew(lease)).toBe(true);
    expect(queue.leases()[0]?.mtimeMs).toBeGreaterThan(0);
  });

  test('of a stale look at the queue is not won', () => {
    const queue = newQueue();
    queue.add(itemOf('a'));
    const entry = queue.find('a');
    claim(queue, 'a');
    expect(queue.claim(entry, { agent: 'a2', run: 'r1' })).toBeUndefined();
  });

  test('ends once: finished, its item is done and every other end is refused', () => {
    const queue = newQueue();
    queue.add(itemOf('a'));
    const lease = claim(queue, 'a');
    expect(queue.finish(lease, 'landed')).toBe(true);
    expect(queue.finish(lease, 'landed')).toBe(false);
    expect(queue.giveBack(lease, { reason: 'crash', charged: true })).toBe(false);
    expect(queue.fail(lease, 'check', { charged: true })).toBe(false);
    expect(queue.hold(lease, 'asked')).toBe(false);
    expect(queue.adopt(lease, 'r2')).toBeUndefined();
    expect(queue.renew(lease)).toBe(false);
    expect(filesOf(queue)).toEqual(['done/2-1nmkmg0~a~1.0~landed']);
  });

  test('given back waits until its time, and is charged only if it is said so', () => {
    const queue = newQueue();
    queue.add(itemOf('a'));
    queue.giveBack(claim(queue, 'a'), {
      reason: 'Check failed',
      charged: true,
      notBeforeMs: 1_800_000_030_000,
    });
    expect(queue.find('a')).toMatchObject({
      place: 'pending',
      attempt: 1,
      charged: 1,
      reason: 'check-failed',
      notBeforeMs: 1_800_000_030_000,
    });
    queue.giveBack(claim(queue, 'a'), { reason: 'limit', charged: false });
    expect(queue.find('a')).toMatchObject({ attempt: 2, charged: 1, reason: 'limit' });
    queue.fail(claim(queue, 'a'), 'exhausted', { charged: true });
    expect(queue.find('a')).toMatchObject({ place: 'failed', attempt: 3, charged: 2, reason: 'exhausted' });
  });

  test('adopted by a new run keeps its attempt, and the old run is fenced', () => {
    const queue = newQueue();
    queue.add(itemOf('a'));
    const old = claim(queue, 'a');
    const adopted = queue.adopt(old, 'r2');
    expect(adopted).toMatchObject({ id: 'a', attempt: 1, agent: 'a1', run: 'r2' });
    expect(queue.finish(old, 'landed')).toBe(false);
    expect(adopted && queue.finish(adopted, 'landed')).toBe(true);
    // Somebody has reached the very end that the old run wanted; it still was not the old run.
    expect(queue.finish(old, 'landed')).toBe(false);
  });

  test('held waits for a person, who releases it', () => {
    const queue = newQueue();
    queue.add(itemOf('a'));
    expect(queue.hold(claim(queue, 'a'), 'question')).toBe(true);
    const held = queue.find('a');
    expect(held).toMatchObject({ place: 'held', reason: 'question', attempt: 1 });
    expect(queue.release(held)).toBe(true);
    expect(queue.release(held)).toBe(false);
    expect(queue.release(queue.find('a'))).toBe(false);
    expect(filesOf(queue)).toEqual(['pending/2-1nmkmg0~a~1.0']);
  });
});

describe('attempt numbers', () => {
  test('go on over every end of an attempt', () => {
    const queue = newQueue();
    queue.add(itemOf('a'));
    const numbers = [1, 2, 3, 4].map((_, index) => {
      const lease = claim(queue, 'a', { agent: 'a1', run: `r${index}` });
      queue.giveBack(lease, { reason: 'limit', charged: index % 2 === 0 });
      return lease.attempt;
    });
    expect(numbers).toEqual([1, 2, 3, 4]);
  });

  test('go on after the highest that a record, a branch or a ref knows of', () => {
    const queue = newQueue();
    queue.add(itemOf('a'));
    queue.attemptFolder('a', 5, 'r0');
    const lease = claim(queue, 'a');
    expect(lease.attempt).toBe(6);
    queue.giveBack(lease, { reason: 'limit', charged: false });
    const higher = claim(queue, 'a', { ...holder, attempt: 9 });
    expect(higher.attempt).toBe(9);
    queue.giveBack(higher, { reason: 'limit', charged: false });
    expect(claim(queue, 'a', { ...holder, attempt: 2 }).attempt).toBe(10);
  });
});

test('where a network repeats a rename, the moved file tells who moved it', () => {
  const folder = scratch();
  const [from, to] = [join(folder, 'from'), join(folder, 'to')];
  expect(renameOnNetwork(from, to)).toBe(false);
  writeFileSync(to, '');
  expect(renameOnNetwork(from, to)).toBe(true);
});
