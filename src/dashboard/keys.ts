/** What the person looks at. */
export interface Ui {
  view: 'overview' | 'agent' | 'help';
  /** The name of the chosen agent; undefined until a key chooses one. */
  chosen: string | undefined;
}

export const START: Ui = { view: 'overview', chosen: undefined };

export type Key = 'up' | 'down' | 'enter' | 'back' | 'help' | 'pause' | 'leave' | 'interrupt' | 'redraw';

/** What a key asks of the outside. */
export type Wish = 'leave' | 'interrupt' | 'pause' | 'redraw';

/** What a key does: another view, or a wish. Pure. `agents` are the names of those there are, in their order. */
export function press(ui: Ui, key: Key, agents: readonly string[]): { ui: Ui; wish?: Wish } {
  switch (key) {
    case 'leave':
    case 'interrupt':
    case 'pause':
    case 'redraw':
      return { ui, wish: key };
    case 'help':
      return { ui: { ...ui, view: ui.view === 'help' ? 'overview' : 'help' } };
    case 'up':
    case 'down':
      return { ui: ui.view === 'help' ? ui : { ...ui, chosen: next(ui.chosen, key, agents) } };
    case 'enter':
      return { ui: enter(ui, agents) };
    case 'back':
      return { ui: ui.view === 'overview' ? START : { ...ui, view: 'overview' } };
    default:
      return key satisfies never;
  }
}

function next(chosen: string | undefined, key: 'up' | 'down', agents: readonly string[]): string | undefined {
  const at = chosen === undefined ? -1 : agents.indexOf(chosen);
  if (at < 0) return key === 'down' ? agents[0] : agents.at(-1);
  return agents[Math.min(agents.length - 1, Math.max(0, at + (key === 'down' ? 1 : -1)))];
}

function enter(ui: Ui, agents: readonly string[]): Ui {
  if (ui.view === 'help') return { ...ui, view: 'overview' };
  const chosen = ui.chosen !== undefined && agents.includes(ui.chosen) ? ui.chosen : agents[0];
  return chosen === undefined ? ui : { view: 'agent', chosen };
}
