/** Numbers in the few characters that a dashboard has for them. */

const two = (value: number) => String(value).padStart(2, '0');

/** A duration: `4s`, `1m 12s`, `2h 05m`, `3d 04h`. Negative ones (clocks that were set) count as none. */
export function lasting(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}m ${two(seconds % 60)}s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours}h ${two(minutes % 60)}m`;
  return `${Math.floor(hours / 24)}d ${two(hours % 24)}h`;
}

/** How long ago an ISO 8601 time was, in milliseconds; undefined without a time. */
export function ago(at: string | undefined, nowMs: number): number | undefined {
  const time = at === undefined ? Number.NaN : Date.parse(at);
  return Number.isNaN(time) ? undefined : Math.max(0, nowMs - time);
}

/** Dollars: `$0.12`, `$12.30`, `$1234`; what is less than a cent but not nothing is `<$0.01`. */
export function money(usd: number): string {
  if (usd > 0 && usd < 0.005) return '<$0.01';
  return usd >= 1000 ? `$${Math.round(usd)}` : `$${usd.toFixed(2)}`;
}

/** `1 restart`, `2 restarts`. */
export const many = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

/** The local time of day of an ISO 8601 time: `23:04:59`. */
export function timeOfDay(at: string): string {
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? '        ' : date.toTimeString().slice(0, 8);
}

/** Landings in an hour at the pace of `ms` milliseconds; undefined while that says nothing yet. */
export function pace(landed: number, ms: number): string | undefined {
  if (landed === 0 || ms < 60_000) return undefined;
  const rate = perHour(landed, ms);
  return rate < 10 ? rate.toFixed(1) : String(Math.round(rate));
}

/** So many in an hour, if there are `count` in `ms` milliseconds. */
export const perHour = (count: number, ms: number): number => (count * 3_600_000) / ms;
