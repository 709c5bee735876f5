import type { TurnFacts } from '../session/turn.ts';
import { addByModel, addSpent, NOTHING_SPENT } from '../session/usage.ts';
import type { Spent } from '../session/usage.ts';

/** What was spent in a day or a run, and by whom, for what, with which model. */
export interface Spending {
  turns: number;
  spent: Spent;
  agents: Readonly<Record<string, number>>;
  rigs: Readonly<Record<string, number>>;
  models: Readonly<Record<string, Spent>>;
}

export const NO_SPENDING: Spending = { turns: 0, spent: NOTHING_SPENT, agents: {}, rigs: {}, models: {} };

/** What a turn was for. */
export interface Purpose {
  agent: string;
  rig: string;
}

export type Costs = Pick<TurnFacts, 'costUsd' | 'tokens' | 'models'>;

/** Spending with one turn more. */
export function booked(
  spending: Spending,
  { agent, rig }: Purpose,
  { costUsd, tokens, models }: Costs,
): Spending {
  const more = (sums: Spending['agents'], name: string) => ({ ...sums, [name]: (sums[name] ?? 0) + costUsd });
  return {
    turns: spending.turns + 1,
    spent: addSpent(spending.spent, { costUsd, ...tokens }),
    agents: more(spending.agents, agent),
    rigs: more(spending.rigs, rig),
    models: addByModel(spending.models, models),
  };
}
