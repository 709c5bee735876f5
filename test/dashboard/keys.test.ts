import { describe, expect, test } from 'vitest';
import { press } from '../../src/dashboard/keys.ts';
import type { Key, Situation } from '../../src/dashboard/keys.ts';
import { START } from '../../src/dashboard/ui.ts';
import type { Ui, Wish } from '../../src/dashboard/ui.ts';

const NAMED = ['up', 'down', 'enter', 'back', 'tab', 'erase', 'quit', 'redraw'] as const;
const keyOf = (name: string): Key => {
  const named = NAMED.find((one) => one === name);
  return named ? { is: named } : { is: 'text', text: name };
};

const SITUATION: Situation = {
  agents: [{ agent: 'a1', item: 'one' }, { agent: 'a2' }, { agent: 'a3' }],
  items: [
    { id: 'bad', place: 'failed' },
    { id: 'kept', place: 'held' },
    { id: 'one', place: 'claimed' },
    { id: 'next', place: 'pending' },
    { id: 'old', place: 'done' },
  ],
  can: () => true,
};

/** What is shown and wished for after some keys. */
function after(keys: string[], situation = SITUATION, begun: Ui = START): { ui: Ui; wishes: Wish[] } {
  let ui = begun;
  const wishes: Wish[] = [];
  for (const key of keys) {
    const pressed = press(ui, keyOf(key), situation);
    ui = pressed.ui;
    if (pressed.wish) wishes.push(pressed.wish);
  }
  return { ui, wishes };
}

test.each<[string[], string | undefined]>([
  [[], undefined],
  [['down'], 'a1'],
  [['j'], 'a1'],
  [['up'], 'a3'],
  [['down', 'down', 'down', 'down'], 'a3'],
  [['down', 'up', 'up'], 'a1'],
  [['down', 'j', 'k'], 'a1'],
  [['jj'], 'a2'],
])('%j chooses %s', (keys, chosen) => {
  expect(after(keys).ui).toEqual({ view: 'overview', chosen });
});

test('enter looks closer at the chosen agent, else at the first, and the arrows go on to others', () => {
  expect(after(['enter']).ui).toEqual({ view: 'agent', chosen: 'a1' });
  expect(after(['down', 'down', 'enter']).ui).toEqual({ view: 'agent', chosen: 'a2' });
  expect(after(['enter', 'down', 'down']).ui).toEqual({ view: 'agent', chosen: 'a3' });
});

test('enter goes on from an agent to its item, and esc leads back the same way', () => {
  const item = after(['enter', 'enter']).ui;
  expect(item).toEqual({ view: 'item', chosen: 'a1', item: 'one', from: 'agent' });
  expect(after(['back'], SITUATION, item).ui.view).toBe('agent');
  expect(after(['enter', 'down', 'enter']).ui.view).toBe('agent');
});

test('tab shows the queue and the agents in turn, enter one of its items', () => {
  expect(after(['tab']).ui.view).toBe('queue');
  expect(after(['tab', 'tab']).ui.view).toBe('overview');
  expect(after(['tab', 'down', 'down', 'enter']).ui).toMatchObject({
    view: 'item',
    item: 'kept',
    from: 'queue',
  });
  expect(after(['tab', 'down', 'enter', 'back']).ui).toMatchObject({ view: 'queue', item: 'bad' });
});

test('escape goes back, and in the overview forgets the choice', () => {
  expect(after(['down', 'enter', 'back']).ui).toEqual({ view: 'overview', chosen: 'a1' });
  expect(after(['down', 'back']).ui).toEqual(START);
});

test('? opens the help and closes it', () => {
  expect(after(['?']).ui.view).toBe('help');
  expect(after(['??']).ui.view).toBe('overview');
  expect(after(['?', 'enter']).ui.view).toBe('overview');
});

test('without agents and items there is nothing to choose', () => {
  const empty = { ...SITUATION, agents: [], items: [] };
  expect(after(['down', 'up', 'enter', 'n', 'i', 'h', 'r', 'x'], empty)).toEqual({ ui: START, wishes: [] });
  expect(after(['tab', 'down', 'enter', 'h', 'x'], empty).wishes).toEqual([]);
});

test('leaving, pausing, drawing anew and interrupting are wishes from everywhere', () => {
  const { wishes } = after(['?', 'q', 'enter', 'p', 'redraw', 'quit']);
  expect(wishes.map((wish) => wish.do)).toEqual(['leave', 'pause', 'redraw', 'quit']);
});

describe('agents', () => {
  test('p pauses the chosen agent, else the run; elsewhere than before agents always the run', () => {
    expect(after(['down', 'p']).wishes).toEqual([{ do: 'pause-agent', agent: 'a1' }]);
    expect(after(['down', 'enter', 'p']).wishes).toEqual([{ do: 'pause-agent', agent: 'a1' }]);
    expect(after(['p']).wishes).toEqual([{ do: 'pause' }]);
    expect(after(['down', 'back', 'p']).wishes).toEqual([{ do: 'pause' }]);
    expect(after(['down', 'tab', 'p']).wishes).toEqual([{ do: 'pause' }]);
    expect(after(['down', 'p'], { ...SITUATION, can: () => false }).wishes).toEqual([{ do: 'pause' }]);
  });

  test('a attaches to the chosen agent, or to the only one', () => {
    expect(after(['a', 'down', 'a']).wishes).toEqual([{ do: 'attach', agent: 'a1' }]);
    const one = { ...SITUATION, agents: [{ agent: 'a9' }] };
    expect(after(['a'], one).wishes).toEqual([{ do: 'attach', agent: 'a9' }]);
    expect(after(['a'], { ...one, can: (what) => what !== 'attach' }).wishes).toEqual([]);
  });

  test('+ and - want one more and one less, but never none', () => {
    expect(after(['+', '-']).wishes).toEqual([
      { do: 'scale', agents: 4 },
      { do: 'scale', agents: 2 },
    ]);
    expect(after(['-'], { ...SITUATION, agents: [{ agent: 'a1' }] }).wishes).toEqual([]);
    expect(after(['+', '-'], { ...SITUATION, agents: [] }).wishes).toEqual([]);
    expect(after(['+'], { ...SITUATION, can: () => false }).wishes).toEqual([]);
  });
});

describe('n and i', () => {
  test('begin a line to the chosen agent; enter sends it', () => {
    const typing = after(['down', 'n', 'look at q', ' first', 'é', 'erase']).ui;
    expect(typing.typing).toEqual({ for: 'nudge', about: 'a1', text: 'look at q first' });
    expect(after(['enter'], SITUATION, typing)).toEqual({
      ui: { view: 'overview', chosen: 'a1', typing: undefined },
      wishes: [{ do: 'nudge', agent: 'a1', text: 'look at q first' }],
    });
  });

  test('esc leaves the line unsent, and so does an empty one', () => {
    expect(after(['down', 'n', 'no', 'back']).wishes).toEqual([]);
    expect(after(['down', 'n', ' ', 'enter']).wishes).toEqual([]);
  });

  test('an interrupt needs no words', () => {
    expect(after(['down', 'i', 'enter']).wishes).toEqual([{ do: 'interrupt', agent: 'a1' }]);
    expect(after(['down', 'i', 'use git', 'enter']).wishes).toEqual([
      { do: 'interrupt', agent: 'a1', text: 'use git' },
    ]);
  });

  test('do nothing where no agent is chosen, but for the only one there is', () => {
    expect(after(['n']).ui).toEqual(START);
    expect(after(['n'], { ...SITUATION, agents: [{ agent: 'a9' }] }).ui.typing?.about).toBe('a9');
  });

  test('what is pasted loses what a terminal obeys', () => {
    expect(after(['down', 'n', 'a\u001b[2Jb\u0007']).ui.typing?.text).toBe('ab');
  });

  test('keys that come together are one line, up to its end', () => {
    expect(after(['down', 'nlook at q\rx']).wishes).toEqual([
      { do: 'nudge', agent: 'a1', text: 'look at q' },
    ]);
    expect(after(['/wait\rq'])).toMatchObject({
      ui: { view: 'queue', filter: 'wait', typing: undefined },
      wishes: [],
    });
  });

  test('^C works while one types', () => {
    expect(after(['down', 'n', 'x', 'quit']).wishes).toEqual([{ do: 'quit' }]);
  });
});

describe('on items', () => {
  const on = (id: string, ...keys: string[]) =>
    after(keys, SITUATION, { view: 'queue', chosen: undefined, item: id });

  test.each<[string, string, Wish[]]>([
    ['bad', 'r', [{ do: 'retry', item: 'bad' }]],
    ['kept', 'h', [{ do: 'release', item: 'kept' }]],
    ['next', 'h', [{ do: 'hold', item: 'next' }]],
    ['old', 'h', []],
    ['old', 'x', []],
    ['next', 'r', []],
    ['bad', 'x', []],
  ])('%s: %s', (id, key, wishes) => {
    expect(on(id, key).wishes).toEqual(wishes);
  });

  test('giving up, and taking work from an agent, is asked for twice', () => {
    expect(on('next', 'x').ui.sure?.does).toBe('cancel next');
    expect(on('next', 'x', 'x')).toMatchObject({
      ui: { item: 'next' },
      wishes: [{ do: 'cancel', item: 'next' }],
    });
    expect(on('one', 'h', 'h').wishes).toEqual([{ do: 'hold', item: 'one' }]);
    expect(on('next', 'x', 'down', 'x').wishes).toEqual([]);
    expect(on('next', 'xx').wishes).toEqual([]);
  });

  test('y shows the questions, then answers the chosen one', () => {
    const asking = {
      ...SITUATION,
      items: [...SITUATION.items, { id: 'ask', place: 'held', reason: 'question' }],
    };
    const shown = after(['y'], asking).ui;
    expect(shown).toMatchObject({ view: 'queue', filter: 'question', item: 'ask' });
    expect(after(['y', 'the blue one', 'enter'], asking, shown).wishes).toEqual([
      { do: 'answer', item: 'ask', text: 'the blue one' },
    ]);
    expect(after(['y', 'enter'], asking, shown).wishes).toEqual([]);
  });

  test('of the chosen agent', () => {
    expect(after(['down', 'x', 'x']).wishes).toEqual([{ do: 'cancel', item: 'one' }]);
    expect(after(['x']).ui).toEqual(START);
  });

  test('what nobody outside can do has no key', () => {
    const nobody = { ...SITUATION, can: () => false };
    expect(after(['down', 'n', 'i', 'x', 'h'], nobody).ui).toEqual({ view: 'overview', chosen: 'a1' });
    expect(after(['r'], nobody, { view: 'queue', chosen: undefined, item: 'bad' }).wishes).toEqual([]);
  });
});

describe('the filter', () => {
  test('works while it is typed, stays after enter, and goes with esc', () => {
    expect(after(['/', 'fail']).ui).toMatchObject({
      view: 'queue',
      filter: 'fail',
      typing: { text: 'fail' },
    });
    const kept = after(['/', 'fail', 'enter']).ui;
    expect(kept).toMatchObject({ view: 'queue', filter: 'fail', typing: undefined });
    expect(after(['back'], SITUATION, kept).ui).toMatchObject({ view: 'queue', filter: '' });
    expect(after(['/', 'fail', 'back']).ui).toMatchObject({ view: 'queue', filter: '', typing: undefined });
  });

  test('letters that are keys elsewhere are letters there', () => {
    expect(after(['/', 'q', '?']).ui.filter).toBe('q?');
  });
});
