import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { AttemptRecord } from '../../src/queue/records.ts';
import { namesIn, newQueue } from './ground.ts';

const record = (attempt: number, run: string, more: Partial<AttemptRecord> = {}): AttemptRecord => ({
  format: 1,
  item: 'a',
  attempt,
  run,
  agent: 'a1',
  branch: `harness/a-${attempt}`,
  startedAt: `2027-01-0${attempt}T00:00:00.000Z`,
  ...more,
});

describe('records', () => {
  test('are kept by attempt and run, and read in the order of the attempts', () => {
    const queue = newQueue();
    queue.writeRecord(record(10, 'r1', { startedAt: '2027-01-09T00:00:00.000Z' }));
    queue.writeRecord(record(2, 'r2', { startedAt: '2027-01-03T00:00:00.000Z' }));
    queue.writeRecord(record(2, 'r9', { startedAt: '2027-01-02T00:00:00.000Z' }));
    expect(queue.records('a').map(({ attempt, run }) => `${attempt}.${run}`)).toEqual([
      '2.r9',
      '2.r2',
      '10.r1',
    ]);
    expect(queue.highestAttempt('a')).toBe(10);
    expect(queue.records('b')).toEqual([]);
    expect(queue.highestAttempt('b')).toBe(0);
  });

  test('are replaced as a whole', () => {
    const queue = newQueue();
    queue.writeRecord(record(1, 'r1'));
    queue.writeRecord(record(1, 'r1', { outcome: 'landed', costUsd: 0.5, rescued: 'refs/x' }));
    expect(queue.records('a')).toEqual([
      record(1, 'r1', { outcome: 'landed', costUsd: 0.5, rescued: 'refs/x' }),
    ]);
    expect(namesIn(queue, 'attempts')).toEqual(['a']);
  });

  test('that are broken are left out, and their attempt still counts', () => {
    const queue = newQueue();
    queue.writeRecord(record(1, 'r1'));
    writeFileSync(join(queue.attemptFolder('a', 2, 'r1'), 'record.json'), '{"format":1,');
    symlinkSync('/dev/zero', join(queue.attemptFolder('a', 3, 'r1'), 'record.json'));
    writeFileSync(join(queue.attemptFolder('a', 4, 'r1'), 'record.json'), JSON.stringify(record(1, 'r1')));
    mkdirSync(join(queue.folder, 'attempts', 'a', 'x.y'));
    expect(queue.records('a')).toEqual([record(1, 'r1')]);
    expect(queue.highestAttempt('a')).toBe(4);
  });

  test('are never written outside of their folder', () => {
    const queue = newQueue();
    for (const wrong of [{ item: '../a' }, { run: '../r' }, { attempt: 0 }, { attempt: 1.5 }]) {
      expect(() => queue.writeRecord(record(1, 'r1', wrong))).toThrow('there is no attempt');
    }
    expect(() => queue.writeRecord(record(1, 'r1', { finding: 'x'.repeat(1 << 20) }))).toThrow(
      'more than 1048576 bytes',
    );
    expect(namesIn(queue, 'attempts')).toEqual([]);
  });

  test('of a hostile folder are none', () => {
    const queue = newQueue();
    writeFileSync(join(queue.folder, 'attempts', 'a'), '');
    expect(queue.records('a')).toEqual([]);
    expect(queue.highestAttempt('a')).toBe(0);
    expect(queue.records('../ids')).toEqual([]);
  });
});
