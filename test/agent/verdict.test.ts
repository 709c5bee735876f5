import { expect, test } from 'vitest';
import type { AttemptEvent } from '../../src/agent/agent.ts';
import { verdictOf } from '../../src/agent/verdict.ts';
import { EVENTS } from './events.ts';

/** The verdict that each kind of event has, on a turn of work; the table is whole, see below. */
const VERDICTS: Record<AttemptEvent['is'], string | undefined> = {
  prepared: undefined,
  answered: undefined,
  planned: 'accepted',
  unplanned: 'correct',
  asked: 'accepted',
  left: 'accepted',
  stuck: undefined,
  refused: undefined,
  released: undefined,
  died: undefined,
  revived: undefined,
  lost: undefined,
  verified: 'accepted',
  found: 'correct',
  broken: undefined,
};

test.each(EVENTS.map((event) => [event.is, event] as const))('%s', (is, event) => {
  expect(verdictOf(event, 'work')?.is).toBe(VERDICTS[is]);
});

test('an answer is accepted at once where nothing is to be verified', () => {
  expect(verdictOf({ is: 'answered' }, 'orient')).toEqual({ is: 'accepted' });
});

test.each(['outside', 'wrong-branch', 'wrote-in-plan', 'out-of-bounds'] as const)(
  '%s is out of bounds, however it comes to light',
  (reason) => {
    const finding = { reason, text: '' };
    for (const is of ['found', 'unplanned', 'broken'] as const) {
      expect(verdictOf({ is, finding }, 'work')).toEqual({ is: 'out-of-bounds', finding });
    }
  },
);
