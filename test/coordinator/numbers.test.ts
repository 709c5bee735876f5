import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { numberLines, numbersOf } from '../../src/coordinator/numbers.ts';
import { PutBack } from '../../src/coordinator/put-back.ts';
import type { Happening, JournalEvent } from '../../src/journal/event.ts';
import { history } from '../../src/journal/history.ts';
import type { Entry } from '../../src/queue/name.ts';

const START = Date.parse('2026-11-20T20:00:00Z');
const MINUTE = 60_000;

/** Events at minutes after the start. */
const events = (...list: readonly (readonly [number, Happening])[]): JournalEvent[] =>
  list.map(([minute, happening]) => ({
    at: new Date(START + minute * MINUTE).toISOString(),
    run: 'r1',
    ...happening,
  }));

const started: Happening = { is: 'run-started', agents: 3, pid: 1, untilEmpty: false, command: 'x' };
const ended: Happening = { is: 'run-ended', why: 'empty', exitCode: 0, landed: 1, failed: 0, left: 0 };
const of = (item: string, attempt = 1) => ({ item, attempt, agent: 'a1' });
const turn = (item: string, costUsd: number): Happening => ({
  ...of(item),
  is: 'turn-ended',
  end: 'answered',
  costUsd,
  ms: 1,
});
const landed = (item: string): Happening => ({ ...of(item), is: 'landed', commit: 'c' });
const failed = (item: string, reason = 'check-failed'): Happening => ({ ...of(item), is: 'failed', reason });
const claimed = (item: string): Happening => ({ ...of(item), is: 'claimed', title: item });

test('a journal comes to rates, shares and time by phase, while a coordinator was there', () => {
  const came = numbersOf(
    events(
      [0, started],
      [0, claimed('x')],
      [2, { ...of('x'), is: 'phase', phase: 'implementing' }],
      [12, turn('x', 0.5)],
      [12, { ...of('x'), is: 'phase', phase: 'verifying' }],
      [17, { ...of('x'), is: 'ready', commit: 'c' }],
      [20, landed('x')],
      [20, claimed('y')],
      [25, turn('y', 0.25)],
      [30, { ...of('y'), is: 'given-back', reason: 'check-failed', charged: true }],
      [30, ended],
      // Five hours in which nobody was there.
      [330, started],
      [360, ended],
    ),
  );
  expect(came).toMatchObject({ turns: 2, attempts: 2, charged: 1, landed: 1, failed: 0, costUsd: 0.75 });
  expect(came).toMatchObject({ runMs: 60 * MINUTE, turnsPerHour: 2, landedPerHour: 1, successRate: 1 });
  expect(came.phasesMs).toEqual({
    preparing: 12 * MINUTE,
    implementing: 10 * MINUTE,
    verifying: 5 * MINUTE,
    landing: 3 * MINUTE,
  });
});

test('a killed coordinator was there until its last word, and its attempts with it', () => {
  const { runMs, phasesMs } = numbersOf(
    events(
      [0, started],
      [0, claimed('x')],
      [10, turn('x', 0)],
      [90, { ...started, after: 'restarted' }],
      [100, ended],
    ),
  );
  expect({ runMs, phasesMs }).toEqual({ runMs: 20 * MINUTE, phasesMs: { preparing: 10 * MINUTE } });
});

test('time in which the machine slept is in no phase, and a clock that is set back makes no negative time', () => {
  const { phasesMs } = numbersOf(
    events(
      [0, claimed('x')],
      [40, { is: 'standstill', kind: 'slept', ms: 30 * MINUTE }],
      [45, { ...of('x'), is: 'phase', phase: 'implementing' }],
      [5, landed('x')],
    ),
  );
  expect(phasesMs).toEqual({ preparing: 15 * MINUTE, implementing: 0 });
});

test('the aim is more than four of five: exactly four of five misses it, cancelled items do not count', () => {
  const four = ['a', 'b', 'c', 'd'].map(landed);
  const aim = (...list: Happening[]) =>
    numbersOf(events(...list.map((one, at) => [at, one] as const))).aims.success;
  expect(aim(...four, failed('e'))).toBe('missed');
  expect(aim(...four, landed('f'), failed('e'))).toBe('met');
  expect(aim(...four, failed('e', 'cancelled'))).toBe('met');
  expect(aim(started)).toBe('unknown');
});

test('hands of people count as interventions; a restart by the front does not, a day has less than one', () => {
  const hands = (hours: number, ...list: Happening[]) =>
    numbersOf(events([0, started], ...list.map((one, at) => [at + 1, one] as const), [hours * 60, ended]));
  expect(hands(10, { ...started, after: 'restarted' })).toMatchObject({
    interventions: 0,
    aims: { interventions: 'met' },
  });
  expect(hands(10, { is: 'put-back', item: 'x', from: 'failed' })).toMatchObject({
    interventions: 1,
    interventionsPerDay: 1,
    aims: { interventions: 'missed' },
  });
  expect(hands(48, { is: 'resumed' })).toMatchObject({ aims: { interventions: 'met' } });
  expect(hands(48, { is: 'resumed' }, { ...started, after: 'died' }).interventions).toBe(2);
});

test('people read them in two lines, with the aims that were missed', () => {
  const came = numbersOf(
    events([0, started], [0, claimed('x')], [30, landed('x')], [59, failed('y')], [60, ended]),
  );
  expect(numberLines(came)).toEqual([
    '50 % success (the aim is over 80 %), 0 interventions, 0 turns, 0.0 turns and 1.0 landings an hour, $0.00',
    'time by phase: preparing 100 %',
  ]);
});

test('the history of a journal goes through what was set aside, oldest first, and from a moment on', () => {
  const folder = mkdtempSync(join(tmpdir(), 'harness-history-'));
  const file = join(folder, 'journal.ndjson');
  const lines = events([0, landed('a')], [10, landed('b')], [20, landed('c')]).map((one) =>
    JSON.stringify(one),
  );
  writeFileSync(`${file}.2`, `${lines[0]}\n`);
  writeFileSync(`${file}.1`, `${lines[1]}\n{"torn`);
  writeFileSync(file, `${lines[2]}\n`);
  const items = (sinceMs?: number) =>
    [...history(file, sinceMs)].map((event) => 'item' in event && event.item);
  expect(items()).toEqual(['a', 'b', 'c']);
  expect(items(START + 10 * MINUTE)).toEqual(['b', 'c']);
  rmSync(folder, { recursive: true });
});

const entry = (place: Entry['place'], reason?: string): Entry => ({
  place,
  id: 'x',
  file: `${place} ${reason}`,
  priority: 'normal',
  addedMs: 0,
  attempt: 1,
  charged: 0,
  ...(reason !== undefined && { reason }),
});

test('an item that was held or failed and is pending again was put back, in whatever order the news come', () => {
  const seen: string[] = [];
  const watch = new PutBack((item, from) => seen.push(`${item} ${from}`));
  watch.changed(undefined, entry('failed', 'check-failed'));
  watch.changed(entry('failed', 'check-failed'), entry('pending', 'retried'));
  expect(seen).toEqual(['x failed']);
  watch.changed(entry('held', 'asked'), undefined);
  watch.changed(undefined, entry('pending'));
  expect(seen).toEqual(['x failed', 'x held']);
  watch.changed(entry('claimed'), entry('pending'));
  watch.changed(entry('held', 'editing-pending-7-9'), entry('pending', 'edited'));
  expect(seen).toHaveLength(2);
});
