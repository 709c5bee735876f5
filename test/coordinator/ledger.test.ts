import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Ledger } from '../../src/coordinator/ledger.ts';

const TODAY = new Date(2026, 10, 21, 12).getTime();
const TOMORROW = new Date(2026, 10, 22, 1).getTime();
const spent = (costUsd: number) => ({ costUsd, input: 10, output: 2, cacheRead: 1, cacheWrite: 0 });
const turn = (costUsd: number, model = 'opus') => {
  const { costUsd: _, ...tokens } = spent(costUsd);
  return { costUsd, tokens, models: { [model]: spent(costUsd) } };
};

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'harness-ledger-'));
  file = join(folder, 'spending.json');
});
afterEach(() => rmSync(folder, { recursive: true }));

test('what was spent is kept by day, and by the run over all lives of its coordinator', () => {
  const first = new Ledger(file, 'front');
  first.book(TODAY, { agent: 'a1', rig: 'web' }, turn(1.5));
  first.book(TODAY, { agent: 'a2', rig: 'web' }, turn(0.5, 'haiku'));
  const second = new Ledger(file, 'front');
  second.book(TOMORROW, { agent: 'a1', rig: 'db' }, turn(2));
  expect(second.run).toMatchObject({ turns: 3, spent: { costUsd: 4, input: 30, cacheRead: 3 } });
  expect(second.day(TODAY)).toMatchObject({
    turns: 2,
    spent: { costUsd: 2 },
    agents: { a1: 1.5, a2: 0.5 },
    rigs: { web: 2 },
    models: { opus: { costUsd: 1.5 }, haiku: { costUsd: 0.5 } },
  });
  expect(second.day(TOMORROW).rigs).toEqual({ db: 2 });
});

test('another run begins with nothing, and the day goes on', () => {
  new Ledger(file, 'one').book(TODAY, { agent: 'a1', rig: 'web' }, turn(3));
  const other = new Ledger(file, 'two');
  expect([other.run.spent.costUsd, other.day(TODAY).spent.costUsd]).toEqual([0, 3]);
});

test('days are not kept for ever, and a broken file counts as none', () => {
  const ledger = new Ledger(file, 'front');
  for (let day = 0; day < 100; day++)
    ledger.book(new Date(2026, 0, 1 + day).getTime(), { agent: 'a1', rig: 'web' }, turn(1));
  const { days } = JSON.parse(readFileSync(file, 'utf8')) as { days: object };
  expect(Object.keys(days)).toHaveLength(62);
  expect(Object.keys(days).at(-1)).toBe('2026-04-10');
  writeFileSync(file, '{"format":1,"days":{"2026-11-21":{"turns":"x"}}}');
  expect(new Ledger(file, 'front').day(TODAY).turns).toBe(0);
});
