/** What may be spent, in dollars; infinite where there is no limit. */
export interface Budgets {
  item: number;
  run: number;
  day: number;
}

/** Something that was paid for: when (wall clock, ms), and how much, in dollars. */
export interface Payment {
  atMs: number;
  usd: number;
}

const HOUR_MS = 3_600_000;
/** A pace is told over at least so long: one dear turn at the start says nothing of the next hours. */
const LEAST_MS = HOUR_MS / 6;

const two = (value: number) => String(value).padStart(2, '0');

/** The day of a moment on the local calendar, `2026-11-21`: budgets of a day are those of the people who set them. */
export function dayOf(ms: number): string {
  const date = new Date(ms);
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** When the next local day begins; a day of 23 or 25 hours is one too. */
export function nextDayMs(ms: number): number {
  const date = new Date(ms);
  return new Date(date.getFullYear(), date.getMonth(), date.getDate() + 1).getTime();
}

/** Dollars an hour over the last hour, or since the run began if that is less. */
export function paceOf(payments: readonly Payment[], nowMs: number, sinceMs: number): number {
  const spanMs = Math.min(HOUR_MS, Math.max(LEAST_MS, nowMs - sinceMs));
  const recent = payments.filter(({ atMs }) => nowMs - atMs < spanMs);
  return (recent.reduce((sum, { usd }) => sum + usd, 0) * HOUR_MS) / spanMs;
}

/** Which budget ends first at this pace, and when (wall clock, ms); undefined if none does (the day's is renewed before). */
export function forecast(
  { run, day }: Budgets,
  spent: { run: number; day: number },
  { usdPerHour, nowMs }: { usdPerHour: number; nowMs: number },
): { of: 'run' | 'day'; atMs: number } | undefined {
  if (usdPerHour <= 0) return undefined;
  const ends = (budget: number, used: number) => nowMs + (Math.max(0, budget - used) / usdPerHour) * HOUR_MS;
  const both = [
    { of: 'run' as const, atMs: ends(run, spent.run) },
    { of: 'day' as const, atMs: ends(day, spent.day) },
  ];
  return both
    .filter(({ of, atMs }) => atMs < (of === 'day' ? nextDayMs(nowMs) : Number.POSITIVE_INFINITY))
    .toSorted((one, other) => one.atMs - other.atMs)[0];
}

const timeOf = (ms: number): string => {
  const date = new Date(ms);
  return `${two(date.getHours())}:${two(date.getMinutes())}`;
};

/** `at this pace (1.20 USD an hour) the day's budget ends at 03:10`; the pace alone where no budget ends. Local time. */
export function forecastText(usdPerHour: number, ends?: { of: 'run' | 'day'; atMs: number }): string {
  const pace = `${usdText(usdPerHour)} an hour`;
  return ends ? `at this pace (${pace}) the ${ends.of}'s budget ends at ${timeOf(ends.atMs)}` : pace;
}

/** An amount as sentences have it. */
export const usdText = (usd: number): string => `${usd.toFixed(2)} USD`;

/** Why a budget allows nothing more; undefined while it does. */
export function usedUp(of: keyof Budgets, budgets: Budgets, usd: number): string | undefined {
  if (usd < budgets[of]) return undefined;
  const whose = { item: "the item's", run: "the run's", day: "the day's" }[of];
  return `${whose} budget of ${usdText(budgets[of])} is used up (${usdText(usd)} spent); budget.${of} in the configuration raises it`;
}
