import type { Config } from '../config.ts';
import type { SessionEvent } from '../session/protocol.ts';
import { sizeText } from '../size.ts';

/** What a conversation has been through, as far as that makes it worse. */
export interface Wear {
  /** Its id; another one begins anew. */
  session: string;
  /** Items that it has worked on. */
  items: number;
  /** How long its first turns, and its latest ones, took to begin to answer; ms. */
  first: readonly number[];
  latest: readonly number[];
  /** When the turn began that nothing has been answered to yet; monotonic, ms. */
  askedMs?: number | undefined;
  /** How full its context was at the end of the last item, in percent; unknown with versions that do not tell. */
  context?: number | undefined;
  /** What its process, with MCP servers, held in memory then, in bytes. */
  memory?: number | undefined;
}

export const UNWORN: Wear = { session: '', items: 0, first: [], latest: [] };

/** So many turns are compared: one that is slow says nothing. */
const COMPARED = 5;

/** Who answers faster than this is not slow, whatever it was before; ms. */
const NEVER_SLOW_MS = 10_000;

/** The wear after one more event of the session; `nowMs` is monotonic. */
export function wornBy(wear: Wear, event: SessionEvent, nowMs: number): Wear {
  if (event.is === 'init') {
    const same = event.session === '' || event.session === wear.session;
    return { ...(same ? wear : { ...UNWORN, session: event.session }), askedMs: nowMs };
  }
  const isAnswer = event.is === 'delta' || (event.is === 'assistant' && !event.synthetic && !event.fault);
  if (wear.askedMs === undefined || !isAnswer) return wear;
  const took = nowMs - wear.askedMs;
  const isEarly = wear.first.length < COMPARED;
  return {
    ...wear,
    askedMs: undefined,
    ...(isEarly ? { first: [...wear.first, took] } : { latest: [...wear.latest, took].slice(-COMPARED) }),
  };
}

/** Why a session should be replaced before its next item; undefined while it is good for another one. */
export function wornOut(wear: Wear, limits: Config['session']['recycle']): string | undefined {
  const { items, context = 0, memory = 0 } = wear;
  if (context > limits.context)
    return `its context is ${Math.round(context)} % full, more than ${limits.context} % (session.recycle.context)`;
  if (memory > limits.memory)
    return `its process uses ${sizeText(memory)}, more than ${sizeText(limits.memory)} (session.recycle.memory)`;
  if (items >= limits.items) return `it has worked on ${items} items (session.recycle.items)`;
  return tooSlow(wear, limits.slowdown);
}

function tooSlow({ first, latest }: Wear, times: number): string | undefined {
  if (latest.length < COMPARED) return undefined;
  const [before, now] = [median(first), median(latest)];
  if (now < NEVER_SLOW_MS || now <= before * times) return undefined;
  return `it begins to answer after ${seconds(now)}, ${seconds(before)} at first (session.recycle.slowdown)`;
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

const median = (values: readonly number[]): number =>
  values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0;
