import { expect, test } from 'vitest';
import { press, START } from '../../src/dashboard/keys.ts';
import type { Key, Ui, Wish } from '../../src/dashboard/keys.ts';

const AGENTS = ['a1', 'a2', 'a3'];

/** What is shown and wished for after some keys. */
function after(keys: Key[], agents: readonly string[] = AGENTS): { ui: Ui; wishes: Wish[] } {
  let ui = START;
  const wishes: Wish[] = [];
  for (const key of keys) {
    const pressed = press(ui, key, agents);
    ui = pressed.ui;
    if (pressed.wish) wishes.push(pressed.wish);
  }
  return { ui, wishes };
}

test.each<[Key[], string | undefined]>([
  [[], undefined],
  [['down'], 'a1'],
  [['up'], 'a3'],
  [['down', 'down', 'down', 'down'], 'a3'],
  [['down', 'up', 'up'], 'a1'],
])('%j chooses %s', (keys, chosen) => {
  expect(after(keys).ui).toEqual({ view: 'overview', chosen });
});

test('enter looks closer at the chosen agent, else at the first, and the arrows go on to others', () => {
  expect(after(['enter']).ui).toEqual({ view: 'agent', chosen: 'a1' });
  expect(after(['down', 'down', 'enter']).ui).toEqual({ view: 'agent', chosen: 'a2' });
  expect(after(['enter', 'down', 'down']).ui).toEqual({ view: 'agent', chosen: 'a3' });
});

test('escape goes back, and in the overview forgets the choice', () => {
  expect(after(['down', 'enter', 'back']).ui).toEqual({ view: 'overview', chosen: 'a1' });
  expect(after(['down', 'back']).ui).toEqual(START);
});

test('? opens the help and closes it', () => {
  expect(after(['help']).ui.view).toBe('help');
  expect(after(['help', 'help']).ui.view).toBe('overview');
  expect(after(['help', 'enter']).ui.view).toBe('overview');
});

test('without agents there is nothing to choose', () => {
  expect(after(['down', 'up', 'enter'], []).ui).toEqual(START);
});

test('leaving, pausing, drawing anew and interrupting are wishes from everywhere', () => {
  expect(after(['help', 'leave', 'enter', 'pause', 'redraw', 'interrupt']).wishes).toEqual([
    'leave',
    'pause',
    'redraw',
    'interrupt',
  ]);
});
