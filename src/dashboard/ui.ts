/** What the person looks at. */
export interface Ui {
  view: 'overview' | 'agent' | 'queue' | 'item' | 'help';
  /** The name of the chosen agent; undefined until a key chooses one. */
  chosen: string | undefined;
  /** The id of the chosen item of the queue. */
  item?: string | undefined;
  /** Where `esc` leads from an item. */
  from?: 'overview' | 'agent' | 'queue';
  /** Only items with all of these words are shown. */
  filter?: string;
  /** A line that is being typed. */
  typing?: Typing | undefined;
  /** What the same key does when it is pressed again at once. */
  sure?: Sure | undefined;
}

export const START: Ui = { view: 'overview', chosen: undefined };

export interface Typing {
  for: 'filter' | 'nudge' | 'interrupt' | 'answer';
  /** The agent that is meant, or the item whose question is answered. */
  about: string;
  text: string;
}

interface Sure {
  key: string;
  does: string;
  wish: Wish;
}

/** What a key asks of the outside. */
export type Wish =
  | { do: 'leave' | 'quit' | 'pause' | 'redraw' }
  | { do: 'nudge'; agent: string; text: string }
  | { do: 'interrupt'; agent: string; text?: string }
  /** The agent begins nothing new, or does again. */
  | { do: 'pause-agent'; agent: string }
  /** The agent's conversation in this terminal. */
  | { do: 'attach'; agent: string }
  /** So many agents from now on. */
  | { do: 'scale'; agents: number }
  | { do: 'answer'; item: string; text: string }
  | { do: 'hold' | 'release' | 'retry' | 'cancel'; item: string };

/** Wishes that are granted by somebody else than the dashboard, while it goes on. */
export type Deed = Exclude<
  Extract<Wish, { agent: string } | { item: string } | { agents: number }>,
  { do: 'attach' }
>;
export type DeedName = Deed['do'];
/** What the outside may or may not be able to do. */
export type Ability = DeedName | 'attach';

export const isDeed = (wish: Wish): wish is Deed =>
  wish.do !== 'attach' && ('agent' in wish || 'item' in wish || 'agents' in wish);

/** A deed in a few words: `pause a2`. */
export function nameOf(deed: Deed): string {
  if (deed.do === 'scale') return `scale to ${deed.agents}`;
  if (deed.do === 'pause-agent') return `pause ${deed.agent}`;
  return `${deed.do} ${'agent' in deed ? deed.agent : deed.item}`;
}
