import { answered, isAnswered, isAsking, questionOf } from '../queue/question.ts';
import type { Queue } from '../queue/queue.ts';
import type { Entry } from '../queue/name.ts';
import { keysOf } from './backlog.ts';
import type { Candidate } from './plan.ts';
import type { Happening } from '../journal/event.ts';
import type { WorkItem } from '../queue/work-item.ts';

interface Asks {
  queue: Queue;
  tell: (happening: Happening) => void;
  /** The name of the rig that an item is for; undefined if this run has none for it. */
  rigOf(item: WorkItem): string | undefined;
}

/** The items that wait for an answer, and those that were answered and wait for their agent, as the catalog tells of them. */
export class Answers {
  #ask: Asks;
  #asking = new Map<string, Entry>();
  #answered = new Map<string, Candidate>();

  constructor(ask: Asks) {
    this.#ask = ask;
  }

  /** Takes in what the catalog tells; true if that is all there is to an item: nobody else may begin it. */
  changed(before: Entry | undefined, after: Entry | undefined): boolean {
    const id = (after ?? before)?.id ?? '';
    this.#asking.delete(id);
    this.#answered.delete(id);
    if (after && isAsking(after)) this.#asking.set(id, after);
    if (!after || !isAnswered(after)) return false;
    const candidate = this.#judge(after);
    if (candidate) this.#answered.set(id, candidate);
    return candidate !== undefined;
  }

  /** Undefined if it cannot be gone on with: then it is begun as any other item. */
  #judge(entry: Entry): Candidate | undefined {
    const { queue, tell } = this.#ask;
    const found = answered(queue, entry);
    const item = queue.read(entry.id);
    const rig = item && this.#ask.rigOf(item);
    if (!found || !item || rig === undefined) return undefined;
    const { attempt, agent } = found.question;
    tell({ is: 'question-answered', item: entry.id, attempt, agent, answer: found.answer.answer });
    return { entry: { ...entry }, rig, keys: keysOf(rig, item), agent };
  }

  /** What was answered, in the order in which that was seen. */
  get candidates(): Candidate[] {
    return [...this.#answered.values()];
  }

  /** What waits for a person, in a line each. */
  get open(): string[] {
    return [...this.#asking.values()].map((entry) => {
      const asked = questionOf(this.#ask.queue, entry)?.question ?? 'something';
      return `${entry.id} asks: ${asked.split('\n', 1)[0] ?? ''} (harness answer ${entry.id} "…")`;
    });
  }
}
