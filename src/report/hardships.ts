import type { JournalEvent } from '../journal/event.ts';
import { lasting, many } from '../words.ts';
import type { Landed } from './outcomes.ts';

/** A time in which all agents waited: for a usage limit, the API, the login. */
export interface Limit {
  /** ISO 8601. */
  at: string;
  cause: string;
  text: string;
  /** How long agents waited; missing while they still do. */
  waitedMs?: number;
}

/** What had to be started again. */
export interface Restarts {
  /** Coordinators that were killed. */
  runs: number;
  /** Sessions that died, by agent. */
  sessions: { agent: string; deaths: number; cause: string }[];
  /** Conversations that could not be gone on with. */
  replaced: number;
  /** Times when several agents died at once. */
  incidents: number;
}

export function limitsOf(events: readonly JournalEvent[]): Limit[] {
  const limits: Limit[] = [];
  for (const event of events) {
    if (event.is === 'gate-closed') limits.push({ at: event.at, cause: event.cause, text: event.text });
    const open = limits.findLast((one) => one.waitedMs === undefined);
    if (event.is === 'gate-opened' && open) open.waitedMs = event.ms;
  }
  return limits;
}

export function restartsOf(events: readonly JournalEvent[]): Restarts {
  const sessions = new Map<string, { agent: string; deaths: number; cause: string }>();
  for (const event of events) {
    if (event.is !== 'session-ended' || event.cause === 'closed') continue;
    const deaths = (sessions.get(event.agent)?.deaths ?? 0) + 1;
    sessions.set(event.agent, { agent: event.agent, deaths, cause: event.cause });
  }
  return {
    runs: killedRuns(events),
    sessions: [...sessions.values()].toSorted((one, other) => other.deaths - one.deaths),
    replaced: countOf(events, 'session-replaced'),
    incidents: countOf(events, 'incident'),
  };
}

const countOf = (events: readonly JournalEvent[], is: JournalEvent['is']): number =>
  events.filter((event) => event.is === is).length;

/** Runs that another one followed although they never ended. */
function killedRuns(events: readonly JournalEvent[]): number {
  const started = events.filter(({ is }) => is === 'run-started').map(({ run }) => run);
  const ended = new Set(events.filter(({ is }) => is === 'run-ended').map(({ run }) => run));
  return started.slice(0, -1).filter((run) => !ended.has(run)).length;
}

const MANY_ATTEMPTS = 3;
const DEAR = 5;
const MOST_TROUBLES = 10;

/** What a person might wonder about, in sentences. */
export function anomaliesOf(events: readonly JournalEvent[], landed: readonly Landed[]): string[] {
  return [
    ...attemptsOf(landed),
    ...dearOf(landed),
    ...endsOf(events),
    ...sumOf(events, 'lease-lost', 'attempts lost their lease to somebody else'),
    ...sumOf(events, 'reclaimed', 'items were taken back from a dead holder'),
    ...rescuedOf(events),
    ...stoodStill(events),
    ...troublesOf(events),
  ];
}

const attemptsOf = (landed: readonly Landed[]): string[] =>
  landed
    .filter(({ attempts }) => attempts >= MANY_ATTEMPTS)
    .map(({ id, title, attempts }) => `${id} landed only at attempt ${attempts}: ${title}`);

/** What cost several times as much as is usual, where there is enough to call something usual. */
function dearOf(landed: readonly Landed[]): string[] {
  const costs = landed.map(({ costUsd }) => costUsd).toSorted((one, other) => one - other);
  const usual = costs[Math.floor(costs.length / 2)] ?? 0;
  if (costs.length < 5 || usual === 0) return [];
  return landed
    .filter(({ costUsd }) => costUsd > DEAR * usual)
    .map(
      ({ id, costUsd }) =>
        `${id} cost $${costUsd.toFixed(2)}, ${Math.round(costUsd / usual)} times the usual`,
    );
}

/** Turns that ended in another way than by an answer. */
function endsOf(events: readonly JournalEvent[]): string[] {
  const ends = new Map<string, number>();
  for (const event of events)
    if (event.is === 'turn-ended' && event.end !== 'answered')
      ends.set(event.end, (ends.get(event.end) ?? 0) + 1);
  return [...ends].map(([end, count]) => `${many(count, 'turn')} ended without an answer (${end})`);
}

function sumOf(events: readonly JournalEvent[], is: JournalEvent['is'], what: string): string[] {
  const count = countOf(events, is);
  return count === 0 ? [] : [`${count} ${what}`];
}

function rescuedOf(events: readonly JournalEvent[]): string[] {
  const refs = events.flatMap((event) => (event.is === 'rescued' ? [event.ref] : []));
  return refs.length === 0 ? [] : [`uncommitted work was saved: ${refs.slice(-5).join(', ')}`];
}

function stoodStill(events: readonly JournalEvent[]): string[] {
  const ms = events.reduce((sum, event) => sum + (event.is === 'standstill' ? event.ms : 0), 0);
  return ms === 0 ? [] : [`the machine slept, stood still or changed its clock, for ${lasting(ms)} in all`];
}

function troublesOf(events: readonly JournalEvent[]): string[] {
  const counts = new Map<string, number>();
  for (const event of events) {
    if (event.is !== 'trouble') continue;
    const text = [event.agent, event.item, event.what].filter(Boolean).join(' ');
    counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  const all = [...counts].map(([text, count]) => (count === 1 ? text : `${text} (${count} times)`));
  const more = all.length - MOST_TROUBLES;
  return [...all.slice(0, MOST_TROUBLES), ...(more > 0 ? [`and ${more} other troubles`] : [])];
}
