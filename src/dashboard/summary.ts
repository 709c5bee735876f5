import { joined, span } from './rows.ts';
import type { Row } from './rows.ts';
import { problems as problemsIn } from './problems.ts';
import { runSign } from './scene.ts';
import type { Scene } from './scene.ts';
import { many } from '../words.ts';

/** The run in one line, for windows that have room for no more: the most important first. */
export function summaryRow(scene: Scene): Row {
  const { snapshot } = scene;
  const { symbol, word, tone } = runSign(scene);
  if (!snapshot) return [span(`${symbol} ${word}`, tone)];
  const problems = problemsIn(scene).length;
  const { landed, failed, queue, agents } = snapshot;
  const working = agents.filter(({ state }) => state === 'working').length;
  return joined(
    [
      [span(symbol, tone)],
      ...(problems === 0 ? [] : [[span(many(problems, 'problem'), 'bad')]]),
      [span(`${landed} landed`)],
      ...(failed === 0 ? [] : [[span(`${failed} failed`, 'bad')]]),
      [span(`${queue.pending} pending`)],
      [span(`${working} working`)],
      [span(word, tone)],
    ],
    span(' '),
  );
}
