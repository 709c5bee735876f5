import { Box, Text, useInput, useWindowSize } from 'ink';
import type { Key as InkKey } from 'ink';
import { memo, useSyncExternalStore } from 'react';
import type { Board } from './board.ts';
import type { Key } from './keys.ts';
import type { Row, Tone } from './rows.ts';
import { screen } from './screen.ts';

interface AppProps {
  board: Board;
  colourful: boolean;
  ascii: boolean;
}

/** The dashboard: news and keys in, rows out. All that is shown is decided in `screen`. */
export function App({ board, colourful, ascii }: AppProps) {
  const { scene, ui, notice, epoch } = useSyncExternalStore(board.subscribe, board.shown);
  const size = useWindowSize();
  useInput((input, key) => {
    const pressed = keyOf(input, key);
    if (pressed) board.press(pressed);
  });
  const { interrupt, pause } = board.setup;
  const abilities = { canPause: pause !== undefined, interrupt: interrupt?.does ?? 'leave', can: board.can };
  const rows = screen(scene, { ...abilities, ui, size, notice, ascii });
  return <Screen key={epoch} rows={rows} colourful={colourful} />;
}

/** Rows as they are: they already fit the window. */
export function Screen({ rows, colourful }: { rows: readonly Row[]; colourful: boolean }) {
  return (
    <Box flexDirection="column">
      {rows.map((row, i) => (
        // oxlint-disable-next-line no-array-index-key: a row is its place on the screen
        <Line key={i} row={row} colourful={colourful} />
      ))}
    </Box>
  );
}

type TextStyle = { color?: string; bold?: boolean; dimColor?: boolean };

const STYLES: Record<Tone, TextStyle> = {
  plain: {},
  dim: { dimColor: true },
  strong: { bold: true },
  good: { color: 'green' },
  warn: { color: 'yellow' },
  bad: { color: 'red' },
  busy: { color: 'cyan' },
};

const Line = memo(
  ({ row, colourful }: { row: Row; colourful: boolean }) => (
    <Text wrap="truncate-end">
      {row.length === 0
        ? ' '
        : row.map(({ text, tone }, i) => (
            // oxlint-disable-next-line no-array-index-key: a piece is its place in the row
            <Text key={i} {...(colourful ? STYLES[tone] : {})}>
              {text}
            </Text>
          ))}
    </Text>
  ),
  (before, now) => before.colourful === now.colourful && isSame(before.row, now.row),
);

const isSame = (one: Row, other: Row): boolean =>
  one.length === other.length &&
  one.every(({ text, tone }, i) => text === other[i]?.text && tone === other[i]?.tone);

const WITH_CTRL: Readonly<Record<string, Key>> = { c: { is: 'quit' }, l: { is: 'redraw' } };

/** A key that was pressed, in our words; letters that were typed fast come together. */
function keyOf(input: string, key: InkKey): Key | undefined {
  if (key.ctrl) return WITH_CTRL[input];
  if (key.upArrow) return { is: 'up' };
  if (key.downArrow) return { is: 'down' };
  if (key.return || key.rightArrow) return { is: 'enter' };
  if (key.escape || key.leftArrow) return { is: 'back' };
  if (key.tab) return { is: 'tab' };
  if (key.backspace || key.delete) return { is: 'erase' };
  return input === '' || key.meta ? undefined : { is: 'text', text: input };
}
