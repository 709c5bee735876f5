import { lasting, many, money } from '../words.ts';
import type { Change } from './evidence.ts';
import type { Report } from './report.ts';
import type { Restarts } from './hardships.ts';

/** What both forms of the report, lines and page, say in the same words. */

const two = (value: number) => String(value).padStart(2, '0');

/** Local time, `2026-11-20 22:00`. */
export function moment(at: string): string {
  const date = new Date(at);
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}`;
}

export const changeWords = (change: Change | undefined): string =>
  change ? `+${change.added} -${change.removed} in ${many(change.files, 'file')}` : '';

/** The last part of a path: what a home is called. */
export const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1) || path;

interface Figure {
  number: string;
  word: string;
  tone: 'good' | 'bad' | 'warn' | 'plain';
}

/** The numbers that say it all, in the order in which one asks. */
export function figuresOf(report: Report): Figure[] {
  const { landed, failed, cancelled, waiting, left, spend } = report;
  const perLanding = landed.length === 0 ? '' : `, ${money(spend.totalUsd / landed.length)} a landing`;
  return [
    { number: String(landed.length), word: 'landed', tone: landed.length > 0 ? 'good' : 'plain' },
    { number: String(failed.length), word: 'failed', tone: failed.length > 0 ? 'bad' : 'plain' },
    ...(cancelled > 0 ? [{ number: String(cancelled), word: 'cancelled', tone: 'plain' as const }] : []),
    {
      number: String(waiting.length),
      word: waiting.length === 1 ? 'waits for you' : 'wait for you',
      tone: waiting.length > 0 ? 'warn' : 'plain',
    },
    { number: String(left), word: 'left in the queue', tone: 'plain' },
    { number: money(spend.totalUsd), word: `in ${many(spend.turns, 'turn')}${perLanding}`, tone: 'plain' },
  ];
}

/** What had to be started again, in sentences; none where nothing had. */
export function restartWords({ runs, sessions, replaced, incidents }: Restarts): string[] {
  return [
    ...(runs > 0 ? [`${many(runs, 'coordinator')} killed; the next one recovered the run`] : []),
    ...sessions.map(
      ({ agent, deaths, cause }) => `${agent}: ${many(deaths, 'death')} of its session, last: ${cause}`,
    ),
    ...(replaced > 0 ? [`${many(replaced, 'conversation')} could not be gone on with and began anew`] : []),
    ...(incidents > 0 ? [`${many(incidents, 'incident')} in which several agents died at once`] : []),
  ];
}

export const waitedWords = (waitedMs: number | undefined): string =>
  waitedMs === undefined ? 'not over yet' : `agents waited ${lasting(waitedMs)}`;
