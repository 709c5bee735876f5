import { expect, test } from 'vitest';
import { parseNumstat } from '../../src/worktree/status.ts';

test('the size of a change is counted by file, binary ones without lines', () => {
  const text = '3\t1\tsrc/a.ts\u00000\t0\tempty\u0000-\t-\timage.png\u000010\t2\tna me\twith tab\n\u0000';
  expect(parseNumstat(text)).toEqual({
    diffStat: { files: 4, insertions: 13, deletions: 3 },
    paths: ['src/a.ts', 'empty', 'image.png', 'na me\twith tab\n'],
  });
  expect(parseNumstat('')).toEqual({ diffStat: { files: 0, insertions: 0, deletions: 0 }, paths: [] });
});
