import { HarnessError } from '../errors.ts';
import { safeText } from '../text.ts';

const UNITS_MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const DAY_MS = UNITS_MS.d;

/**
 * The moment (wall clock, ms) that `--since` names: a time of day (`22:00`, the last one, local time), a time ago (`90m`,
 * `12h`, `2d`) or a moment (`2027-01-15T08:00`). HarnessError('usage') for anything else.
 */
export function sinceMs(text: string, nowMs: number): number {
  const [, number, unit] = /^(\d+(?:\.\d+)?)([smhd])$/.exec(text) ?? [];
  if (number !== undefined) return nowMs - Number(number) * UNITS_MS[unit as keyof typeof UNITS_MS];
  const [, hour, minute] = /^([01]?\d|2[0-3]):([0-5]\d)$/.exec(text) ?? [];
  if (hour !== undefined) {
    const at = new Date(nowMs).setHours(Number(hour), Number(minute), 0, 0);
    return at > nowMs ? new Date(at - DAY_MS).setHours(Number(hour), Number(minute), 0, 0) : at;
  }
  const moment = Date.parse(text);
  if (Number.isFinite(moment) && /\d{4}/.test(text)) return moment;
  throw new HarnessError(
    'usage',
    `--since ${safeText(text, { max: 40 })}: say a time of day (22:00), how long ago (90m, 12h, 2d) or a moment (2027-01-15T08:00)`,
  );
}
