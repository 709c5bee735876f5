import { many } from '../words.ts';
import { clean, wrap } from './cells.ts';
import { span } from './rows.ts';
import type { Row } from './rows.ts';
import { problemsOf } from './scene.ts';
import type { Scene } from './scene.ts';

/** Something that needs a person, and what deals with it: a key, or a command where no key does. */
interface Problem {
  text: string;
  remedy?: string;
}

/** What needs a person, the most urgent first: what the run says, then items that wait for a decision. */
export function problems(scene: Scene): Problem[] {
  const { snapshot } = scene;
  if (!snapshot) return [];
  const { failed, held } = snapshot.queue;
  const given = snapshot.failed > 0 && failed > 0;
  return [
    ...problemsOf(scene).map(withRemedy),
    ...(given
      ? [
          {
            text: `${many(Math.min(failed, snapshot.failed), 'item')} failed`,
            remedy: 'tab, then r tries one again',
          },
        ]
      : []),
    ...(held > 0
      ? [{ text: `${many(held, 'item')} held for a decision`, remedy: 'tab, then h releases one' }]
      : []),
  ];
}

/** By what it is about; those that name a command already need no more. */
const REMEDIES: readonly [pattern: RegExp, remedy: string][] = [
  [/harness answer/, 'y answers'],
  [/harness [a-z]+/, ''],
  [/is parked/, 'harness doctor says what is wrong'],
  [/log ?in|\/login/, 'claude /login, in any terminal'],
  [/budget/, 'raise it in the configuration'],
  [/usage limit/, 'goes on by itself'],
];

function withRemedy(text: string): Problem {
  const remedy = REMEDIES.find(([pattern]) => pattern.test(text))?.[1];
  return remedy ? { text, remedy } : { text };
}

/** Problems are for a person to read: they may take two rows each, `most` in all. */
export function problemRows(scene: Scene, columns: number, most: number): Row[] {
  const all = problems(scene).map((problem) => problemLines(problem, columns));
  const rows: Row[] = [];
  for (const [i, lines] of all.entries()) {
    const isLast = i === all.length - 1;
    if (rows.length > 0 && rows.length + lines.length + (isLast ? 0 : 1) > most) {
      return [...rows, [span(`   and ${all.length - i} more`, 'bad')]];
    }
    rows.push(...lines);
  }
  return rows;
}

function problemLines({ text, remedy }: Problem, columns: number): Row[] {
  const lines = wrap(clean(text), columns - 4, 2);
  const last = lines.length - 1;
  const room = columns - 4 - (lines[last]?.length ?? 0);
  return lines.map((line, i) => [
    span(i === 0 ? ' ■ ' : '   ', 'bad'),
    span(line, 'bad'),
    ...(i === last && remedy !== undefined && remedy.length + 2 <= room ? [span(`  ${remedy}`, 'busy')] : []),
  ]);
}
