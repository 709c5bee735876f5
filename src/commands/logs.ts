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
import { AgentNotes } from './agent-notes.ts';
import type { Line } from './agent-notes.ts';
import { existingQueue, homeOf, note, stateOf } from './invocation.ts';
import type { Invocation } from './invocation.ts';
import { painter } from './paint.ts';
import { sinceMs } from './since.ts';

interface LogsOptions {
  follow?: boolean;
  since?: string;
}

/** Without `--since` so many events are shown. */
const LAST = 200;
const LOOK_MS = 200;

/**
 * `harness logs [AGENT|ITEM]`: what happened, in a line each, of an agent also what it said and did; with `-f` also what
 * happens, until the run ends.
 */
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
  const { agent, concerns } = subjectOf(about, all, (prefix) => existingQueue(home)?.find(prefix).id);
  const notes = agent === undefined ? undefined : new AgentNotes(state, agent);
  const fromMs = options.since === undefined ? undefined : sinceMs(options.since, wallMs());
  const wanted = inOrder(all.filter(concerns).map(lineOf), notes?.all()).filter(
    ({ at }) => fromMs === undefined || Date.parse(at) >= fromMs,
  );
  const shown = fromMs === undefined ? wanted.slice(-LAST) : wanted;
  const print = printerOf(invocation);
  shown.forEach(print);
  if (shown.length < wanted.length)
    note(invocation, `the last ${LAST} of ${wanted.length} events; --since 24h shows more`);
  const news = () => inOrder(reader.read().filter(concerns).map(lineOf), notes?.news());
  if (options.follow) await follow(state, () => news().forEach(print));
  reader.close();
  notes?.close();
}

const lineOf = (event: JournalEvent): Line => ({
  at: event.at,
  words: describe(event),
  tone: toneOf(event),
  whole: event,
});

/** What the run wrote down and what the agent's session did, as it happened; those without notes keep the order of the journal. */
const inOrder = (events: Line[], notes: Line[] = []): Line[] =>
  notes.length === 0
    ? events
    : [...events, ...notes].toSorted((one, other) => Date.parse(one.at) - Date.parse(other.at));

/** What is meant: the agent, if it is one, and whether an event concerns it. */
interface Subject {
  agent?: string;
  concerns: (event: JournalEvent) => boolean;
}

function subjectOf(
  about: string | undefined,
  events: readonly JournalEvent[],
  find: (prefix: string) => string | undefined,
): Subject {
  if (about === undefined) return { concerns: () => true };
  if (events.some((event) => agentsOf(event).includes(about)))
    return { agent: about, concerns: (event) => agentsOf(event).includes(about) };
  const id = find(about);
  if (id === undefined) {
    throw new HarnessError('usage', `there is no agent and no item ${safeText(about, { max: 80 })}`);
  }
  return { concerns: (event) => 'item' in event && event.item === id };
}

function agentsOf(event: JournalEvent): readonly (string | undefined)[] {
  if (event.is === 'incident') return event.agents;
  return 'agent' in event ? [event.agent] : [];
}

/** Prints events; a line with the date stands before the first of every day. */
function printerOf({ json, env }: Invocation): (line: Line) => void {
  const paint = painter(process.stdout, env);
  let day = '';
  return ({ at, words, tone, whole }) => {
    if (json) process.stdout.write(`${JSON.stringify(whole)}\n`);
    if (json || words === undefined) return;
    const date = new Date(at);
    if (date.toDateString() !== day) process.stdout.write(`${paint(date.toDateString(), 'strong')}\n`);
    day = date.toDateString();
    process.stdout.write(`${paint(date.toTimeString().slice(0, 8), 'dim')} ${paint(words, tone)}\n`);
  };
}

async function follow(state: string, printNews: () => void): Promise<void> {
  for (let goesOn = true; goesOn; ) {
    goesOn = livingRun(state) !== undefined;
    if (goesOn) await wait(LOOK_MS);
    printNews();
  }
}
