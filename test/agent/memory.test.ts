import { describe, expect, test } from 'vitest';
import { failingTests, memoryText, signatureOf } from '../../src/agent/memory.ts';

describe('the names of failing tests are found in the output of', () => {
  test.each<[string, string, string[]]>([
    ['node and TAP', 'ok 1 - a\nnot ok 2 - refuses a large file\n', ['refuses a large file']],
    [
      'vitest',
      ' ✓ works 3ms\n   × fails often 12ms\n FAIL  test/a.test.ts > fails often\n',
      ['fails often', 'test/a.test.ts > fails often'],
    ],
    ['jest', '  ✕ adds numbers (5 ms)\n  ✓ takes away\n', ['adds numbers']],
    ['pytest', 'FAILED tests/test_a.py::test_x - assert 1 == 2\n', ['tests/test_a.py::test_x']],
    ['go', '--- PASS: TestA\n--- FAIL: TestB (0.00s)\n', ['TestB']],
    ['cargo', 'test a::works ... ok\ntest a::breaks ... FAILED\n', ['a::breaks']],
    ['nothing known', 'Segmentation fault\n', []],
  ])('%s', (_, output, names) => {
    expect(failingTests(output)).toEqual(names);
  });

  test('a flood, up to a limit', () => {
    const flood = Array.from({ length: 1_000 }, (_, at) => `not ok ${at} - test ${at}`).join('\n');
    expect(failingTests(flood)).toHaveLength(20);
  });
});

describe('two failures are the same', () => {
  const of = (text: string, reason: 'check-failed' | 'no-commits' = 'check-failed') =>
    signatureOf({ reason, text });
  test('if the same tests failed, whatever else was said and how long it took', () => {
    expect(of('took 12 ms\nnot ok 1 - a\nnot ok 2 - b')).toBe(
      of('took 99 ms\nnot ok 7 - b\nnot ok 9 - a\nmore'),
    );
    expect(of('not ok 1 - a')).not.toBe(of('not ok 1 - b'));
  });

  test('without names if the end of the output is, but for numbers and ids', () => {
    expect(of('at 12:03 commit 4b825dc642cb failed')).toBe(of('at 13:44 commit 99925dc642cb failed'));
    expect(of('disk full')).not.toBe(of('no such file'));
    expect(of('x')).not.toBe(of('x', 'no-commits'));
  });
});

test('the next attempt is told what failed, what is there to take over, and that it was the same before', () => {
  const text = memoryText({
    reason: 'check-failed',
    text: 'not ok 1 - refuses',
    branch: 'harness/x-1',
    commits: 2,
    files: 3,
    insertions: 10,
    deletions: 1,
    rescued: 'refs/harness/rescue/x.1',
    times: 2,
  });
  expect(text).toContain('What failed, by name:\n- refuses');
  expect(text).toContain('2 commits on the branch harness/x-1 (3 files, 10 lines in, 1 lines out)');
  expect(text).toContain('refs/harness/rescue/x.1');
  expect(text).toContain('tried 2 times');
  const bare = memoryText({ reason: 'no-commits', text: 'none', branch: 'b', times: 1 });
  expect(bare.split('\n\n')).toHaveLength(1);
});
