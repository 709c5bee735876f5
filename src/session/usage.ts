import type { Totals } from './protocol.ts';

/** Dollars and tokens of one model. */
export interface Spent {
  costUsd: number;
  input: number;
  output: number;
  cacheRead: number;
  cacheWrite: number;
}

export const NOTHING_SPENT: Spent = { costUsd: 0, input: 0, output: 0, cacheRead: 0, cacheWrite: 0 };

const PARTS = ['costUsd', 'input', 'output', 'cacheRead', 'cacheWrite'] as const;

export function addSpent(one: Spent, other: Spent): Spent {
  const sum = { ...one };
  for (const part of PARTS) sum[part] += other[part];
  return sum;
}

type ByModel = Readonly<Record<string, Spent>>;

/** What each model used between two running totals; a total that went down was zeroed meanwhile (`/clear`). */
export function spentByModel({ models: before }: Totals, { models: now }: Totals): Record<string, Spent> {
  const differences = Object.entries(now).map(([model, spent]) => {
    const earlier = before[model] ?? NOTHING_SPENT;
    const less = { ...spent };
    for (const part of PARTS) if (spent[part] >= earlier[part]) less[part] -= earlier[part];
    return [model, less] as const;
  });
  return Object.fromEntries(differences.filter(([, spent]) => PARTS.some((part) => spent[part] > 0)));
}

export function addByModel(one: ByModel, other: ByModel): Record<string, Spent> {
  const sum = { ...one };
  for (const [model, spent] of Object.entries(other))
    sum[model] = addSpent(sum[model] ?? NOTHING_SPENT, spent);
  return sum;
}

/** The dollars that the answer to `get_session_cost` names: the running total of the process, in mid-turn too (observed with 2.1.329). */
export function namedCostUsd(text: string): number | undefined {
  const named = /\bcost:\s+\$(\d+(?:\.\d+)?)/i.exec(text)?.[1];
  return named === undefined ? undefined : Number(named);
}
