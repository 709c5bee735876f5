import { describe, expect, test } from 'vitest';
import { appraise, isTest } from '../../src/agent/appraisal.ts';
import type { Evidence, Facts } from '../../src/agent/appraisal.ts';

const good: Facts = {
  head: 'c1',
  branch: 'harness/x-1',
  onBranch: true,
  tip: 'c1',
  commits: ['c1'],
  dirty: [],
  unfinished: undefined,
};
const told = (text: string) => ({ text, tools: 4, toolErrors: 1, denials: 0, stopReason: 'end_turn' });
const appraised = (facts: Partial<Facts>, more: Partial<Evidence> = {}) =>
  appraise({
    branch: 'harness/x-1',
    base: 'b0',
    facts: { ...good, ...facts },
    told: told('Done.'),
    strays: [],
    ...more,
  });
const bare = { commits: [], tip: 'b0', head: 'b0' };

test('commits on the branch and a clean tree are enough to go on to the checks', () => {
  expect(appraised({})).toBeUndefined();
});

describe('what is missing is said, with what it is called', () => {
  test.each<[string, Partial<Facts>, string, RegExp]>([
    [
      'another branch',
      { onBranch: false, branch: 'feature' },
      'wrong-branch',
      /is on feature, not on harness/,
    ],
    ['no branch', { onBranch: false, branch: undefined }, 'wrong-branch', /detached at c1/],
    ['a deleted branch', { tip: undefined }, 'wrong-branch', /not on harness/],
    ['uncommitted files', { dirty: ['a.ts'] }, 'dirty-tree', /^Uncommitted:\n {2}a\.ts$/],
    ['a merge that was begun', { unfinished: 'merge' }, 'dirty-tree', /A merge was begun/],
    ['no commits but changes', { ...bare, dirty: ['a.ts'] }, 'no-commits', /Uncommitted:\n {2}a\.ts/],
    [
      'nothing at all',
      bare,
      'no-commits',
      /Nothing was changed\.\nThe turn made 4 tool calls, of which 1 failed$/,
    ],
  ])('%s', (_, facts, reason, text) => {
    expect(appraised(facts)).toEqual({ reason, text: expect.stringMatching(text) });
  });

  test('files outside of the folder before all else', () => {
    expect(appraised({}, { strays: ['/etc/x'] })).toMatchObject({
      reason: 'outside',
      text: expect.stringContaining('/etc/x'),
    });
  });

  test('how the turn stopped, and what was not permitted', () => {
    const cut = { ...told('…'), stopReason: 'max_tokens', denials: 2 };
    expect(appraised(bare, { told: cut })?.text).toMatch(/2 were not permitted; it stopped with max_tokens$/);
    expect(appraised(bare, { told: undefined })).toMatchObject({ reason: 'no-commits' });
  });
});

describe('words count only where the facts deny them', () => {
  test.each<[string, string]>([
    ['All changes are committed on the branch.', 'false-claim'],
    ["I've committed the fix. Tests pass.", 'false-claim'],
    ['I committed everything.', 'false-claim'],
    ['Nothing was committed, since the tests are red.', 'no-commits'],
    ["I have not committed it yet, and I haven't been able to.", 'no-commits'],
    ['Should the limit be 1 MB or 2 MB?', 'asked-nobody'],
    ['Here is my plan:\n1. Read the code.', 'plan-only'],
    ['I would propose to change a.ts.', 'plan-only'],
    ['It cannot be done: there is no such file.', 'no-commits'],
    ['', 'no-commits'],
  ])('"%s" is %s', (text, reason) => {
    expect(appraised(bare, { told: told(text) })).toMatchObject({ reason });
  });

  test('with commits on the branch no word changes anything', () => {
    expect(appraised({}, { told: told('Shall I go on?') })).toBeUndefined();
  });

  test('a long answer is read quickly', () => {
    const started = process.hrtime.bigint();
    appraised(bare, { told: told('changes is are I been committed '.repeat(2_000)) });
    expect(Number(process.hrtime.bigint() - started) / 1e6).toBeLessThan(2_000);
  });
});

test.each([
  ['test/a.ts', true],
  ['src/a.test.ts', true],
  ['tests/unit/x.py', true],
  ['src/test_x.py', true],
  ['spec/a_spec.rb', true],
  ['src/latest.ts', false],
  ['src/contest/a.ts', false],
])('%s is a test: %s', (path, is) => {
  expect(isTest(path)).toBe(is);
});
