import { join } from 'node:path';
import { randomText, wallMs } from '../clock.ts';
import { readSmallFile, replaceFile, syncFolder, writeNewFile } from '../durable.ts';
import { HarnessError } from '../errors.ts';
import { attemptFolders } from './attempt-folders.ts';
import type { Entry } from './name.ts';
import type { Queue } from './queue.ts';

/** What an agent asked a person; it lies beside the record of the attempt, in `question.json`. */
export interface Question {
  format: 1;
  item: string;
  /** The attempt that asked, and in which run. */
  attempt: number;
  run: string;
  agent: string;
  question: string;
  choices: string[];
  /** ISO 8601, UTC. */
  askedAt: string;
}

/** What a person answered; `answer.<token>.json` beside the question. */
export interface Answer {
  format: 1;
  answer: string;
  /** ISO 8601, UTC. */
  answeredAt: string;
}

export interface Answered {
  question: Question;
  answer: Answer;
}

/** Why an item is held that waits for an answer. */
export const ASKED = 'question';

/** An item that was answered is pending for a reason that names the answer: if two people answer at once, the rename decides. */
const TOKEN = /^answered-([a-z0-9]{6})$/;
const tokenOf = ({ place, reason = '' }: Entry): string | undefined =>
  place === 'pending' ? TOKEN.exec(reason)?.[1] : undefined;

/** Whether an item was answered and waits to be gone on with. */
export const isAnswered = (entry: Entry): boolean => tokenOf(entry) !== undefined;

/** Whether an item waits for an answer. */
export const isAsking = (entry: Entry): boolean => entry.place === 'held' && entry.reason === ASKED;

const MAX_BYTES = 1 << 20;
const LONGEST_ANSWER = 64 << 10;

/** Writes a question down; it survives a power cut once this returns. */
export function writeQuestion(queue: Queue, question: Question): void {
  const folder = queue.attemptFolder(question.item, question.attempt, question.run);
  replaceFile(join(folder, 'question.json'), `${JSON.stringify(question, null, 2)}\n`, { durable: true });
}

/** What the attempt asked that an item's name speaks of; undefined if that asked nothing. */
export function questionOf(queue: Queue, { id, attempt }: Entry): Question | undefined {
  return attemptFolders(queue, id)
    .filter((one) => one.attempt === attempt)
    .map(({ path }) => readQuestion(path, id))
    .findLast((question) => question !== undefined);
}

/** The items that wait for an answer with what they ask, those first that have waited longest. */
export function openQuestions(queue: Queue): { entry: Entry; question: Question }[] {
  return queue
    .entries('held')
    .filter(isAsking)
    .flatMap((entry) => {
      const question = questionOf(queue, entry);
      return question ? [{ entry, question }] : [];
    })
    .toSorted((one, other) => (one.question.askedAt < other.question.askedAt ? -1 : 1));
}

/**
 * Answers what an item waits for; durable. The item is pending then, to be gone on with. HarnessError('usage') for what is
 * no answer or for an item that asks nothing (any more).
 */
export function answerQuestion(queue: Queue, entry: Entry, text: string): Entry {
  const question = isAsking(entry) ? questionOf(queue, entry) : undefined;
  if (!question) throw usage(`item ${entry.id} is ${placeOf(entry)} and asks nothing; see harness ask`);
  const answer = text.trim();
  if (answer === '') throw usage('the answer is empty');
  if (answer.includes('\0')) throw usage('the answer holds a NUL byte; only text can be given');
  const bytes = Buffer.byteLength(answer);
  if (bytes > LONGEST_ANSWER) throw usage(`the answer has ${bytes} bytes, more than ${LONGEST_ANSWER}`);
  const token = randomText(6);
  const written: Answer = { format: 1, answer, answeredAt: new Date(wallMs()).toISOString() };
  const folder = queue.attemptFolder(question.item, question.attempt, question.run);
  writeNewFile(join(folder, fileOf(token)), `${JSON.stringify(written, null, 2)}\n`);
  syncFolder(folder);
  const moved = queue.move(entry, { to: 'pending', reason: `answered-${token}` });
  if (!moved) throw usage(`item ${entry.id} was answered or moved by somebody else in this moment`);
  return moved;
}

const placeOf = ({ place, reason }: Entry) => (reason === undefined ? place : `${place} (${reason})`);

/** What was asked and answered of an item that was answered; undefined for all others. */
export function answered(queue: Queue, entry: Entry): Answered | undefined {
  const token = tokenOf(entry);
  const question = token === undefined ? undefined : questionOf(queue, entry);
  if (token === undefined || !question) return undefined;
  const folder = queue.attemptFolder(question.item, question.attempt, question.run);
  const answer = readAnswer(join(folder, fileOf(token)));
  return answer && { question, answer };
}

/** Notes which answer counted, for later attempts. */
export function settleAnswer(queue: Queue, { question, answer }: Answered): void {
  const folder = queue.attemptFolder(question.item, question.attempt, question.run);
  replaceFile(join(folder, 'answer.json'), `${JSON.stringify(answer, null, 2)}\n`, { durable: true });
}

/** Everything that was asked about an item and answered, oldest first. */
export function answersTo(queue: Queue, id: string): Answered[] {
  return attemptFolders(queue, id).flatMap(({ path }) => {
    const question = readQuestion(path, id);
    const answer = readAnswer(join(path, 'answer.json'));
    return question && answer ? [{ question, answer }] : [];
  });
}

const fileOf = (token: string) => `answer.${token}.json`;

function readJson(path: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(readSmallFile(path, MAX_BYTES) ?? '') as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

function readQuestion(folder: string, id: string): Question | undefined {
  const value = readJson(join(folder, 'question.json'));
  const isWhole = value?.format === 1 && value.item === id && typeof value.question === 'string';
  return isWhole && Array.isArray(value.choices) ? (value as unknown as Question) : undefined;
}

function readAnswer(path: string): Answer | undefined {
  const value = readJson(path);
  return value?.format === 1 && typeof value.answer === 'string' ? (value as unknown as Answer) : undefined;
}

const usage = (message: string) => new HarnessError('usage', message);
