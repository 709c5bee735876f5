import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  answered,
  answerQuestion,
  answersTo,
  isAnswered,
  openQuestions,
  questionOf,
  settleAnswer,
  writeQuestion,
} from '../../src/queue/question.ts';
import type { Queue } from '../../src/queue/queue.ts';
import { itemOf, newQueue } from './ground.ts';

/** A queue with an item whose first attempt asked something. */
function asking(id = 'x', askedAt = '2027-01-01T00:00:00.000Z', queue: Queue = newQueue()): Queue {
  queue.add(itemOf(id));
  const lease = queue.claim(queue.find(id), { agent: 'a1', run: 'r1' });
  writeQuestion(queue, {
    format: 1,
    item: id,
    attempt: 1,
    run: 'r1',
    agent: 'a1',
    question: `What of ${id}?`,
    choices: [],
    askedAt,
  });
  if (lease) queue.hold(lease, 'question');
  return queue;
}

test('a question is open until it is answered, the oldest first', () => {
  const queue = asking('x', '2027-01-02T00:00:00.000Z');
  asking('y', '2027-01-01T00:00:00.000Z', queue);
  expect(openQuestions(queue).map(({ question }) => question.question)).toEqual(['What of y?', 'What of x?']);
  const entry = answerQuestion(queue, queue.find('y'), ' so \n');
  expect(entry).toMatchObject({ place: 'pending', attempt: 1, charged: 0 });
  expect(isAnswered(entry)).toBe(true);
  expect(openQuestions(queue)).toHaveLength(1);
  expect(answered(queue, queue.find('y'))).toMatchObject({
    question: { question: 'What of y?' },
    answer: { answer: 'so' },
  });
});

test('of two answers at once the one that the rename names counts', () => {
  const queue = asking();
  const entry = queue.find('x');
  answerQuestion(queue, entry, 'first');
  expect(() => answerQuestion(queue, entry, 'second')).toThrow('answered or moved by somebody else');
  expect(answered(queue, queue.find('x'))?.answer.answer).toBe('first');
});

test('an answer that counted is known to later attempts, whatever becomes of the item', () => {
  const queue = asking();
  answerQuestion(queue, queue.find('x'), 'so');
  expect(answersTo(queue, 'x')).toEqual([]);
  const found = answered(queue, queue.find('x'));
  if (found) settleAnswer(queue, found);
  queue.claim(queue.find('x'), { agent: 'a2', run: 'r2' });
  expect(answersTo(queue, 'x')).toEqual([found]);
});

test('an item that a person moved asks nothing any more', () => {
  const queue = asking();
  queue.release(queue.find('x'));
  expect(openQuestions(queue)).toEqual([]);
  expect(() => answerQuestion(queue, queue.find('x'), 'so')).toThrow('is pending and asks nothing');
  expect(readdirSync(join(queue.folder, 'attempts/x/1.r1'))).toEqual(['question.json']);
});

test('a broken question, or one of another item, is none', () => {
  const queue = asking();
  const file = join(queue.folder, 'attempts/x/1.r1/question.json');
  const text = readFileSync(file, 'utf8');
  writeFileSync(file, text.replace('"x"', '"y"'));
  expect(questionOf(queue, queue.find('x'))).toBeUndefined();
  writeFileSync(file, text.slice(0, 20));
  expect(() => answerQuestion(queue, queue.find('x'), 'so')).toThrow('asks nothing');
});

test.each([
  ['nothing', ' \n'],
  ['a NUL', 'a\0b'],
  ['too much', 'x'.repeat(70_000)],
])('%s is no answer', (_, text) => {
  const queue = asking();
  expect(() => answerQuestion(queue, queue.find('x'), text)).toThrow(/^the answer/);
  expect(openQuestions(queue)).toHaveLength(1);
});
