import { render } from 'ink';
import type { ReadStream, WriteStream } from 'node:tty';
import { App } from './app.tsx';
import { Board } from './board.ts';
import type { BoardSetup, End } from './board.ts';
import { isAscii, isColourful } from './terminal.ts';

/** Keys and resizes draw at once, but no faster than this; news comes more slowly (board.ts). */
const MOST_FRAMES_PER_SECOND = 10;

interface DashboardSetup extends BoardSetup {
  stdin: ReadStream;
  stdout: WriteStream;
  env: Readonly<Record<string, string | undefined>>;
}

/**
 * Shows the live dashboard of a home on a terminal (see `canShow`) until the person leaves (`left`: the run goes on),
 * there is nothing more to see (`ended`), or an agent's conversation is wanted in its place (`attach`). It only reads; what a person wants done goes through the callbacks.
 */
export async function runDashboard(setup: DashboardSetup): Promise<End> {
  const { stdin, stdout, env } = setup;
  const board = new Board(setup);
  // Before Ink, so that it hears of a change first: the screen is empty before the new frame is drawn.
  const redrawing = redrawAll(board, stdout, () => app.clear());
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
    redrawing.close();
    board.close();
    app.unmount();
    await app.waitUntilExit();
  }
}

/** How long a window must have kept its size, in milliseconds, before all of it is drawn anew. */
const SETTLED_MS = 150;
const HOME_AND_ERASE = '\u001b[H\u001b[J';

/**
 * Ink draws relative to the cursor. A frame that was made for a window that is narrower by the time it arrives wraps, and
 * leaves rows that Ink does not know of; so once a window has settled, or a person asks, the screen is emptied first.
 */
function redrawAll(board: Board, stdout: WriteStream, forget: () => void): { close: () => void } {
  let timer: NodeJS.Timeout | undefined;
  let epoch = 0;
  const resized = () => {
    clearTimeout(timer);
    timer = setTimeout(() => board.redraw(), SETTLED_MS);
  };
  const empty = () => {
    if (board.shown().epoch === epoch) return;
    epoch = board.shown().epoch;
    stdout.write(HOME_AND_ERASE);
    forget();
  };
  const stopListening = board.subscribe(empty);
  stdout.on('resize', resized);
  return {
    close: () => {
      clearTimeout(timer);
      stopListening();
      stdout.off('resize', resized);
    },
  };
}
