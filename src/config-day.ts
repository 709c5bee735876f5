import { z } from 'zod';
import { duration, size, text, whole } from './config-values.ts';

/** When the machine is too busy or too full for more work. */
export const health = z.strictObject({
  load: whole(16, 'Above this load for each core, nothing new is started.', { least: 1, most: 1_000 }),
  memory: size('256MiB', 'With less memory free, nothing new is started.'),
  disk: size('512MiB', 'With less of the disk of the home free, nothing new is started.'),
  files: whole(80, 'With more than this percentage of the files open that may be, nothing new is started.', {
    least: 1,
    most: 100,
  }),
});

/** How people are called. */
export const notify = z.strictObject({
  command: text('a command line, for example notify-send -- harness "$HARNESS_ALERT"')
    .optional()
    .describe('Calls you about an alert: its text is in HARNESS_ALERT and on standard input.'),
  nothing_landed: duration('60m', 'With work in hand and nothing landed for this long, there is an alert.', {
    least: '1m',
  }),
});
