import { describe } from '../journal/event.ts';
import type { Happening, JournalEvent } from '../journal/event.ts';
import { span } from './rows.ts';
import type { Row, Tone } from './rows.ts';
import { timeOfDay } from '../words.ts';

/** Ends of work stand out, its steps stand back. */
const TONES: { [K in Happening['is']]?: Tone } = {
  landed: 'good',
  failed: 'bad',
  trouble: 'bad',
  'agent-parked': 'bad',
  incident: 'bad',
  'dies-often': 'warn',
  'session-replaced': 'warn',
  'gate-opened': 'good',
  'agent-unparked': 'good',
  'publish-refused': 'warn',
  'gate-closed': 'warn',
  'budget-used-up': 'warn',
  alert: 'warn',
  quarantined: 'bad',
  'starts-closed': 'warn',
  'held-back': 'warn',
  unconfined: 'warn',
  'config-refused': 'warn',
  standstill: 'warn',
  paused: 'warn',
  draining: 'warn',
  stopping: 'warn',
  'given-back': 'warn',
  returned: 'warn',
  flaky: 'warn',
  'question-asked': 'warn',
  'disk-short': 'bad',
  'lease-lost': 'warn',
  reclaimed: 'warn',
  'run-started': 'strong',
  'run-ended': 'strong',
  phase: 'dim',
  verdict: 'warn',
  planned: 'dim',
  'session-started': 'dim',
  'session-ended': 'dim',
  rescued: 'dim',
  published: 'dim',
  'taken-in': 'dim',
};

/** In which colour an event is shown. */
export const toneOf = ({ is }: JournalEvent): Tone => TONES[is] ?? 'plain';

/** The last `most` events that are of interest to people, oldest first, one row each. */
export function happeningRows(events: readonly JournalEvent[], most: number): Row[] {
  const rows: Row[] = [];
  for (let i = events.length - 1; i >= 0 && rows.length < most; i--) {
    const event = events[i];
    const words = event && describe(event);
    if (event && words !== undefined) {
      rows.unshift([span(` ${timeOfDay(event.at)}  `, 'dim'), span(words, toneOf(event))]);
    }
  }
  return rows;
}

/** The events of a run that concern one agent. */
export function eventsOf(events: readonly JournalEvent[], run: string | undefined, agent: string) {
  return events.filter((event) => event.run === run && 'agent' in event && event.agent === agent);
}
