/** One line of a table in docs/benchmarks.md. */
export interface Row {
  /** What was done. */
  what: string;
  /** What was measured, with its unit: `23,000/s`. */
  measured: string;
  /** What it is compared with in the same run, and what that took. */
  beside?: string;
  /** How the two compare. */
  ratio?: number;
  /** What is demanded of it, in words, and whether this run meets it. */
  demand?: { is: string; met: boolean };
}

/** What a file of this folder exports to be a bench of that name. */
export interface Bench {
  /** What is measured and how, in a few sentences, for the readers of the table. */
  about: string;
  rows(): Promise<Row[]>;
}

/** `least` <= value. */
export const atLeast = (least: number, value: number, unit = ''): NonNullable<Row['demand']> => ({
  is: `at least ${least}${unit}`,
  met: value >= least,
});

/** value <= `most`. */
export const atMost = (most: number, value: number, unit = ''): NonNullable<Row['demand']> => ({
  is: `at most ${most}${unit}`,
  met: value <= most,
});

/** 23456.7 as `23,457`, 0.0123 as `0.0123`: three digits that mean something. */
export function figure(value: number): string {
  if (value >= 100) return Math.round(value).toLocaleString('en-US');
  return String(Number(value.toPrecision(3)));
}

export const perSecond = (count: number, ms: number): string => `${figure((count / ms) * 1000)}/s`;

/** The middle of some figures: one slow moment of the machine does not count. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** The figure that `share` of them (0 to 1) do not exceed. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
