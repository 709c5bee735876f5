import { fenced } from './fenced.ts';

/** What a person was asked about an item, and answered. */
export interface Asked {
  question: string;
  answer: string;
}

/** What a conversation that did not ask itself is told of questions that were answered; empty if there were none. */
export function answersText(asked: readonly Asked[]): string {
  if (asked.length === 0) return '';
  const all = asked.map(
    ({ question, answer }) => `Question:\n${fenced(question)}\nAnswer:\n${fenced(answer)}`,
  );
  return `A person has answered questions about this item:\n\n${all.join('\n\n')}`;
}
