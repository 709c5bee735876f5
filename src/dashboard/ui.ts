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
  | { do: 'answer'; item: string; text: string }
  | { do: 'hold' | 'release' | 'retry' | 'cancel'; item: string };

/** Wishes that are granted by somebody else than the dashboard. */
export type Deed = Extract<Wish, { agent: string } | { item: string }>;
export type DeedName = Deed['do'];

export const isDeed = (wish: Wish): wish is Deed => 'agent' in wish || 'item' in wish;
