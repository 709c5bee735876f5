import { closeSync, renameSync, statSync, writeSync } from 'node:fs';
import { openToAppend } from '../durable.ts';
import { redactedStream } from '../redact-stream.ts';
import { redact } from '../secrets.ts';
import { safeText } from '../text.ts';

/** How much of one session's stderr is kept in the file, and how much of its end in memory, in bytes. */
const MAX_FILE_BYTES = 1 << 20;
const TAIL_BYTES = 8 << 10;

/**
 * Keeps what a session writes to stderr, without secrets: the beginning in a file that only this user can read, the end in memory. A flood
 * costs neither disk nor memory. A file that cannot be written is done without.
 */
export class StderrFile {
  #fd: number | undefined;
  #written = 0;
  #dropped = 0;
  #tail: Buffer = Buffer.alloc(0);
  #stream = redactedStream(redact);

  constructor(file: string) {
    try {
      const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
      if (size > MAX_FILE_BYTES) renameSync(file, `${file}.1`);
      this.#fd = openToAppend(file);
    } catch {
      this.#fd = undefined;
    }
  }

  push(chunk: Uint8Array): void {
    this.#keep(Buffer.from(this.#stream.push(chunk)));
  }

  #keep(chunk: Buffer): void {
    this.#tail = Buffer.concat([this.#tail, chunk.subarray(-TAIL_BYTES)]).subarray(-TAIL_BYTES);
    const part = chunk.subarray(0, MAX_FILE_BYTES - this.#written);
    this.#dropped += chunk.length - part.length;
    this.#write(part);
  }

  /** At the end of the stream: its last lines in one, safe to show; empty if there were none. */
  last(max = 400): string {
    this.#keep(Buffer.from(this.#stream.end()));
    const lines = safeText(this.#tail.toString('utf8'), { max: TAIL_BYTES, lines: true })
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '');
    const text = lines.slice(-5).join(' | ');
    return text.length > max ? `…${text.slice(-max)}` : text;
  }

  /** Closes the file, with a note of what was left out and the end of it. May be called twice. */
  close(): void {
    this.#keep(Buffer.from(this.#stream.end()));
    if (this.#dropped > 0) {
      this.#write(Buffer.from(`\n[${this.#dropped} bytes left out; the end of them:]\n${this.last()}\n`));
    }
    this.#dropped = 0;
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }

  #write(part: Buffer): void {
    if (this.#fd === undefined || part.length === 0) return;
    try {
      this.#written += writeSync(this.#fd, part);
    } catch {
      // A full disk must not stop the session; the end is still in memory.
    }
  }
}
