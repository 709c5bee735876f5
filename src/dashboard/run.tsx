import { render } from 'ink';
import type { ReadStream, WriteStream } from 'node:tty';
import { App } from './app.tsx';
import { Board } from './board.ts';
import type { BoardSetup } from './board.ts';
import { isAscii, isColourful } from './terminal.ts';

/** Keys and resizes draw at once, but no faster than this; news comes more slowly (board.ts). */
const MOST_FRAMES_PER_SECOND = 10;

export interface DashboardSetup extends BoardSetup {
  stdin: ReadStream;
  stdout: WriteStream;
  env: Readonly<Record<string, string | undefined>>;
}

/**
 * Shows the live dashboard of a home on a terminal (see `canShow`) until the person leaves (`left`: the run goes on), or
 * there is nothing more to see (`ended`). It only reads; what a person wants done goes through the callbacks.
 */
export async function runDashboard(setup: DashboardSetup): Promise<'left' | 'ended'> {
  const { stdin, stdout, env } = setup;
  const board = new Board(setup);
  const app = render(<App board={board} colourful={isColourful(env)} ascii={isAscii(env)} />, {
    stdin,
    stdout,
    exitOnCtrlC: false,
    patchConsole: false,
    incrementalRendering: true,
    alternateScreen: true,
    maxFps: MOST_FRAMES_PER_SECOND,
    // Ink would look for CI, and takes an empty one for one; whoever calls this has asked `canShow`.
    interactive: true,
  });
  try {
    return await Promise.race([board.end, app.waitUntilExit().then(() => 'left' as const)]);
  } finally {
    board.close();
    app.unmount();
    await app.waitUntilExit();
  }
}
