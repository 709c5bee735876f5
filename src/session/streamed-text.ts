import type { Redact } from '../redact.ts';

/** Above this length what was shown already is forgotten, in characters. */
const LONGEST = 16_000;

/**
 * A text that comes in pieces, to be shown as it grows: what is given out ends at a space, so that half a secret is never
 * shown, and is what the redaction makes of the text so far.
 */
export class StreamedText {
  #redact: Redact;
  #soFar = '';
  #shown = '';
  #fresh = false;

  constructor(redact: Redact) {
    this.#redact = redact;
  }

  push(piece: string): void {
    this.#soFar += piece;
    this.#fresh = true;
  }

  /** What can be shown now and was not yet. */
  take(): string {
    if (!this.#fresh) return '';
    this.#fresh = false;
    const end = Math.max(this.#soFar.lastIndexOf(' '), this.#soFar.lastIndexOf('\n')) + 1;
    const stable = this.#redact(this.#soFar.slice(0, end));
    // Something shown turned out to belong to a secret: the whole text that follows is right.
    if (!stable.startsWith(this.#shown)) return '';
    const news = stable.slice(this.#shown.length);
    this.#shown = stable;
    if (this.#soFar.length > LONGEST) {
      this.#soFar = this.#soFar.slice(end);
      this.#shown = '';
    }
    return news;
  }

  /** The text is over; the next begins anew. */
  end(): void {
    this.#soFar = '';
    this.#shown = '';
    this.#fresh = false;
  }
}
