import { expect, test } from 'vitest';
import { Incidents } from '../../src/coordinator/incidents.ts';
import type { Happening } from '../../src/journal/event.ts';

const watch = (agents: string[]) => {
  const told: Happening[] = [];
  const pardoned: string[] = [];
  const incidents = new Incidents((happening) => told.push(happening));
  for (const agent of agents) incidents.join(agent);
  const die = (agent: string) => incidents.note({ agent, pardon: () => void pardoned.push(agent) });
  return { incidents, told, pardoned, die };
};

test('when most agents die at once nobody is blamed, and it is told once', () => {
  const { incidents, told, pardoned, die } = watch(['a1', 'a2', 'a3']);
  die('a1');
  expect(incidents.isOn).toBe(false);
  die('a2');
  expect(incidents.isOn).toBe(true);
  die('a3');
  expect(pardoned).toEqual(['a1', 'a2', 'a3']);
  expect(told).toEqual([{ is: 'incident', agents: ['a1', 'a2'], ms: 30_000 }]);
});

test('a single agent that dies again and again is no incident', () => {
  const { incidents, pardoned, die } = watch(['a1', 'a2', 'a3']);
  for (let n = 0; n < 10; n++) die('a1');
  expect(incidents.isOn).toBe(false);
  expect(pardoned).toEqual([]);
});
