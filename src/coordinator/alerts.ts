import type { Happening, JournalEvent } from '../journal/event.ts';
import { anew, beginningIn, EXPLAINS, overBy, waitAfter } from './alert-rules.ts';
import type { Begun, Cause, Wait } from './alert-rules.ts';

/** Something that began and has not ended. `key` names the episode: there is never a second one of the same key. */
export interface Alert {
  key: string;
  cause: Cause;
  text: string;
  /** ISO 8601. */
  since: string;
  /** It was one too many of its cause: neither its beginning nor its end is told. */
  muted?: boolean;
}

/** What is kept between events: plain values, bounded, so that a restarted coordinator goes on where the last one stopped. */
export interface Alerts {
  open: readonly Alert[];
  /** When alerts of each cause were told within the last hour; wall clock, ms. */
  told: Readonly<Partial<Record<Cause, readonly number[]>>>;
  /** How many of each cause were not told, and the last of them. */
  muted: Readonly<Partial<Record<Cause, { times: number; text: string }>>>;
  wait: Wait;
}

export const NO_ALERTS: Alerts = { open: [], told: {}, muted: {}, wait: { paused: false } };

/** What the journal is told of alerts. */
export type AlertNews = Extract<Happening, { is: 'alert' | 'alert-over' }>;

export interface Heard {
  alerts: Alerts;
  news: AlertNews[];
}

/** So many of one cause are told within an hour; the others are summed up when the hour is over. */
const MOST = { times: 4, withinMs: 3_600_000 };
/** More than these are not kept: the oldest goes without a word. */
const KEPT = 200;

/** Hears one event of the journal, in its order. */
export function hear(alerts: Alerts, event: JournalEvent): Heard {
  const nowMs = Date.parse(event.at);
  const wait = waitAfter(alerts.wait, event, nowMs);
  const over = overBy(event);
  const wasKnown = alerts.open.some(({ key }) => over.includes(key) && EXPLAINS.includes(key));
  const ended = end({ ...alerts, wait: wasKnown ? anew(wait, nowMs) : wait }, over, nowMs);
  const begun = beginningIn(event);
  if (!begun) return ended;
  const after = begin(ended.alerts, begun, nowMs);
  return { alerts: after.alerts, news: [...ended.news, ...after.news] };
}

/** What only time brings: that nothing landed for `stalledMs`, and the sums of what was not told. */
export function watch(alerts: Alerts, nowMs: number, stalledMs: number): Heard {
  const { sinceMs, paused } = alerts.wait;
  const isKnown = alerts.open.some(({ key }) => key === 'nothing-landed' || EXPLAINS.includes(key));
  const waitedMs = sinceMs === undefined || paused || isKnown ? 0 : nowMs - sinceMs;
  const text = `nothing landed for ${Math.round(waitedMs / 60_000)} minutes`;
  const stalled = { key: 'nothing-landed', cause: 'nothing-landed', text } as const;
  const first = waitedMs < stalledMs ? { alerts, news: [] } : begin(alerts, stalled, nowMs);
  return Object.keys(first.alerts.muted).reduce((heard, cause) => {
    const after = sumUp(heard.alerts, cause as Cause, nowMs);
    return { alerts: after.alerts, news: [...heard.news, ...after.news] };
  }, first);
}

/** Tells how many of a cause were not told, as soon as one may be told again. */
function sumUp(alerts: Alerts, cause: Cause, nowMs: number): Heard {
  const { [cause]: sum, ...muted } = alerts.muted;
  if (!sum || recent(alerts, cause, nowMs).length >= MOST.times) return { alerts, news: [] };
  const text = `${sum.times} more like this within the last hour: ${sum.text}`;
  return begin({ ...alerts, muted }, { key: `more ${cause}`, cause, text, moment: true }, nowMs);
}

const recent = ({ told }: Alerts, cause: Cause, nowMs: number): number[] =>
  // After the clock was set back by more than that, what was told before does not count.
  (told[cause] ?? []).filter((at) => Math.abs(nowMs - at) < MOST.withinMs);

function begin(alerts: Alerts, begun: Begun, nowMs: number): Heard {
  const { key, cause, text, moment = false } = begun;
  const before = alerts.open.find((one) => one.key === key);
  if (before?.text === text) return { alerts, news: [] };
  if (before) {
    const open = alerts.open.map((one) => (one === before ? { ...one, text } : one));
    return { alerts: { ...alerts, open }, news: [] };
  }
  const times = recent(alerts, cause, nowMs);
  const muted = times.length >= MOST.times;
  const one: Alert = { key, cause, text, since: new Date(nowMs).toISOString(), ...(muted && { muted }) };
  const open = moment ? alerts.open : [...alerts.open, one].slice(-KEPT);
  if (muted) {
    const sum = { times: (alerts.muted[cause]?.times ?? 0) + 1, text };
    return { alerts: { ...alerts, open, muted: { ...alerts.muted, [cause]: sum } }, news: [] };
  }
  const told = { ...alerts.told, [cause]: [...times, nowMs] };
  return { alerts: { ...alerts, open, told }, news: [{ is: 'alert', key, cause, text, moment }] };
}

function end(alerts: Alerts, keys: readonly string[], nowMs: number): Heard {
  const over = alerts.open.filter(({ key }) => keys.includes(key));
  if (over.length === 0) return { alerts, news: [] };
  const news = over
    .filter(({ muted }) => !muted)
    .map(({ key, cause, text, since }): AlertNews => {
      return { is: 'alert-over', key, cause, text, ms: Math.max(0, nowMs - Date.parse(since)) };
    });
  return { alerts: { ...alerts, open: alerts.open.filter((one) => !over.includes(one)) }, news };
}
