import { span, joined, spread } from './rows.ts';
import type { Row, Span, Tone } from './rows.ts';
import { runSign, uptimeMs } from './scene.ts';
import type { Scene } from './scene.ts';
import { lasting, money, pace } from '../words.ts';

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
  ];
  const command = snapshot?.command ?? '';
  return spread([span(' '), ...joined(parts, dot)], [span(`${command} `, 'dim')], width);
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

/** What this run has done so far. */
export function runRow(scene: Scene): Row {
  const { landed = 0, failed = 0, costUsd = 0 } = scene.snapshot ?? {};
  const rate = pace(landed, uptimeMs(scene));
  const parts = [
    count(landed, 'landed', 'good'),
    count(failed, 'failed', 'bad'),
    ...(rate === undefined ? [] : [[span(rate), span(' an hour', 'dim')]]),
    [span(money(costUsd), costUsd === 0 ? 'dim' : 'plain')],
  ];
  return [label('run'), ...joined(parts, BETWEEN)];
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
