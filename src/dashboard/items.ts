import type { Place } from '../queue/name.ts';

/** An item as the dashboard knows it. */
export interface ItemView {
  id: string;
  place: Place;
  priority: string;
  /** The title, once its definition was read. */
  title?: string | undefined;
  agent?: string | undefined;
  reason?: string | undefined;
  attempt: number;
  batch?: string | undefined;
  labels?: readonly string[] | undefined;
  /** Ids that it waits for. */
  after?: readonly string[] | undefined;
}

/** One try at an item, as its record tells. */
export interface AttemptView {
  attempt: number;
  agent: string;
  branch: string;
  outcome?: string | undefined;
  reason?: string | undefined;
  finding?: string | undefined;
  landed?: string | undefined;
  rescued?: string | undefined;
  costUsd?: number | undefined;
}

/** All that is shown of one item. */
export interface ItemDetail {
  id: string;
  body: string;
  checks: readonly string[];
  attempts: readonly AttemptView[];
}

/** What waits for a person comes first, then what happens, what will, what was. */
const ORDER: readonly Place[] = ['failed', 'held', 'claimed', 'pending', 'done'];

/** The items with all the words of a filter, in any of what is known of them; in the order in which they are shown. */
export function filtered(items: readonly ItemView[], filter = ''): ItemView[] {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  const wanted = items.filter((item) => {
    const known = textOf(item);
    return words.every((word) => known.includes(word));
  });
  return ORDER.flatMap((place) => wanted.filter((item) => item.place === place));
}

const textOf = ({ id, place, priority, title, agent, reason, batch, labels = [] }: ItemView): string =>
  [id, place, priority, title, agent, reason, batch, ...labels].filter(Boolean).join(' ').toLowerCase();
