import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { PURE } from './floors/map.ts';

const ROOT = fileURLToPath(new URL('../', import.meta.url));

/** The files that the code map lists, as paths below src, with what it says of them. */
function listed(text: string): { file: string; says: string }[] {
  const map = text.slice(text.indexOf('## Code map'), text.indexOf('## Invariants'));
  let folder = '';
  return map.split('\n').flatMap((line) => {
    folder = /^[^-].*?`src\/([\w-]*\/?)`/.exec(line)?.[1] ?? folder;
    const [, name, says = ''] = /^- `([^`]+)`: (.+)$/.exec(line) ?? [];
    return name === undefined ? [] : [{ file: folder + name, says }];
  });
}

const map = listed(readFileSync(`${ROOT}ARCHITECTURE.md`, 'utf8'));

test('the code map has every file of src, each once, and no other', () => {
  const files = globSync('**/*.{ts,tsx,cjs}', { cwd: `${ROOT}src` });
  expect(map.map(({ file }) => file).toSorted()).toEqual(files.toSorted());
});

test('what the code map calls pure is held to that', () => {
  const called = map.filter(({ says }) => says.includes('(pure)')).map(({ file }) => file);
  expect(called.filter((file) => !PURE.has(file))).toEqual([]);
});

test('a file that is missing from the map, or stands under another folder, shows', () => {
  expect(listed('## Code map\n### Floor 1, `src/queue/`: x\n\n- `a.ts`: one\n\n## Invariants')).toEqual([
    { file: 'queue/a.ts', says: 'one' },
  ]);
});
