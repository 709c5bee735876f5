import { appendFileSync, closeSync, fsyncSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { readSmallFile, replaceFile, openToAppend } from '../durable.ts';
import type { Message } from './protocol.ts';

const MAX_BYTES = 64 << 20;
/** Above this size a file of settled messages only is begun anew. */
const LARGE_BYTES = 1 << 20;

/**
 * The messages that were sent and are not answered yet: `inflight.ndjson`, on the disk before the CLI gets them. A write
 * into its pipe that succeeded does not mean that it was read: whoever resumes the session sends these again, under their old uuids.
 */
export class Inflight {
  #file: string;
  #open = new Map<string, Message>();
  #bytes = 0;

  /** `keep`: the conversation is gone on with; else what an earlier one left is forgotten. */
  constructor(folder: string, { keep }: { keep: boolean }) {
    this.#file = join(folder, 'inflight.ndjson');
    if (keep) this.#open = new Map(readInflight(folder).map((message) => [message.uuid, message]));
    this.#rewrite();
  }

  /** In the order in which they were sent. */
  get unanswered(): Message[] {
    return [...this.#open.values()];
  }

  /** Notes a message; it survives a power cut once this returns. Throws what the disk says. */
  add(message: Message): void {
    const line = Buffer.from(`${JSON.stringify(message)}\n`);
    const fd = openToAppend(this.#file);
    try {
      for (let at = 0; at < line.length; ) at += writeSync(fd, line, at);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    this.#bytes += line.length;
    this.#open.set(message.uuid, message);
  }

  /** What came of these messages is known; all of them unless named. If that is lost the messages are only sent once too often. */
  settle(uuids: readonly string[] = [...this.#open.keys()]): void {
    const known = uuids.filter((uuid) => this.#open.delete(uuid));
    if (known.length === 0) return;
    try {
      if (this.#open.size === 0 && this.#bytes > LARGE_BYTES) return this.#rewrite();
      appendFileSync(this.#file, known.map((settled) => `${JSON.stringify({ settled })}\n`).join(''));
    } catch {
      // A full disk: the messages are sent again after a crash, and dropped by the CLI.
    }
  }

  #rewrite(): void {
    const text = this.unanswered.map((message) => `${JSON.stringify(message)}\n`).join('');
    replaceFile(this.#file, text, { durable: true });
    this.#bytes = Buffer.byteLength(text);
  }
}

/** What an agent's session was asked and had not answered; a torn last line is passed over (its message was not sent). */
export function readInflight(folder: string): Message[] {
  const open = new Map<string, Message>();
  for (const line of (readSmallFile(join(folder, 'inflight.ndjson'), MAX_BYTES) ?? '').split('\n')) {
    const entry = parse(line);
    if (!entry) continue;
    if ('settled' in entry) open.delete(entry.settled);
    else open.set(entry.uuid, entry);
  }
  return [...open.values()];
}

function parse(line: string): Message | { settled: string } | undefined {
  try {
    const value = JSON.parse(line) as Partial<Message & { settled: string }>;
    if (typeof value.settled === 'string') return { settled: value.settled };
    const { uuid, text, as } = value;
    if (typeof uuid !== 'string' || typeof text !== 'string') return undefined;
    return { uuid, text, as: as ?? 'prompt' };
  } catch {
    return undefined;
  }
}
