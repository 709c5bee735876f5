import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { wallMs } from '../clock.ts';
import { livingRun } from '../coordinator/run-file.ts';
import { isAscii, isColourful } from '../dashboard/terminal.ts';
import { HarnessError, messageOf } from '../errors.ts';
import type { Home } from '../home.ts';
import type { JournalEvent } from '../journal/event.ts';
import { history } from '../journal/history.ts';
import { blockedBy } from '../queue/blocked.ts';
import type { Entry, Place } from '../queue/name.ts';
import { isAsking, questionOf } from '../queue/question.ts';
import type { Queue } from '../queue/queue.ts';
import { page } from '../report/page.ts';
import { reportOf } from '../report/report.ts';
import type { ReportedItem } from '../report/evidence.ts';
import { sectionsOf } from '../report/sections.ts';
import type { Section } from '../report/sections.ts';
import { changesOf } from '../worktree/changes.ts';
import type { Change } from '../worktree/changes.ts';
import { existingQueue, homeOf, printJson, stateOf } from './invocation.ts';
import type { Invocation } from './invocation.ts';
import { sinceMs } from './since.ts';
import { tableLines, terminalCells } from './table.ts';

interface ReportOptions {
  since: string;
  html?: string;
}

/** `harness report`: what became of the work, from the journal and the queue; as text, as JSON, or as a page for a browser. */
export async function report(invocation: Invocation, { since, html }: ReportOptions): Promise<void> {
  const home = homeOf(invocation);
  const nowMs = wallMs();
  const fromMs = sinceMs(since, nowMs);
  const state = stateOf(home);
  const events = [...history(join(state, 'journal.ndjson'))];
  const queue = existingQueue(home);
  const made = reportOf({
    home: home.folder,
    fromMs,
    nowMs,
    events,
    items: queue ? itemsOf(queue) : [],
    changes: await landedChanges(home, events, fromMs, queue),
    isRunning: livingRun(state) !== undefined,
  });
  if (html !== undefined) writePage(resolve(invocation.cwd, html), page(made));
  if (invocation.json) return printJson(made);
  if (html !== undefined) process.stdout.write(`${resolve(invocation.cwd, html)}\n`);
  else printSections(sectionsOf(made, { ascii: isAscii(invocation.env) }), invocation.env);
}

function writePage(file: string, text: string): void {
  try {
    writeFileSync(file, text, { mode: 0o600 });
  } catch (error) {
    throw new HarnessError('environment', `the report cannot be written: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

function itemsOf(queue: Queue): ReportedItem[] {
  const entries = queue.entries();
  const places = new Map(entries.map(({ id, place }) => [id, place]));
  return entries.map((entry) => itemOf(queue, entry, (id) => places.get(id)));
}

function itemOf(queue: Queue, entry: Entry, placeOf: (id: string) => Place | undefined): ReportedItem {
  const { id, place, reason } = entry;
  const item = queue.read(id);
  const blocked = item && place === 'pending' ? blockedBy(item, placeOf) : undefined;
  const question = isAsking(entry) ? questionOf(queue, entry)?.question : undefined;
  return {
    id,
    title: item?.title ?? '(unreadable)',
    place,
    ...(reason !== undefined && { reason }),
    ...(question !== undefined && { question }),
    blockedByFailed: blocked?.by === 'failed' ? blocked.ids : [],
    attempts: queue.records(id),
  };
}

/** What each landing changed, asked of the depots that there are; where git cannot say it, nobody does. */
async function landedChanges(
  home: Home,
  events: readonly JournalEvent[],
  fromMs: number,
  queue: Queue | undefined,
): Promise<Map<string, Change>> {
  const byRig = new Map<string, string[]>();
  for (const event of events) {
    if (event.is !== 'landed' || Date.parse(event.at) < fromMs) continue;
    const rig = queue?.records(event.item).at(-1)?.rig;
    if (rig !== undefined) byRig.set(rig, [...(byRig.get(rig) ?? []), event.commit]);
  }
  const changes = new Map<string, Change>();
  for (const [rig, commits] of byRig) {
    const depot = join(home.folder, 'worktrees', rig, 'depot.git');
    const found = await changesOf(depot, commits).catch(() => new Map<string, Change>());
    for (const [commit, change] of found) changes.set(commit, change);
  }
  return changes;
}

function printSections(sections: readonly Section[], env: Invocation['env']): void {
  const bold = process.stdout.isTTY && isColourful(env) && env.TERM !== 'dumb';
  const cells = terminalCells();
  const lines = sections.flatMap(({ heading, rows = [], lines: more = [] }, i) => [
    ...(i === 0 ? [] : ['']),
    bold ? `\u001b[1m${heading}\u001b[0m` : heading,
    ...tableLines(rows, cells === undefined ? undefined : cells - 2).map((line) => `  ${line}`),
    ...more.map((line) => `  ${line}`),
  ]);
  process.stdout.write(lines.map((line) => `${line}\n`).join(''));
}
