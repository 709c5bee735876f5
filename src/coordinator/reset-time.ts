const MONTHS = 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ');

/** `resets 4am (Europe/Berlin)`, `resets at 12:37am (UTC)`, `resets Nov 28 at 3pm`, `resets 16:30`. */
const RESET =
  /\bresets?\s+(?:on\s+)?(?:([a-z]{3})[a-z]*\.?\s+(\d{1,2}),?\s+)?(?:at\s+)?(\d{1,2})(?::(\d{2}))?\s*([ap]m)?\b(?:\s*\(([\w/+-]+)\))?/i;

interface Calendar {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
}

/**
 * When a limit resets by the words of the CLI, for versions that say it no other way; undefined for words that are not
 * understood. A time of day is the next one after now, in the zone that is named, else the machine's.
 */
export function resetIn(text: string, nowMs: number): number | undefined {
  const [, month, date, hours, minutes, half, zone] = RESET.exec(text) ?? [];
  if (hours === undefined) return undefined;
  const hour = half === undefined ? Number(hours) : (Number(hours) % 12) + (/p/i.test(half) ? 12 : 0);
  const minute = Number(minutes ?? 0);
  if (hour > 23 || minute > 59 || (half === undefined && minutes === undefined)) return undefined;
  const today = calendarOf(nowMs, zone);
  if (!today) return undefined;
  if (month !== undefined) {
    const index = MONTHS.indexOf(month.toLowerCase());
    if (index < 0) return undefined;
    // In December a reset in January is one of the next year.
    const year = index + 1 < today.month ? today.year + 1 : today.year;
    return momentOf({ year, month: index + 1, day: Number(date), hour, minute }, zone);
  }
  const moments = [0, 1].map((days) => momentOf({ ...today, day: today.day + days, hour, minute }, zone));
  return moments.find((ms) => ms > nowMs);
}

/** What a clock in a zone shows; undefined for a zone that there is not. */
function calendarOf(ms: number, zone: string | undefined): Calendar | undefined {
  try {
    const format = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
    });
    const parts = Object.fromEntries(
      format.formatToParts(ms).map(({ type, value }) => [type, Number(value)]),
    );
    const { year = 0, month = 0, day = 0, hour = 0, minute = 0 } = parts;
    return { year, month, day, hour, minute };
  } catch {
    return undefined;
  }
}

const asUtc = ({ year, month, day, hour, minute }: Calendar): number =>
  Date.UTC(year, month - 1, day, hour, minute);

/** When a clock in a zone shows this; in the hour that is skipped in spring, an hour later. */
function momentOf(wanted: Calendar, zone: string | undefined): number {
  let ms = asUtc(wanted);
  // The difference to UTC is that of the moment itself, which is known better after each step.
  for (let step = 0; step < 2; step++) ms += asUtc(wanted) - asUtc(calendarOf(ms, zone) ?? wanted);
  return ms;
}
