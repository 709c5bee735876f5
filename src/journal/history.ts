import { readFileSync, statSync } from 'node:fs';
import { parseEvent } from './event.ts';
import type { JournalEvent } from './event.ts';
import { KEPT } from './journal.ts';

/**
 * The events of a journal and of what was set aside of it, oldest first, from a moment of the wall clock on (ms). Lines that
 * are torn or foreign are passed over. A file is read as a whole, one after the other: at most 16 MiB each.
 */
export function* history(file: string, sinceMs = Number.NEGATIVE_INFINITY): Generator<JournalEvent> {
  const aside = Array.from({ length: KEPT }, (_, n) => `${file}.${KEPT - n}`);
  for (const one of [...aside, file]) {
    const stat = statSync(one, { throwIfNoEntry: false });
    if (!stat?.isFile() || stat.mtimeMs < sinceMs) continue;
    for (const line of readFileSync(one, 'utf8').split('\n')) {
      const event = parseEvent(line);
      if (event && Date.parse(event.at) >= sinceMs) yield event;
    }
  }
}
