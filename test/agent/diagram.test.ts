import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { DEADLINES, step } from '../../src/agent/agent.ts';
import { EVENTS, PHASES, states } from './events.ts';

const allowance = { corrections: 1, ladder: ['nudge', 'anew'] as const };

/** Every way from one phase to another that the code has with what leads there, as the diagram writes them. */
function waysInCode(): Map<string, string> {
  const ways = new Map<string, Set<string>>();
  for (const state of states()) {
    for (const event of EVENTS) {
      const next = step(state, event, allowance);
      if (next === state || event.is === 'broken') continue;
      const way = `${state.phase} --> ${next.phase}`;
      ways.set(way, (ways.get(way) ?? new Set()).add(event.is));
    }
  }
  return new Map([...ways].map(([way, events]) => [way, [...events].toSorted().join(', ')]));
}

function waysInDiagram(): Map<string, string> {
  const text = readFileSync(join(import.meta.dirname, '../../ARCHITECTURE.md'), 'utf8');
  const diagram = /```mermaid\nstateDiagram-v2\n([\s\S]*?)```/.exec(text)?.[1] ?? '';
  const lines = [...diagram.matchAll(/^\s*(\S+) --> (\S+?)(?:: (.*))?$/gm)];
  return new Map(lines.map(([, from, to, why = '']) => [`${from} --> ${to}`, why]));
}

test('the diagram in ARCHITECTURE.md has the ways that the code has, and no others', () => {
  const drawn = waysInDiagram();
  expect(drawn.size).toBeGreaterThan(20);
  expect(Object.fromEntries(drawn)).toEqual({
    '[*] --> preparing': '',
    ...Object.fromEntries(waysInCode()),
    'ended --> [*]': '',
  });
});

describe('every phase', () => {
  test.each([...PHASES])('%s has a deadline and is drawn', (phase) => {
    expect(DEADLINES).toHaveProperty(phase);
    const text = [...waysInDiagram().keys()].join('\n');
    expect(text).toMatch(new RegExp(`^${phase} -->`, 'm'));
  });

  test('that has a deadline is one', () => {
    expect(Object.keys(DEADLINES).toSorted()).toEqual([...PHASES].toSorted());
  });

  test.each(states().map((state) => [state.phase, state] as const))(
    '%s ends when it is broken',
    (_, state) => {
      const out = step(state, { is: 'broken', finding: { reason: 'timeout', text: '' } }, allowance);
      expect(out).toMatchObject({
        phase: 'ended',
        outcome: { is: 'failed', finding: { reason: 'timeout' } },
      });
    },
  );

  test.each(states().map((state) => [state.phase, state] as const))(
    '%s has a way out besides that',
    (_, state) => {
      expect(EVENTS.some((event) => event.is !== 'broken' && step(state, event, allowance) !== state)).toBe(
        true,
      );
    },
  );
});
