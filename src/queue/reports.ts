import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { readSmallFile } from '../durable.ts';
import { attemptFolders } from './attempt-folders.ts';
import type { Queue } from './queue.ts';

/** What an agent said over its tools about its work: its words, no evidence. A line in `reports.ndjson` beside the record. */
export interface Said {
  /** ISO 8601, UTC. */
  at: string;
  /** The tool. */
  tool: string;
  text: string;
}

const MAX_BYTES = 16 << 20;

/** Appends what an agent said in an attempt. A disk that is full costs the words, not the attempt. */
export function keepSaid(queue: Queue, of: { item: string; attempt: number; run: string }, said: Said): void {
  const folder = queue.attemptFolder(of.item, of.attempt, of.run);
  try {
    appendFileSync(join(folder, 'reports.ndjson'), `${JSON.stringify(said)}\n`, { mode: 0o600 });
  } catch {
    // They were shown to whoever watched.
  }
}

/** What was said in an attempt, in all its runs, oldest first; torn lines are left out. */
export function saidIn(queue: Queue, item: string, attempt: number): Said[] {
  return attemptFolders(queue, item)
    .filter((one) => one.attempt === attempt)
    .flatMap(({ path }) => linesOf(join(path, 'reports.ndjson')))
    .toSorted((one, other) => (one.at < other.at ? -1 : 1));
}

function linesOf(path: string): Said[] {
  return (readSmallFile(path, MAX_BYTES) ?? '').split('\n').flatMap((line): Said[] => {
    try {
      const value = JSON.parse(line) as Partial<Said>;
      const { at, tool, text } = value;
      return typeof at === 'string' && typeof tool === 'string' && typeof text === 'string'
        ? [{ at, tool, text }]
        : [];
    } catch {
      return [];
    }
  });
}
