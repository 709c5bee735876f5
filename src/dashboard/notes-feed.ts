import { closeSync, fstatSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { openToRead } from '../durable.ts';
import { parseNote } from '../session/notes.ts';
import type { TimedNote } from './transcript.ts';

/** With how much of the file's end one begins who watches, and how many notes are kept. */
const TAIL_BYTES = 128 << 10;
const KEPT = 600;

/** Follows `events.ndjson` of one agent, which its session writes; goes on with the new file after it was put aside. */
export class NotesFeed {
  readonly agent: string;
  #file: string;
  #tailBytes: number;
  #fd: number | undefined;
  #inode = 0;
  #offset = 0;
  #rest = '';
  #notes: readonly TimedNote[] = [];

  /** `tailBytes`: with how much of the file's end it begins. */
  constructor(state: string, agent: string, tailBytes = TAIL_BYTES) {
    this.agent = agent;
    this.#tailBytes = tailBytes;
    this.#file = join(state, 'agents', agent, 'events.ndjson');
  }

  /** What is known of the conversation; the same list as before if there is no news. */
  look(): readonly TimedNote[] {
    const news = this.news();
    if (news.length > 0) this.#notes = [...this.#notes, ...news].slice(-KEPT);
    return this.#notes;
  }

  /** What came since it was looked last. */
  news(): TimedNote[] {
    try {
      const news = this.#fd === undefined ? this.#open() : this.#read();
      return this.#wasReplaced() ? [...news, ...this.#open()] : news;
    } catch {
      // There is none yet, or it is put aside at this moment: the next look finds the new one.
      return [];
    }
  }

  #open(): TimedNote[] {
    this.close();
    this.#fd = openToRead(this.#file);
    const { ino, size } = fstatSync(this.#fd);
    const isFirst = this.#inode === 0;
    this.#inode = ino;
    this.#offset = isFirst ? Math.max(0, size - this.#tailBytes) : 0;
    this.#rest = '';
    // A line that was torn by beginning in its middle is no note.
    return this.#read();
  }

  #read(): TimedNote[] {
    if (this.#fd === undefined) return [];
    const chunks: Buffer[] = [];
    for (;;) {
      const chunk = Buffer.alloc(1 << 16);
      const got = readSync(this.#fd, chunk, 0, chunk.length, this.#offset);
      if (got === 0) break;
      this.#offset += got;
      chunks.push(chunk.subarray(0, got));
    }
    if (chunks.length === 0) return [];
    const lines = (this.#rest + Buffer.concat(chunks).toString('latin1')).split('\n');
    this.#rest = lines.pop() ?? '';
    return lines.flatMap((line) => parseNote(Buffer.from(line, 'latin1').toString('utf8')) ?? []);
  }

  #wasReplaced(): boolean {
    const fd = openToRead(this.#file);
    const { ino } = fstatSync(fd);
    closeSync(fd);
    return ino !== this.#inode;
  }

  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }
}
