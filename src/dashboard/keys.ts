import { safeText } from '../text.ts';
import { START } from './ui.ts';
import type { Ability, Typing, Ui, Wish } from './ui.ts';

/** A key that was pressed: one with a name, or text (several letters where it was pasted). */
export type Key =
  | { is: 'up' | 'down' | 'enter' | 'back' | 'tab' | 'erase' | 'quit' | 'redraw' }
  | { is: 'text'; text: string };

/** What keys can be about. */
export interface Situation {
  agents: readonly { agent: string; item?: string | undefined }[];
  /** The items that the queue shows, in their order. */
  items: readonly { id: string; place: string; reason?: string | undefined }[];
  /** What somebody outside can do. */
  can: (what: Ability) => boolean;
}

interface Pressed {
  ui: Ui;
  wish?: Wish;
}

/** What a key does: another view, or a wish. Pure. Keys that were pressed fast, or pasted, come as one text. */
export function press(before: Ui, key: Key, situation: Situation): Pressed {
  const broken = key.is === 'text' ? /[\r\n]+/.exec(key.text) : null;
  if (key.is !== 'text' || !broken) return pressOne(before, key, situation);
  const first = pressOne(before, { is: 'text', text: key.text.slice(0, broken.index) }, situation);
  if (first.wish) return first;
  const entered = pressOne(first.ui, { is: 'enter' }, situation);
  const rest = key.text.slice(broken.index + broken[0].length);
  // What is pasted is one line: what follows its first end is not obeyed as keys.
  return entered.wish || rest === '' || !entered.ui.typing
    ? entered
    : press(entered.ui, { is: 'text', text: rest }, situation);
}

function pressOne(before: Ui, key: Key, situation: Situation): Pressed {
  if (before.typing) return type(before, before.typing, key);
  const { sure, ...ui } = before;
  if (sure && key.is === 'text' && key.text === sure.key) return { ui, wish: sure.wish };
  switch (key.is) {
    case 'quit':
    case 'redraw':
      return { ui, wish: { do: key.is } };
    case 'up':
    case 'down':
      return { ui: choose(ui, key.is, situation) };
    case 'enter':
      return { ui: enter(ui, situation) };
    case 'back':
      return { ui: back(ui) };
    case 'tab':
      return { ui: { ...ui, view: ui.view === 'queue' ? 'overview' : 'queue' } };
    case 'erase':
      return { ui };
    case 'text':
      return letters(ui, key.text, situation);
    default:
      return key satisfies never;
  }
}

/** Letters that were typed fast come together: those after one that begins a line belong to it, those after a wish are lost. */
function letters(before: Ui, text: string, situation: Situation): Pressed {
  let ui = before;
  let rest = text;
  for (const letter of text) {
    const pressed = letterKey(ui, letter, situation);
    ui = pressed.ui;
    rest = rest.slice(letter.length);
    if (ui.typing && rest !== '') return type(ui, ui.typing, { is: 'text', text: rest });
    if (pressed.wish || ui.sure) return pressed;
  }
  return { ui };
}

function letterKey(ui: Ui, letter: string, situation: Situation): Pressed {
  switch (letter) {
    case 'q':
      return { ui, wish: { do: 'leave' } };
    case 'p':
      return { ui, wish: pauseWish(ui, situation) };
    case 'a':
      return attachKey(ui, situation);
    case '+':
    case '-':
      return scaleKey(ui, letter === '+' ? 1 : -1, situation);
    case '?':
      return { ui: { ...ui, view: ui.view === 'help' ? 'overview' : 'help' } };
    case 'j':
      return { ui: choose(ui, 'down', situation) };
    case 'k':
      return { ui: choose(ui, 'up', situation) };
    case '/':
      return { ui: { ...ui, view: 'queue', typing: { for: 'filter', about: '', text: ui.filter ?? '' } } };
    case 'n':
      return ask(ui, 'nudge', situation);
    case 'i':
      return ask(ui, 'interrupt', situation);
    case 'y':
      return answerKey(ui, situation);
    case 'h':
    case 'r':
    case 'x':
      return itemKey(ui, letter, situation);
    default:
      return { ui };
  }
}

const agentNames = ({ agents }: Situation): string[] => agents.map(({ agent }) => agent);

function choose(ui: Ui, way: 'up' | 'down', situation: Situation): Ui {
  if (ui.view === 'help' || ui.view === 'item') return ui;
  if (ui.view !== 'queue') return { ...ui, chosen: next(ui.chosen, way, agentNames(situation)) };
  const ids = situation.items.map(({ id }) => id);
  return { ...ui, item: next(ui.item, way, ids) };
}

function next(chosen: string | undefined, way: 'up' | 'down', all: readonly string[]): string | undefined {
  const at = chosen === undefined ? -1 : all.indexOf(chosen);
  if (at < 0) return way === 'down' ? all[0] : all.at(-1);
  return all[Math.min(all.length - 1, Math.max(0, at + (way === 'down' ? 1 : -1)))];
}

/** From the overview into an agent, from the agent into its item, from the queue into an item. */
function enter(ui: Ui, situation: Situation): Ui {
  if (ui.view === 'help') return { ...ui, view: 'overview' };
  if (ui.view === 'item') return ui;
  if (ui.view === 'overview') {
    const chosen = chosenAgent(ui, situation) ?? situation.agents[0]?.agent;
    return chosen === undefined ? ui : { ...ui, view: 'agent', chosen };
  }
  const item = ui.view === 'agent' ? itemMeant(ui, situation)?.id : (ui.item ?? situation.items[0]?.id);
  return item === undefined ? ui : { ...ui, view: 'item', item, from: ui.view };
}

function back(ui: Ui): Ui {
  if (ui.view === 'overview') return START;
  if (ui.view === 'item') return { ...ui, view: ui.from ?? 'queue' };
  if (ui.view === 'queue' && ui.filter) return { ...ui, filter: '' };
  return { ...ui, view: 'overview' };
}

const chosenAgent = (ui: Ui, situation: Situation): string | undefined =>
  agentNames(situation).find((name) => name === ui.chosen);

/** The chosen agent is paused, or without one the run. */
function pauseWish(ui: Ui, situation: Situation): Wish {
  const isOfAgents = ui.view === 'overview' || ui.view === 'agent';
  const agent = isOfAgents ? chosenAgent(ui, situation) : undefined;
  return agent !== undefined && situation.can('pause-agent') ? { do: 'pause-agent', agent } : { do: 'pause' };
}

/** The conversation of the chosen agent, or of the only one. */
function attachKey(ui: Ui, situation: Situation): Pressed {
  const agent = agentMeant(ui, situation);
  return agent === undefined || !situation.can('attach') ? { ui } : { ui, wish: { do: 'attach', agent } };
}

/** No run has more agents. */
const MOST_AGENTS = 100;

/** One agent more or less; the last one is not taken away, and where none are known nobody is added. */
function scaleKey(ui: Ui, by: number, { agents, can }: Situation): Pressed {
  const wanted = agents.length + by;
  if (!can('scale') || agents.length === 0 || wanted < 1 || wanted > MOST_AGENTS) return { ui };
  return { ui, wish: { do: 'scale', agents: wanted } };
}

/** The chosen agent, or the only one. */
const agentMeant = (ui: Ui, situation: Situation): string | undefined =>
  chosenAgent(ui, situation) ?? (situation.agents.length === 1 ? situation.agents[0]?.agent : undefined);

/** Begins a line for the chosen agent, or for the only one. */
function ask(ui: Ui, what: 'nudge' | 'interrupt', situation: Situation): Pressed {
  const about = agentMeant(ui, situation);
  if (about === undefined || !situation.can(what)) return { ui };
  return { ui: { ...ui, typing: { for: what, about, text: '' } } };
}

/** The item on the page, the chosen one of the queue, or that of the chosen agent. */
function itemMeant(ui: Ui, { agents, items }: Situation): Situation['items'][number] | undefined {
  if (ui.view === 'item' || ui.view === 'queue') {
    return items.find(({ id }) => id === ui.item);
  }
  const id = agents.find(({ agent }) => agent === ui.chosen)?.item;
  return id === undefined ? undefined : { id, place: 'claimed' };
}

/** What items are held for whose agents ask a person. */
const ASKED = 'question';

/** Begins the answer to the question of the item that is meant; else shows the items that ask. */
function answerKey(ui: Ui, situation: Situation): Pressed {
  if (!situation.can('answer')) return { ui };
  const meant = itemMeant(ui, situation);
  if (meant?.reason === ASKED) return { ui: { ...ui, typing: { for: 'answer', about: meant.id, text: '' } } };
  const first = situation.items.find(({ reason }) => reason === ASKED);
  return { ui: { ...ui, view: 'queue', filter: ASKED, item: first?.id } };
}

const FITS: Readonly<Record<'release' | 'hold' | 'retry' | 'cancel', readonly string[]>> = {
  release: ['held'],
  hold: ['pending', 'claimed'],
  retry: ['failed'],
  cancel: ['pending', 'claimed', 'held'],
};

/** Holding, releasing and retrying can be undone; taking work from an agent and giving up are asked twice. */
function itemKey(ui: Ui, letter: 'h' | 'r' | 'x', situation: Situation): Pressed {
  const meant = itemMeant(ui, situation);
  if (!meant) return { ui };
  const { id, place } = meant;
  const verb = { h: place === 'held' ? 'release' : 'hold', r: 'retry', x: 'cancel' }[
    letter
  ] as keyof typeof FITS;
  if (!FITS[verb].includes(place) || !situation.can(verb)) return { ui };
  const wish: Wish = { do: verb, item: id };
  if (letter !== 'x' && place !== 'claimed') return { ui, wish };
  return { ui: { ...ui, sure: { key: letter, does: `${verb} ${id}`, wish } } };
}

/** More than this is not typed by hand. */
const LONGEST = 2_000;

function type(ui: Ui, typing: Typing, key: Key): Pressed {
  switch (key.is) {
    case 'text':
      return {
        ui: typed(ui, {
          ...typing,
          text: (typing.text + safeText(key.text, { max: LONGEST })).slice(0, LONGEST),
        }),
      };
    case 'erase':
      return { ui: typed(ui, { ...typing, text: withoutLast(typing.text) }) };
    case 'back':
      return { ui: { ...ui, typing: undefined, ...(typing.for === 'filter' && { filter: '' }) } };
    case 'enter':
      return send({ ...ui, typing: undefined }, typing);
    case 'redraw':
    case 'quit':
      return { ui: { ...ui, typing: undefined }, wish: { do: key.is } };
    case 'up':
    case 'down':
    case 'tab':
      return { ui };
    default:
      return key satisfies never;
  }
}

const segments = new Intl.Segmenter();

const withoutLast = (text: string): string =>
  [...segments.segment(text)]
    .slice(0, -1)
    .map(({ segment }) => segment)
    .join('');

/** A filter works while it is typed. */
const typed = (ui: Ui, typing: Typing): Ui => ({
  ...ui,
  typing,
  ...(typing.for === 'filter' && { filter: typing.text, item: undefined }),
});

function send(ui: Ui, { for: what, about: agent, text }: Typing): Pressed {
  const said = text.trim();
  if (what === 'answer') return said === '' ? { ui } : { ui, wish: { do: what, item: agent, text: said } };
  if (what === 'filter') return { ui };
  if (what === 'interrupt') return { ui, wish: { do: what, agent, ...(said !== '' && { text: said }) } };
  return said === '' ? { ui } : { ui, wish: { do: what, agent, text: said } };
}
