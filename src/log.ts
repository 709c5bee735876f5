import { renameSync, statSync } from 'node:fs';
import pino from 'pino';
import type { Logger } from 'pino';
import { makeWayFor } from './durable.ts';
import { redacted } from './secrets.ts';

export type Log = Logger;

/** At this size the log is set aside as `<file>.1`, which replaces the one set aside before. */
const MAX_BYTES = 8 << 20;

/**
 * Opens the log of a run: pino, synchronous (asynchronous destinations lose lines when a process is killed), bounded to
 * twice 8 MiB. A log that cannot be written never stops the run.
 */
export function openLog(file: string, run: string): Log {
  makeWayFor(file);
  const destination = pino.destination({ dest: file, sync: true, mode: 0o600 });
  let failures = 0;
  destination.on('error', () => failures++);
  let written = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  destination.on('write', (bytes: number) => {
    written += bytes;
    if (written < MAX_BYTES) return;
    written = 0;
    try {
      renameSync(file, `${file}.1`);
    } catch {
      // Somebody took it away, or it cannot be moved: either way it is opened again, and the run goes on.
    }
    destination.reopen();
  });
  return pino(
    {
      base: { run, pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      hooks: {
        logMethod(given, write) {
          write.apply(this, redacted(given));
        },
      },
    },
    destination,
  );
}
