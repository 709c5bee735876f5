import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { abandon, admission, OPEN, probe, refuse } from '../../src/coordinator/gate.ts';
import type { Gate, Refusal } from '../../src/coordinator/gate.ts';

const NOW = Date.UTC(2026, 10, 21);
const MINUTE = 60_000;
const limit = (resetAtMs?: number): Refusal => ({ cause: 'limit', text: 'limit', resetAtMs });

test('a limit closes the gate until its reset and a little more', () => {
  const gate = refuse(OPEN, limit(NOW + 10 * MINUTE), NOW, { jitter: 0.5 });
  expect(gate).toMatchObject({ is: 'closed', untilMs: NOW + 10.5 * MINUTE, tries: 0 });
  expect(admission(gate, NOW + 10 * MINUTE)).toBe('wait');
  expect(admission(gate, NOW + 11 * MINUTE)).toBe('probe');
});

test.each([
  ['none', undefined],
  ['one that is past', NOW - MINUTE],
  ['one that is too far away', NOW + 30 * 24 * 60 * MINUTE],
])('without a believable reset (%s) the wait is an own one that grows', (_name, resetAtMs) => {
  let gate = refuse(OPEN, limit(resetAtMs), NOW, { jitter: 0.5 });
  const waits: number[] = [];
  for (let i = 0; i < 5; i++) {
    if (gate.is !== 'open') waits.push((gate.untilMs - NOW) / MINUTE);
    gate = refuse(probe(gate), limit(resetAtMs), NOW, { jitter: 0.5 });
  }
  expect(waits).toEqual([5, 10, 20, 40, 60]);
});

test('one probe is let through, and the others wait for what it finds', () => {
  const gate = probe(refuse(OPEN, limit(NOW), NOW, { jitter: 0 }));
  expect(admission(gate, NOW + 60 * MINUTE)).toBe('wait');
  expect(admission(abandon(gate), NOW + 60 * MINUTE)).toBe('probe');
});

test('a refusal of somebody who had begun before changes nothing, unless the reset is later', () => {
  const gate = refuse(OPEN, limit(NOW + 10 * MINUTE), NOW, { jitter: 0 });
  expect(refuse(gate, limit(), NOW, { jitter: 0 })).toBe(gate);
  expect(refuse(gate, limit(NOW + 10 * MINUTE), NOW, { jitter: 0 })).toBe(gate);
  expect(refuse(gate, limit(NOW + 20 * MINUTE), NOW, { jitter: 0 })).toMatchObject({
    untilMs: NOW + 20 * MINUTE,
  });
});

test('whatever is said, the wait is never longer than its bound, and always ends in a probe', () => {
  const refusal = fc.record({
    cause: fc.constantFrom('limit' as const, 'api' as const, 'login' as const),
    text: fc.constant(''),
    resetAtMs: fc.option(fc.integer({ min: NOW - 1e12, max: NOW + 1e12 }), { nil: undefined }),
  });
  fc.assert(
    fc.property(
      fc.array(fc.tuple(refusal, fc.boolean(), fc.double({ min: 0, max: 1, noNaN: true }))),
      (refusals) => {
        let gate: Gate = OPEN;
        for (const [one, probed, jitter] of refusals)
          gate = refuse(probed ? probe(gate) : gate, one, NOW, { jitter });
        if (gate.is === 'open') return;
        expect(gate.untilMs - NOW).toBeLessThanOrEqual(8 * 24 * 60 * MINUTE + MINUTE);
        expect(admission(gate, gate.untilMs)).toBe('probe');
      },
    ),
  );
});

test('L03 a reset far away is waited for in parts: after six hours one tries all the same', () => {
  const HOUR = 60 * MINUTE;
  const gate = refuse(OPEN, limit(NOW + 72 * HOUR), NOW, { jitter: 0 });
  expect(gate).toMatchObject({ untilMs: NOW + 6 * HOUR });
  const later = NOW + 6 * HOUR;
  expect(refuse(probe(gate), limit(NOW + 72 * HOUR), later, { jitter: 0 })).toMatchObject({
    untilMs: later + 6 * HOUR,
    sinceMs: NOW,
  });
});

test('waits of our own are divided by the scale of time, a reset is not', () => {
  const own = refuse(OPEN, limit(), NOW, { jitter: 0.5, scale: 10 });
  expect(own).toMatchObject({ untilMs: NOW + 0.5 * MINUTE });
  const given = refuse(OPEN, limit(NOW + 10 * MINUTE), NOW, { jitter: 1, scale: 10 });
  expect(given).toMatchObject({ untilMs: NOW + 10.1 * MINUTE });
});

test('D04: a gate that was closed while the clock was a day ahead lets one try when it is set back', () => {
  const DAY = 24 * 60 * MINUTE;
  const ahead = refuse(OPEN, limit(), NOW + DAY, { jitter: 0 });
  expect([admission(ahead, NOW + DAY), admission(ahead, NOW)]).toEqual(['wait', 'probe']);
  const again = refuse(probe(ahead), limit(), NOW, { jitter: 0 });
  expect([admission(again, NOW), admission(again, NOW + 60 * MINUTE)]).toEqual(['wait', 'probe']);
});
