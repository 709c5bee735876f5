import { wallMs } from '../clock.ts';
import { livingRun } from '../coordinator/run-file.ts';
import { answerQuestion, openQuestions } from '../queue/question.ts';
import { safeText } from '../text.ts';
import { existingQueue, homeOf, printJson, queueWithItems, stateOf } from './invocation.ts';
import type { Invocation } from './invocation.ts';
import { readText } from './item-options.ts';

/** `harness ask`: the questions that wait for a person, those first that have waited longest. */
export function listQuestions(invocation: Invocation): void {
  const queue = existingQueue(homeOf(invocation));
  const open = queue ? openQuestions(queue) : [];
  if (invocation.json) {
    printJson(
      open.map(({ entry, question: { item, attempt, agent, question, choices, askedAt } }) => {
        const title = queue?.read(entry.id)?.title ?? null;
        return { id: item, title, attempt, agent, question, choices, askedAt };
      }),
    );
    return;
  }
  for (const { entry, question } of open) {
    const title = queue?.read(entry.id)?.title ?? '';
    const waited = waiting(wallMs() - Date.parse(question.askedAt));
    say(`${entry.id}  ${safeText(title)}  (${question.agent}, attempt ${question.attempt}, ${waited})`);
    say(indented(question.question));
    question.choices.forEach((choice, at) => say(`  ${at + 1}. ${safeText(choice)}`));
    say(`  harness answer ${entry.id} "…"\n`);
  }
  if (open.length === 0) process.stderr.write('no questions wait for an answer\n');
}

/** `harness answer ID TEXT`: brings the item back to its agent, with the answer. */
export async function answer(invocation: Invocation, prefix: string, text: string): Promise<void> {
  const home = homeOf(invocation);
  const queue = queueWithItems(home);
  const entry = queue.find(prefix);
  const given = text === '-' ? await readText(invocation.cwd, '-', 'the answer') : text;
  const { id, place, reason } = answerQuestion(queue, entry, given);
  if (invocation.json) printJson({ id, place, reason });
  else
    say(
      `${id}: answered; ${livingRun(stateOf(home)) ? 'its agent goes on when it is free' : 'it goes on with the next harness parallel'}`,
    );
}

const say = (text: string) => process.stdout.write(`${text}\n`);

const indented = (text: string): string =>
  safeText(text, { max: 8_000, lines: true })
    .split('\n')
    .map((line) => `  ${line}`)
    .join('\n');

function waiting(ms: number): string {
  const minutes = Math.max(0, Math.round(ms / 60_000));
  return minutes < 120 ? `waits ${minutes} min` : `waits ${Math.round(minutes / 60)} h`;
}
