import { describe, expect, test } from 'vitest';
import { diesOften, isIncident, RESTARTS, verdict } from '../../src/coordinator/supervisor.ts';

test('the first death is followed by a restart at once, later ones by 1, 2, 4 seconds', () => {
  const waits = [1, 2, 3, 4].map((n) =>
    verdict(
      Array.from({ length: n }, (_, i) => i * 1000),
      4000,
    ),
  );
  expect(waits).toEqual([0, 1000, 2000, 4000].map((afterMs) => ({ do: 'revive', afterMs })));
});

test('too many deaths within the window park the agent and say so', () => {
  expect(verdict([1, 2, 3, 4, 5], 6)).toEqual({ do: 'park', why: '5 deaths within 10 minutes' });
});

test('deaths outside the window are forgotten', () => {
  const now = RESTARTS.windowMs + 10;
  expect(verdict([1, 2, 3, 4, now], now)).toEqual({ do: 'revive', afterMs: 0 });
});

test('deaths from before the clock was set back by more than the window do not keep an agent parked', () => {
  const { windowMs } = RESTARTS;
  const ahead = [1, 2, 3, 4, 5].map((n) => windowMs + n);
  expect(verdict(ahead, 10).do).toBe('park');
  expect(verdict([...ahead, 0], 0)).toEqual({ do: 'revive', afterMs: 0 });
});

test('a cause that a restart cannot mend parks at once', () => {
  expect(verdict([1], 1, { hopeless: 'not logged in' })).toEqual({ do: 'park', why: 'not logged in' });
});

test('agents that died together do not return together: a tenth of jitter either way', () => {
  const deaths = [1, 2, 3];
  expect(verdict(deaths, 3, { jitter: 0 })).toEqual({ do: 'revive', afterMs: 1800 });
  expect(verdict(deaths, 3, { jitter: 1 })).toEqual({ do: 'revive', afterMs: 2200 });
});

test('more than three deaths in an hour are often', () => {
  const hourMs = 3_600_000;
  expect(diesOften([1, 2, 3], 10)).toBe(false);
  expect(diesOften([1, 2, 3, 4], 10)).toBe(true);
  expect(diesOften([1, 2, 3, 4], hourMs + 2)).toBe(false);
});

test('only deaths that count park the agent, all of them slow it down', () => {
  const deaths = [1, 2, 3, 4, 5, 6];
  expect(verdict(deaths, 6, { counted: [1, 4] })).toEqual({ do: 'revive', afterMs: 16_000 });
});

describe('an incident', () => {
  const deaths = (...agents: string[]) => agents.map((agent, i) => ({ agent, atMs: i * 1000 }));

  test.each([
    ['two of three within 30 s', deaths('a1', 'a2'), 3, 2_000, true],
    ['one of three', deaths('a1'), 3, 2_000, false],
    ['one agent twice', deaths('a1', 'a1', 'a1'), 3, 2_000, false],
    ['half of four is not more than half', deaths('a1', 'a2'), 4, 2_000, false],
    ['three of four', deaths('a1', 'a2', 'a3'), 4, 3_000, true],
    ['both of two are too few to tell', deaths('a1', 'a2'), 2, 2_000, false],
    ['two of three, but longer apart', deaths('a1', 'a2'), 3, 30_500, false],
  ])('%s', (_, seen, ...[agents, nowMs, is]) => {
    expect(isIncident(seen, agents, nowMs)).toBe(is);
  });
});
