import { expect, test } from 'vitest';
import type { Coordinator } from '../../src/coordinator/coordinator.ts';
import type { LandingEnd, Ready } from '../../src/coordinator/landing.ts';
import { Landings } from '../../src/coordinator/landings.ts';
import { keepForAuthor, returnsOf } from '../../src/coordinator/returns.ts';
import type { Run } from '../../src/coordinator/run.ts';

const lease = { id: 'x', attempt: 1, agent: 'a1', file: 'x' } as Ready['lease'];
const ready = { lease, record: { session: 's1' } } as Ready;
const refused = (reason: 'conflict' | 'no-commits'): LandingEnd => ({
  is: 'refused',
  finding: { reason, text: '' },
  evidence: '',
});

/** A coordinator with one agent, whose conversation is the given one. */
function coordinator(seat: { conversation?: string; parked?: string }, corrections = 2): Coordinator {
  const run = { config: { corrections }, env: {}, tell: () => undefined } as unknown as Run;
  return {
    run,
    seats: [{ agent: 'a1', ...seat }],
    landings: new Landings(run, []),
  } as unknown as Coordinator;
}

test('a refused landing waits for the agent whose conversation made it', () => {
  const one = coordinator({ conversation: 's1' });
  expect(keepForAuthor(one, ready, refused('conflict'))).toBe(true);
  expect(returnsOf(one)).toEqual([{ lease, agent: 'a1' }]);
});

test.each([
  ['the conversation is another one by now', coordinator({ conversation: 's2' })],
  ['the agent is parked', coordinator({ conversation: 's1', parked: 'it died too often' })],
  ['corrections are off', coordinator({ conversation: 's1' }, 0)],
])('it does not wait where %s', (_when, one) => {
  expect(keepForAuthor(one, ready, refused('conflict'))).toBe(false);
});

test('what nobody can mend does not wait, nor what has come back too often', () => {
  const one = coordinator({ conversation: 's1' });
  expect(keepForAuthor(one, ready, refused('no-commits'))).toBe(false);
  const often = { ...ready, record: { ...ready.record, returns: 2 } };
  expect(keepForAuthor(one, often, refused('conflict'))).toBe(false);
});

test('who waits is given up once the author begins another conversation', () => {
  const seat = { conversation: 's1' };
  const one = coordinator(seat);
  keepForAuthor(one, ready, refused('conflict'));
  Object.assign(one.seats[0] ?? {}, { conversation: 's2' });
  expect(returnsOf(one)).toMatchObject([{ lost: 'the conversation that made it is over' }]);
});
