import { closeSync, existsSync, fstatSync, readSync, renameSync, writeSync } from 'node:fs';
import { openToAppend, openToRead } from '../durable.ts';
import { wallMs } from '../clock.ts';
import { redacted } from '../secrets.ts';
import { parseEvent } from './event.ts';
import type { Happening, JournalEvent } from './event.ts';

/** At this size the journal is set aside as `.1`, the older ones move on to `.2` and `.3`, the oldest goes. */
const MAX_BYTES = 16 << 20;
export const KEPT = 3;
/** How much of its end a reader of the tail begins with. */
const TAIL_BYTES = 256 << 10;

/**
 * The append-only record of a home: `state/journal.ndjson`. Only the coordinator writes it. Every line is in the
 * file when `append` returns, so a killed coordinator loses none; a journal that cannot be written
 * (full disk) is counted and never stops the run.
 */
export class Journal {
  readonly file: string;
  readonly run: string;
  failures = 0;
  #fd: number;
  #bytes: number;

  constructor(file: string, run: string) {
    this.file = file;
    this.run = run;
    this.#fd = openToAppend(file);
    this.#bytes = fstatSync(this.#fd).size;
  }

  append(happening: Happening): JournalEvent {
    const at = new Date(wallMs()).toISOString();
    const event: JournalEvent = redacted({ at, run: this.run, ...happening });
    try {
      this.#write(`${JSON.stringify(event)}\n`);
    } catch {
      this.failures++;
    }
    return event;
  }

  #write(line: string): void {
    if (this.#bytes > MAX_BYTES) this.#rotate();
    this.#bytes += writeSync(this.#fd, line);
  }

  /** The old file is let go of last: whatever is refused on the way, there is one to write to. */
  #rotate(): void {
    for (let n = KEPT - 1; n >= 0; n--) {
      const one = n === 0 ? this.file : `${this.file}.${n}`;
      if (existsSync(one)) renameSync(one, `${this.file}.${n + 1}`);
    }
    const before = this.#fd;
    this.#fd = openToAppend(this.file);
    this.#bytes = fstatSync(this.#fd).size;
    closeSync(before);
  }

  close(): void {
    closeSync(this.#fd);
  }
}

/**
 * Reads what was appended to a journal since the last call; goes on with the new file after a rotation.
 * Used by the front and by dashboards, which only read.
 */
export class JournalReader {
  readonly file: string;
  #fd: number | undefined;
  #inode = 0;
  #offset = 0;
  #rest = '';

  /** Starts at the end of what is there now, at its beginning, or with its last 256 KiB (a line torn there is dropped). */
  constructor(file: string, from: 'end' | 'beginning' | 'tail') {
    this.file = file;
    this.#open();
    if (from === 'beginning' || this.#fd === undefined) return;
    this.#offset = Math.max(0, fstatSync(this.#fd).size - (from === 'tail' ? TAIL_BYTES : 0));
  }

  #open(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = existsSync(this.file) ? openToRead(this.file) : undefined;
    this.#inode = this.#fd === undefined ? 0 : fstatSync(this.#fd).ino;
    this.#offset = 0;
    this.#rest = '';
  }

  /** The complete lines that are new, oldest first. */
  read(): JournalEvent[] {
    const events = this.#readHere();
    if (!this.#wasReplaced()) return events;
    this.#open();
    return [...events, ...this.#readHere()];
  }

  #wasReplaced(): boolean {
    if (!existsSync(this.file)) return false;
    const fd = openToRead(this.file);
    const { ino } = fstatSync(fd);
    closeSync(fd);
    return ino !== this.#inode;
  }

  #readHere(): JournalEvent[] {
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
    return lines.flatMap((line) => parseEvent(Buffer.from(line, 'latin1').toString('utf8')) ?? []);
  }

  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }
}
