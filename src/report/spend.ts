import type { JournalEvent } from '../journal/event.ts';
import { timeOf } from './evidence.ts';

/** What one item, agent or model cost in the time that is reported. */
export interface Share {
  name: string;
  costUsd: number;
  turns: number;
}

export interface Spend {
  totalUsd: number;
  turns: number;
  /** The most expensive first. */
  items: Share[];
  agents: Share[];
  /** Empty where no turn says which models answered. */
  models: Share[];
}

type TurnEnded = Extract<JournalEvent, { is: 'turn-ended' }>;

const isTurn = (event: JournalEvent): event is TurnEnded => event.is === 'turn-ended';

/** What was spent, by whom and on what. */
export function spendOf(events: readonly JournalEvent[]): Spend {
  const turns = events.filter(isTurn);
  return {
    totalUsd: turns.reduce((sum, { costUsd }) => sum + costUsd, 0),
    turns: turns.length,
    items: sharesOf(turns, ({ item }) => item),
    agents: sharesOf(turns, ({ agent }) => agent),
    models: modelsOf(turns),
  };
}

function sharesOf(turns: readonly TurnEnded[], nameOf: (turn: TurnEnded) => string): Share[] {
  const shares = new Map<string, Share>();
  for (const turn of turns) {
    const name = nameOf(turn);
    const share = shares.get(name) ?? { name, costUsd: 0, turns: 0 };
    shares.set(name, { name, costUsd: share.costUsd + turn.costUsd, turns: share.turns + 1 });
  }
  return [...shares.values()].toSorted(dearestFirst);
}

/** A turn counts for every model that answered in it. */
function modelsOf(turns: readonly TurnEnded[]): Share[] {
  const shares = new Map<string, Share>();
  for (const { models = {} } of turns) {
    for (const [name, { costUsd }] of Object.entries(models)) {
      const share = shares.get(name) ?? { name, costUsd: 0, turns: 0 };
      shares.set(name, { name, costUsd: share.costUsd + costUsd, turns: share.turns + 1 });
    }
  }
  return [...shares.values()].toSorted(dearestFirst);
}

const dearestFirst = (one: Share, other: Share): number =>
  other.costUsd - one.costUsd || other.turns - one.turns || (one.name < other.name ? -1 : 1);

/** Landings and dollars over time, in equal steps. */
export interface Course {
  /** ISO 8601: when the first step begins. */
  from: string;
  stepMs: number;
  landed: number[];
  costUsd: number[];
}

const MINUTE_MS = 60_000;
const STEPS_MS = [1, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 10_080].map(
  (minutes) => minutes * MINUTE_MS,
);
const MOST_STEPS = 48;

/** The course from the first event on, in the shortest steps of which there are not too many. */
export function courseOf(events: readonly JournalEvent[], toMs: number): Course {
  const [first] = events;
  const fromMs = first ? Math.min(timeOf(first), toMs) : toMs;
  const stepMs =
    STEPS_MS.find((ms) => (toMs - fromMs) / ms < MOST_STEPS) ?? Math.ceil((toMs - fromMs) / MOST_STEPS);
  const steps = Math.floor((toMs - fromMs) / stepMs) + 1;
  const landed = Array.from({ length: steps }, () => 0);
  const costUsd = Array.from({ length: steps }, () => 0);
  for (const event of events) {
    const step = Math.floor((timeOf(event) - fromMs) / stepMs);
    if (event.is === 'landed') landed[step] = (landed[step] ?? 0) + 1;
    if (event.is === 'turn-ended') costUsd[step] = (costUsd[step] ?? 0) + event.costUsd;
  }
  return { from: new Date(fromMs).toISOString(), stepMs, landed, costUsd };
}
