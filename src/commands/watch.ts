import { setTimeout as wait } from 'node:timers/promises';

/** How often it is looked whether something changed, in milliseconds. */
const LOOK_MS = 500;
const HOME_AND_ERASE = '\u001b[H\u001b[J';

/**
 * Shows `look()` again whenever it changed: in the place of what stood there on a terminal, one after the other (with an
 * empty line between) elsewhere. Ends with ^C.
 */
export async function watch(look: () => string, { between = '\n' } = {}): Promise<void> {
  const { stdout } = process;
  let before: string | undefined;
  for (;;) {
    const now = look();
    if (now !== before) {
      if (stdout.isTTY) stdout.write(HOME_AND_ERASE);
      else if (before !== undefined) stdout.write(between);
      stdout.write(now);
    }
    before = now;
    await wait(LOOK_MS);
  }
}
