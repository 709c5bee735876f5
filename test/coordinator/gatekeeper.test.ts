import { mkdtempSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Gatekeeper } from '../../src/coordinator/gatekeeper.ts';
import type { Refusal } from '../../src/coordinator/gate.ts';
import type { Happening } from '../../src/journal/event.ts';

const MINUTE = 60_000;
let folder: string;
let told: Happening[];
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date', 'performance'], now: Date.UTC(2026, 10, 21) });
  folder = mkdtempSync(join(tmpdir(), 'harness-gate-'));
  told = [];
});
afterEach(() => {
  vi.useRealTimers();
  rmSync(folder, { recursive: true });
});

const keeper = (on_limit: 'wait' | 'stop' = 'wait') =>
  new Gatekeeper({
    file: join(folder, 'gate.json'),
    config: { on_limit },
    scale: 1,
    tell: (happening) => told.push(happening),
  });
const limit = (minutes: number): Refusal => ({
  cause: 'limit',
  text: 'limit',
  resetAtMs: Date.now() + minutes * MINUTE,
});
const abort = new AbortController().signal;
/** Who was let go so far. */
const waits = (gate: Gatekeeper) => {
  const gone: string[] = [];
  const note = (agent: string) => () => void gone.push(agent);
  return {
    gone,
    refused: (agent: string, rank = 2, refusal = limit(10)) =>
      void gate.wait(agent, refusal, { abort, rank }).then(note(agent)),
    begins: (agent: string, rank = 2, halt: (why: string | undefined) => void = () => undefined) =>
      void gate.pass(agent, { abort, rank, halt }).then(note(agent)),
  };
};
const settled = () => new Promise((resolve) => setImmediate(resolve));
const later = (ms: number) => vi.advanceTimersByTime(ms);

test('L04 the first refusal parks everybody at their next turn; one tries after the reset, the others follow one by one by priority', async () => {
  const gate = keeper();
  const { gone, refused, begins } = waits(gate);
  const halts: (string | undefined)[] = [];
  refused('a1', 3);
  begins('a2', 2);
  begins('a3', 0, (why) => halts.push(why));
  await settled();
  expect([gate.waiting, gate.admission, gone, halts]).toEqual([['a3', 'a2', 'a1'], 'wait', [], ['limit']]);
  later(12 * MINUTE);
  expect(gate.admission).toBe('probe');
  gate.admit('a3');
  await settled();
  expect([gone, gate.admission, halts]).toEqual([['a3'], 'wait', ['limit', undefined]]);
  gate.passed('a3');
  expect(gate.admission).toBe('wait');
  later(5_000);
  expect(gate.admission).toBe('open');
  gate.admit('a2');
  expect(gate.admission).toBe('wait');
  later(5_000);
  gate.admit('a1');
  await settled();
  expect(gone).toEqual(['a3', 'a2', 'a1']);
  expect(told.map(({ is }) => is)).toEqual(['gate-closed', 'gate-opened']);
});

test('a wall clock that is set back keeps nobody waiting: who goes on one by one is told apart by time that passed', async () => {
  const gate = keeper();
  const { refused, begins } = waits(gate);
  refused('a1');
  for (const agent of ['a2', 'a3']) begins(agent);
  later(12 * MINUTE);
  gate.admit('a1');
  gate.passed('a1');
  later(5_000);
  gate.admit('a2');
  vi.setSystemTime(Date.now() - 60 * MINUTE);
  expect(gate.admission).toBe('wait');
  later(5_000);
  expect(gate.admission).toBe('open');
});

test('who tries passes, and when it is refused again everybody waits on', async () => {
  const gate = keeper();
  const { gone, refused, begins } = waits(gate);
  refused('a1');
  begins('a2');
  later(12 * MINUTE);
  gate.admit('a1');
  begins('a1');
  refused('a1');
  await settled();
  expect(gone).toEqual(['a1', 'a1']);
  expect(gate.admission).toBe('wait');
  expect(gate.waiting).toEqual(['a2', 'a1']);
});

test('L08 a wait is kept over a restart, and a probe of a process that died is open to the next', () => {
  waits(keeper()).refused('a1');
  expect(keeper().admission).toBe('wait');
  later(12 * MINUTE);
  keeper().admit('a1');
  expect(keeper().admission).toBe('probe');
});

test('L04 what another home runs into closes the gate here too, and opens it again', () => {
  const [mine, other] = [keeper(), keeper()];
  const file = join(folder, 'gate.json');
  waits(other).refused('a1');
  later(2_000);
  expect(mine.admission).toBe('wait');
  later(12 * MINUTE);
  other.admit('a1');
  utimesSync(file, new Date(), new Date());
  later(2_000);
  expect(mine.admission).toBe('wait');
  other.passed('a1');
  later(2_000);
  expect(mine.admission).toBe('open');
});

test('L02 where no number is given the reset is read from the words', () => {
  const gate = keeper();
  const text = "You've hit your limit · resets 4am (UTC)";
  waits(gate).refused('a1', 2, { cause: 'limit', text });
  later(4 * 60 * MINUTE - 1_000);
  expect(gate.admission).toBe('wait');
  later(2 * MINUTE);
  expect(gate.admission).toBe('probe');
});

test('on_limit: stop lets nobody wait for a limit, and says that the run is to end', async () => {
  const gate = keeper('stop');
  const { gone, refused, begins } = waits(gate);
  refused('a1');
  begins('a2');
  await settled();
  expect([gone, gate.stops]).toEqual([['a1', 'a2'], 'limit']);
  later(12 * MINUTE);
  expect(gate.stops).toBeUndefined();
  const login = keeper();
  waits(login).refused('a1', 2, { cause: 'login', text: 'no' });
  expect(login.stops).toBeUndefined();
});

test('L05 a login that is not accepted says what helps', () => {
  const gate = keeper();
  waits(gate).refused('a1', 2, { cause: 'login', text: 'Not logged in' });
  const text = expect.stringMatching(/^Not logged in; run claude \/login .*long-lived token/);
  expect(gate.snapshot()).toMatchObject({ is: 'closed', cause: 'login', text, waiting: ['a1'] });
  expect(told).toMatchObject([{ is: 'gate-closed', text }]);
});

test('a limit that is near is told once, and again when it is another one', () => {
  const gate = keeper();
  const near = (resetAtMs: number, utilization = 0.95) =>
    gate.warned({ status: 'allowed_warning', window: 'five_hour', utilization, resetAtMs });
  near(Date.now() + MINUTE);
  near(Date.now() + MINUTE, 0.97);
  expect(told).toMatchObject([{ is: 'held-back', window: 'five_hour', percent: 95 }]);
  expect(gate.snapshot()).toMatchObject({ is: 'held-back' });
  later(2 * MINUTE);
  expect([gate.heldBack, gate.snapshot()]).toEqual([undefined, undefined]);
  near(Date.now() + MINUTE);
  expect(told).toHaveLength(2);
});
