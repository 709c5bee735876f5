import { join } from 'node:path';
import { wallMs } from '../clock.ts';
import { numberLines, numbersOf } from '../coordinator/numbers.ts';
import { livingRun, readRunFile } from '../coordinator/run-file.ts';
import { forecastText, usdText } from '../coordinator/budget.ts';
import { restingSnapshot } from '../coordinator/snapshot.ts';
import type { Counts, MoneySnapshot, Snapshot } from '../coordinator/snapshot.ts';
import { readSmallFile } from '../durable.ts';
import type { Home } from '../home.ts';
import { history } from '../journal/history.ts';
import type { Queue } from '../queue/queue.ts';
import { safeText } from '../text.ts';
import { existingQueue, homeOf, stateOf } from './invocation.ts';
import type { Invocation } from './invocation.ts';

const DAY_MS = 24 * 3_600_000;

/** `harness status`: the snapshot of the run, or of the resting queue where nothing runs, and the numbers of a day. */
export async function status(invocation: Invocation, { watch }: { watch?: boolean } = {}): Promise<void> {
  const look = () => statusText(invocation, watch ?? false);
  if (!watch) return void process.stdout.write(look());
  const { watch: show } = await import('./watch.ts');
  await show(look, invocation.json ? { between: '' } : {});
}

function statusText(invocation: Invocation, inOneLine: boolean): string {
  const home = homeOf(invocation);
  const events = history(join(stateOf(home), 'journal.ndjson'), wallMs() - DAY_MS);
  const snapshot = { ...readSnapshot(home, existingQueue(home)), numbers: numbersOf(events) };
  if (invocation.json) return `${JSON.stringify(snapshot, null, inOneLine ? 0 : 2)}\n`;
  return statusLines(snapshot)
    .map((line) => `${line}\n`)
    .join('');
}

/** The snapshot as it is true now: one of a run that was killed says so. */
export function readSnapshot(home: Home, queue: Queue | undefined): Snapshot {
  const state = stateOf(home);
  const counts = countsOf(queue);
  const at = new Date(wallMs()).toISOString();
  const text = readSmallFile(join(state, 'snapshot.json'), 16 << 20);
  const last = text === undefined ? undefined : (JSON.parse(text) as Snapshot);
  if (!last) return restingSnapshot(home.folder, at, counts);
  if (livingRun(state)) return last;
  const ended = readRunFile(state)?.endedAt !== undefined;
  const problems = ended
    ? last.problems
    : [...last.problems, 'the last run was killed; start harness parallel to recover it'];
  return { ...last, at, queue: counts, state: ended ? 'ended' : 'died', problems };
}

function countsOf(queue: Queue | undefined): Counts {
  const counts: Counts = { pending: 0, claimed: 0, done: 0, failed: 0, held: 0, blocked: 0 };
  for (const { place } of queue?.entries() ?? []) counts[place]++;
  return counts;
}

export function statusLines(snapshot: Snapshot): string[] {
  const { queue, state, run } = snapshot;
  const places = (['pending', 'claimed', 'done', 'failed', 'held'] as const).map(
    (place) => `${queue[place]} ${place}`,
  );
  return [
    run === undefined
      ? 'no run yet'
      : `run ${run}: ${state}${snapshot.command ? ` (${snapshot.command})` : ''}`,
    `queue: ${places.join(', ')}`,
    ...snapshot.agents.map((one) => {
      const doing = one.item
        ? `${one.item} ${one.phase} (attempt ${one.attempt}) ${safeText(one.title ?? '')}`
        : '';
      return `${one.agent}: ${one.state} ${doing || one.reason || ''}`.trimEnd();
    }),
    ...(snapshot.money ? [moneyLine(snapshot.money)] : []),
    ...(snapshot.landing ? [`landing: ${snapshot.landing}`] : []),
    ...(snapshot.numbers?.from ? numberLines(snapshot.numbers).map((line) => `24 h: ${line}`) : []),
    ...snapshot.problems.map((problem) => `problem: ${safeText(problem)}`),
  ];
}

/** What was spent, and when a budget ends at this pace. */
function moneyLine({ run, today, usdPerHour, ends }: MoneySnapshot): string {
  const spent = `money: ${usdText(run.spent.costUsd)} in this run, ${usdText(today.spent.costUsd)} today`;
  if (usdPerHour <= 0) return spent;
  return `${spent}; ${forecastText(usdPerHour, ends && { of: ends.of, atMs: Date.parse(ends.at) })}`;
}
