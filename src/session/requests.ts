import { controlRequest } from './protocol.ts';
import type { Answer, Response } from './protocol.ts';
import { settlesWithin } from './patience.ts';

/** Control requests under way. Each gets exactly one answer: the CLI's, or that it took too long, or that it is gone. */
export class Requests {
  #waiting = new Map<string, (answer: Answer) => void>();
  #next = 1;
  #gone = false;

  /** Asks the CLI something through `write` (false = not written) and waits at most `limitMs`. Never rejects. */
  async ask(
    write: (line: string) => Promise<boolean>,
    subtype: string,
    fields: object,
    limitMs: number,
  ): Promise<Answer> {
    if (this.#gone) return { ok: false, error: GONE };
    const id = `h${this.#next++}`;
    let answer: Answer = { ok: false, error: `no answer to ${subtype} within ${limitMs} ms` };
    const answered = new Promise<void>((settle) => {
      this.#waiting.set(id, (given) => {
        answer = given;
        settle();
      });
    });
    // A write that failed needs no handling of its own: the process is ending, and its exit answers.
    void write(controlRequest(id, subtype, fields));
    await settlesWithin(answered, limitMs);
    this.#waiting.delete(id);
    return answer;
  }

  hear(response: Response): void {
    this.#waiting.get(response.id)?.(response);
  }

  /** The CLI is gone: whoever still waits, and whoever asks from now on, is told so. */
  abandon(): void {
    this.#gone = true;
    for (const settle of this.#waiting.values()) settle({ ok: false, error: GONE });
  }
}

const GONE = 'the session has ended';
