import { join } from 'node:path';
import type { Tone } from '../dashboard/rows.ts';
import { NotesFeed } from '../dashboard/notes-feed.ts';
import { noteWords } from '../dashboard/transcript.ts';
import type { TimedNote } from '../dashboard/transcript.ts';
import { readSmallFile } from '../durable.ts';
import { parseNote } from '../session/notes.ts';
import { safeText } from '../text.ts';

/** Something that happened, as it is shown. */
export interface Line {
  /** ISO 8601. */
  at: string;
  /** Undefined for what is of interest to programs only. */
  words: string | undefined;
  tone: Tone;
  /** All of it, for `--json`. */
  whole: object;
}

/** No `events.ndjson` grows larger than this. */
const MOST_BYTES = 16 << 20;
const LONGEST = 2_000;

/** What one agent was told, said and did, as its session noted it: what is there, then what comes. */
export class AgentNotes {
  #agent: string;
  #feed: NotesFeed;
  #before: string;

  constructor(state: string, agent: string) {
    this.#agent = agent;
    this.#feed = new NotesFeed(state, agent, Number.POSITIVE_INFINITY);
    this.#before = join(state, 'agents', agent, 'events.ndjson.1');
  }

  /** All that is kept, oldest first. */
  all(): Line[] {
    const before = (readSmallFile(this.#before, MOST_BYTES) ?? '').split('\n');
    const notes = before.flatMap((text) => parseNote(text) ?? []);
    return this.#lines([...notes, ...this.#feed.news()]);
  }

  /** What came since it was asked last. */
  news(): Line[] {
    return this.#lines(this.#feed.news());
  }

  #lines(notes: readonly TimedNote[]): Line[] {
    // The whole text follows the parts in which it streamed in.
    return notes.filter(({ is }) => is !== 'text-delta').map((note) => this.#line(note));
  }

  #line(note: TimedNote): Line {
    const said = noteWords(note);
    const words = said && safeText(`${this.#agent} ${said.text}`, { max: LONGEST });
    return { at: note.at, words, tone: said?.tone ?? 'dim', whole: { ...note, agent: this.#agent } };
  }

  close(): void {
    this.#feed.close();
  }
}
