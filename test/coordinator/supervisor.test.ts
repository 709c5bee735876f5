import { expect, test } from 'vitest';
import { RESTARTS, verdict } from '../../src/coordinator/supervisor.ts';

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

test('a cause that a restart cannot mend parks at once', () => {
  expect(verdict([1], 1, 'not logged in')).toEqual({ do: 'park', why: 'not logged in' });
});
