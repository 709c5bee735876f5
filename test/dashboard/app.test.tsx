import { renderToString } from 'ink';
import { describe, expect, test } from 'vitest';
import { Screen } from '../../src/dashboard/app.tsx';
import { screen } from '../../src/dashboard/screen.ts';
import { agent, at, HOSTILE, lines, scene, snapshot } from './scene-fixture.ts';

const rendered = (seen: ReturnType<typeof scene>, setup: ReturnType<typeof at>) =>
  renderToString(<Screen rows={screen(seen, setup)} colourful={false} />, { columns: setup.size.columns });

/** Ink takes the spaces at the end of a line away. */
const trimmed = (rows: string[]) => rows.map((row) => row.trimEnd());

describe('Ink puts the rows on the screen as they are', () => {
  test.each([
    [20, 5],
    [80, 24],
    [200, 50],
  ])('at %dx%d', (columns, rows) => {
    const setup = at(columns, rows);
    expect(trimmed(rendered(scene(), setup).split('\n'))).toEqual(trimmed(lines(scene(), setup)));
  });

  test.each(Object.entries(HOSTILE))('with %s in it', (_, title) => {
    const seen = scene({
      snapshot: snapshot({ agents: [agent(1, { title, last: title })], problems: [title] }),
    });
    const output = rendered(seen, at(80, 24));
    expect(output.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(trimmed(output.split('\n'))).toEqual(trimmed(lines(seen, at(80, 24))));
  });
});
