import { closeSync, renameSync, statSync, writeSync } from 'node:fs';
import { openToAppend } from '../durable.ts';
import { wallMs } from '../clock.ts';
import { redact, redacted } from '../secrets.ts';
import type { Note } from './notes.ts';
import { StreamedText } from './streamed-text.ts';

/** Above this size the file is put aside as `.1` (one is kept) and begun anew, in bytes. */
export const MAX_EVENTS_BYTES = 4 << 20;
/** What was noted waits at most this long for the disk, in ms; never longer, so that a live view is live. */
const FLUSH_MS = 150;
const FLUSH_BYTES = 256 << 10;

/**
 * Keeps what happens in a session in `events.ndjson`, for those who watch: bounded, without secrets, written in batches since a
 * text that streams in comes in a hundred pieces a second. A file that cannot be written is done without.
 */
export class EventsFile {
  #file: string;
  #fd: number | undefined;
  #bytes = 0;
  #waiting: string[] = [];
  #waitingBytes = 0;
  #text = new StreamedText(redact);
  #timer: NodeJS.Timeout | undefined;

  constructor(file: string) {
    this.#file = file;
    this.#open();
  }

  add(note: Note): void {
    // What follows a streamed text comes after it; the whole text says it all.
    if (note.is === 'text') this.#text.end();
    else this.#streamed();
    this.#append(note);
  }

  /** A piece of a text that the agent is writing. */
  stream(piece: string): void {
    this.#text.push(piece);
    this.#later();
  }

  /** Writes what is left and closes the file; what comes later is left out. May be called twice. */
  close(): void {
    this.#flush();
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }

  #append(note: Note): void {
    const at = new Date(wallMs()).toISOString();
    const line = `${JSON.stringify(redacted({ at, ...note }))}\n`;
    this.#waiting.push(line);
    this.#waitingBytes += line.length;
    if (this.#waitingBytes > FLUSH_BYTES) this.#write();
    else this.#later();
  }

  #later(): void {
    // A process that has nothing else to do does not wait for it.
    this.#timer ??= setTimeout(() => this.#flush(), FLUSH_MS).unref();
  }

  #streamed(): void {
    const text = this.#text.take();
    if (text !== '') this.#append({ is: 'text-delta', text });
  }

  #flush(): void {
    this.#streamed();
    this.#write();
  }

  #write(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const lines = Buffer.from(this.#waiting.splice(0).join(''));
    this.#waitingBytes = 0;
    if (this.#fd === undefined || lines.length === 0) return;
    try {
      if (this.#bytes + lines.length > MAX_EVENTS_BYTES) this.#rotate();
      if (this.#fd !== undefined) this.#bytes += writeSync(this.#fd, lines);
    } catch {
      // A full disk must not stop the session.
    }
  }

  #rotate(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
    renameSync(this.#file, `${this.#file}.1`);
    this.#open();
  }

  #open(): void {
    try {
      this.#fd = openToAppend(this.#file);
      this.#bytes = statSync(this.#file).size;
    } catch {
      this.#fd = undefined;
    }
  }
}
