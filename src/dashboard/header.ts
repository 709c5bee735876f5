import { span, joined, spread } from './rows.ts';
import type { Row, Span, Tone } from './rows.ts';
import { runSign, uptimeMs } from './scene.ts';
import type { Scene } from './scene.ts';
import { lasting, money, pace, perHour, timeOfDay } from '../words.ts';

/** The first row: which home, which run, how it is and for how long; at the right what agents are started with. */
export function titleRow(scene: Scene, width: number): Row {
  const { snapshot } = scene;
  const sign = runSign(scene);
  const dot = span(' · ', 'dim');
  const parts: Row[] = [
    [span('harness', 'strong')],
    ...(snapshot ? [[span(lastPart(snapshot.home))]] : []),
    ...(snapshot?.run === undefined ? [] : [[span(snapshot.run)]]),
    [span(`${sign.symbol} ${sign.word}`, sign.tone)],
    ...(snapshot?.startedAt === undefined ? [] : [[span(lasting(uptimeMs(scene)))]]),
    ...(snapshot?.sandbox?.on === false ? [[span('no sandbox', 'warn')]] : []),
  ];
  const left = [span(' '), ...joined(parts, dot)];
  const command = span(`${snapshot?.command ?? ''} `, 'dim');
  const machine = machineCells(scene);
  const full = machine.length === 0 ? left : spread(left, [...machine, dot, command], width);
  return full.length > left.length ? full : spread(left, [command], width);
}

const lastPart = (path: string) => path.slice(path.lastIndexOf('/') + 1) || path;

const LABEL = 10;
const label = (text: string): Span => span(` ${text}`.padEnd(LABEL), 'dim');

/** A number with its word: dim where it is nothing, in `tone` else. */
const count = (value: number, word: string, tone: Tone = 'plain'): Row => [
  span(String(value), value === 0 ? 'dim' : tone),
  span(` ${word}`, 'dim'),
];

const BETWEEN = span('   ');

/** What this run has done so far, and how long the rest may take at this pace. */
export function runRow(scene: Scene): Row {
  const { landed = 0, failed = 0, costUsd = 0, queue } = scene.snapshot ?? {};
  const ms = uptimeMs(scene);
  const rate = pace(landed, ms);
  const left = (queue?.pending ?? 0) - (queue?.blocked ?? 0) + (queue?.claimed ?? 0);
  const isOver = scene.snapshot?.state === 'ended';
  const eta = rate === undefined || left <= 0 || isOver ? undefined : (left / perHour(landed, ms)) * HOUR_MS;
  const parts = [
    count(landed, 'landed', 'good'),
    count(failed, 'failed', 'bad'),
    ...(rate === undefined ? [] : [[span(rate), span(' an hour', 'dim')]]),
    ...(eta === undefined ? [] : [[span(lasting(eta)), span(' left', 'dim')]]),
    ...(scene.snapshot?.money ? [] : [[span(money(costUsd), costUsd === 0 ? 'dim' : 'plain')]]),
  ];
  return [label('run'), ...joined(parts, BETWEEN)];
}

const HOUR_MS = 3_600_000;
const GIB = 2 ** 30;

/** How busy the machine is: in another colour where agents would feel it. */
function machineCells({ machine }: Scene): Row {
  if (!machine) return [];
  const { cores, load, freeMemory, memory } = machine;
  return [
    span('load ', 'dim'),
    span(`${load.toFixed(1)} of ${cores}`, load > 2 * cores ? 'warn' : 'dim'),
    span(', ', 'dim'),
    span(`${(freeMemory / GIB).toFixed(1)} GiB free`, freeMemory < memory / 20 ? 'warn' : 'dim'),
  ];
}

/** What was spent in this run and today, against which budgets, and which of them ends at this pace. */
export function moneyRow({ snapshot }: Scene): Row {
  if (!snapshot?.money) return [];
  const { run, today, budgets, usdPerHour, ends } = snapshot.money;
  const parts: Row[] = [
    [span(of(run.spent.costUsd, budgets.run)), span(' run', 'dim')],
    [span(of(today.spent.costUsd, budgets.day)), span(' today', 'dim')],
    ...(usdPerHour > 0 ? [[span(money(usdPerHour)), span(' an hour', 'dim')]] : []),
    ...(ends ? [[span(`${ends.of} budget ends at ${timeOfDay(ends.at).slice(0, 5)}`, 'warn')]] : []),
  ];
  return [label('spend'), ...joined(parts, BETWEEN)];
}

const of = (usd: number, budget: number | null): string =>
  budget === null ? money(usd) : `${money(usd)} of ${money(budget)}`;

/** While nobody may begin a turn: why, and for how much longer. */
export function gateRow(scene: Scene): Row {
  const { gate, state } = scene.snapshot ?? {};
  if (!gate || state === 'ended') return [];
  const leftMs = Date.parse(gate.until) - scene.nowMs;
  if (gate.is === 'held-back') return [];
  const when = leftMs > 0 ? `goes on in ${lasting(leftMs)}` : 'one agent tries now';
  return [label('waits'), span(when, 'warn'), BETWEEN, span(gate.text, 'warn')];
}

/** How many items are in each place. */
export function queueRow({ snapshot }: Scene): Row {
  if (!snapshot) return [];
  const { pending, blocked, claimed, done, failed, held } = snapshot.queue;
  const parts = [
    count(pending, 'pending'),
    ...(blocked === 0 ? [] : [count(blocked, 'blocked', 'warn')]),
    count(claimed, 'claimed'),
    count(done, 'done'),
    count(failed, 'failed', 'bad'),
    count(held, 'held', 'warn'),
  ];
  return [label('queue'), ...joined(parts, BETWEEN)];
}

/** What is being landed, and what waits for it. */
export function landingRow({ snapshot }: Scene): Row {
  if (!snapshot) return [];
  const { landing, ready } = snapshot;
  const waiting = ready.length === 0 ? '' : `${ready.length} ready: ${ready.join(', ')}`;
  const now = landing === undefined ? span('nothing', 'dim') : span(landing, 'busy');
  return [label('landing'), now, ...(waiting ? [BETWEEN, span(waiting, 'dim')] : [])];
}

/** While the run ends: what it still waits for, and for how long at most. */
export function endingRow(scene: Scene): Row {
  const { snapshot } = scene;
  if (!snapshot?.ending || snapshot.state === 'ended') return [];
  const { waitsFor, until } = snapshot.ending;
  const left = lasting(Date.parse(until) - scene.nowMs);
  const what = waitsFor.length === 0 ? 'nothing more' : waitsFor.join(', ');
  return [label('ending'), span(`at most ${left} more`, 'warn'), BETWEEN, span(`waits for ${what}`, 'dim')];
}
