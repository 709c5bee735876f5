import { expect, test } from 'vitest';
import { closingLines, failed, passed, skipped, sum, tallyOf } from '../../scripts/suite/tally.ts';

const file = (status: string, ...tests: object[]) => ({ name: 'a.test.ts', status, assertionResults: tests });
const report = (...testResults: object[]): string => JSON.stringify({ success: true, testResults });
const green = { fullName: 'a', status: 'passed' };
const red = { fullName: 'b', status: 'failed' };

test('passed, failed and skipped tests are counted over all files', () => {
  const skip = { fullName: 'c', status: 'skipped', meta: { skipped: 'strace not installed' } };
  expect(tallyOf(report(file('passed', green, skip), file('failed', green, red)), 1)).toEqual({
    passed: 2,
    failed: 1,
    skips: [{ name: 'c', reason: 'strace not installed' }],
  });
});

test('a skip or a todo without a reason shows that it has none', () => {
  const { skips } = tallyOf(report(file('passed', { fullName: 'c', status: 'todo' })), 0);
  expect(skips).toEqual([{ name: 'c', reason: 'no reason given' }]);
});

test('a file that cannot be read is a failure, although none of its tests failed', () => {
  expect(tallyOf(report(file('passed', green), file('failed')), 1)).toMatchObject({ passed: 1, failed: 1 });
});

test('an error outside of every test is a failure, although every test passed', () => {
  expect(tallyOf(report(file('passed', green)), 1)).toMatchObject({ passed: 1, failed: 1 });
});

test('a run that left no report is a failure', () => {
  expect(tallyOf(undefined, 0)).toMatchObject({ passed: 0, failed: 1 });
});

test('the last line counts all parts, after every skip with its reason', () => {
  const total = sum([passed, failed, passed, skipped('the real CLI', 'not wanted')]);
  expect(closingLines(total)).toEqual([
    'skipped: the real CLI (not wanted)',
    '2 passed, 1 failed, 1 skipped',
  ]);
});
