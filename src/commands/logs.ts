import { setTimeout as wait } from 'node:timers/promises';
import { join } from 'node:path';
import { wallMs } from '../clock.ts';
import { livingRun } from '../coordinator/run-file.ts';
import { toneOf } from '../dashboard/happenings.ts';
import { HarnessError } from '../errors.ts';
import { describe } from '../journal/event.ts';
import type { JournalEvent } from '../journal/event.ts';
import { history } from '../journal/history.ts';
import { JournalReader } from '../journal/journal.ts';
import { safeText } from '../text.ts';
import { existingQueue, homeOf, note, stateOf } from './invocation.ts';
import type { Invocation } from './invocation.ts';
import { painter } from './paint.ts';
import type { Paint } from './paint.ts';
import { sinceMs } from './since.ts';

interface LogsOptions {
  follow?: boolean;
  since?: string;
}

/** Without `--since` so many events are shown. */
const LAST = 200;
const LOOK_MS = 200;

/** `harness logs [AGENT|ITEM]`: what happened, in a line each; with `-f` also what happens, until the run ends. */
export async function logs(
  invocation: Invocation,
  about: string | undefined,
  options: LogsOptions,
): Promise<void> {
  const home = homeOf(invocation);
  const state = stateOf(home);
  const file = join(state, 'journal.ndjson');
  // Opened first: what comes between the two is shown once.
  const reader = new JournalReader(file, 'end');
  const all = [...history(file)];
  const concerns = subjectOf(about, all, (prefix) => existingQueue(home)?.find(prefix).id);
  const fromMs = options.since === undefined ? undefined : sinceMs(options.since, wallMs());
  const wanted = all.filter(
    (event) => concerns(event) && (fromMs === undefined || Date.parse(event.at) >= fromMs),
  );
  const shown = fromMs === undefined ? wanted.slice(-LAST) : wanted;
  const print = printerOf(invocation);
  shown.forEach(print);
  if (shown.length < wanted.length)
    note(invocation, `the last ${LAST} of ${wanted.length} events; --since 24h shows more`);
  if (options.follow) await follow(reader, state, (event) => concerns(event) && print(event));
  reader.close();
}

/** Whether an event concerns the agent or the item that is meant. */
function subjectOf(
  about: string | undefined,
  events: readonly JournalEvent[],
  find: (prefix: string) => string | undefined,
): (event: JournalEvent) => boolean {
  if (about === undefined) return () => true;
  if (events.some((event) => agentsOf(event).includes(about)))
    return (event) => agentsOf(event).includes(about);
  const id = find(about);
  if (id === undefined) {
    throw new HarnessError('usage', `there is no agent and no item ${safeText(about, { max: 80 })}`);
  }
  return (event) => 'item' in event && event.item === id;
}

function agentsOf(event: JournalEvent): readonly (string | undefined)[] {
  if (event.is === 'incident') return event.agents;
  return 'agent' in event ? [event.agent] : [];
}

/** Prints events; a line with the date stands before the first of every day. */
function printerOf({ json, env }: Invocation): (event: JournalEvent) => void {
  const paint = painter(process.stdout, env);
  let day = '';
  return (event) => {
    const words = describe(event);
    if (json) process.stdout.write(`${JSON.stringify(event)}\n`);
    if (json || words === undefined) return;
    const date = new Date(event.at);
    if (date.toDateString() !== day) process.stdout.write(`${paint(date.toDateString(), 'strong')}\n`);
    day = date.toDateString();
    process.stdout.write(`${line(date, words, event, paint)}\n`);
  };
}

const line = (date: Date, words: string, event: JournalEvent, paint: Paint): string =>
  `${paint(date.toTimeString().slice(0, 8), 'dim')} ${paint(words, toneOf(event))}`;

async function follow(
  reader: JournalReader,
  state: string,
  print: (event: JournalEvent) => void,
): Promise<void> {
  for (let goesOn = true; goesOn; ) {
    goesOn = livingRun(state) !== undefined;
    if (goesOn) await wait(LOOK_MS);
    reader.read().forEach(print);
  }
}
