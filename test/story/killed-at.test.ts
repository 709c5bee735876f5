import { afterEach, beforeEach, expect, test } from 'vitest';
import { killAt, killed } from './faults.ts';
import type { Moment } from './faults.ts';
import { expectAllLanded } from './order.ts';
import { Sandbox } from './sandbox.ts';

let box: Sandbox;
beforeEach(() => {
  box = new Sandbox();
});
afterEach(() => box.close());

/** Git calls of the coordinator at which it is killed, in the order in which they come. */
const MOMENTS: readonly [string, Moment[]][] = [
  ['before the depot is cloned', [{ when: 'before', git: ' clone ' }]],
  ['after the depot is cloned', [{ when: 'after', git: ' clone ' }]],
  ['before the depot is whole', [{ when: 'before', git: ' --unset core.bare ' }]],
  ['before the first claim', [{ when: 'after', git: ' refs/harness/landing/ ' }]],
  ['before the worktree is there', [{ when: 'before', git: ' worktree add ' }]],
  ['after the worktree was added', [{ when: 'after', git: ' worktree add ' }]],
  ['before the branch is cut', [{ when: 'before', git: ' symbolic-ref HEAD refs/heads/harness/one-1 ' }]],
  ['after the branch was cut', [{ when: 'after', git: ' symbolic-ref HEAD refs/heads/harness/one-1 ' }]],
  ['before the evidence is looked at', [{ when: 'before', git: ' diff --shortstat ' }]],
  ['before the merge is made', [{ when: 'before', git: ' commit-tree ' }]],
  ['after the merge was made', [{ when: 'after', git: ' commit-tree ' }]],
  ['while ready, before its landing begins', [{ when: 'before', git: 'create refs/harness/landing/one ' }]],
  ['after its landing began', [{ when: 'after', git: 'create refs/harness/landing/one ' }]],
  ['before the target moves', [{ when: 'before', git: ' -m land one --stdin ' }]],
  ['after the target moved', [{ when: 'after', git: ' -m land one --stdin ' }]],
  ['before the landing is forgotten', [{ when: 'before', git: 'delete refs/harness/landing/one ' }]],
  ['after the landing was forgotten', [{ when: 'after', git: 'delete refs/harness/landing/one ' }]],
  ['before it is published', [{ when: 'before', git: ' harness: publish ' }]],
  ['after it was published', [{ when: 'after', git: ' harness: publish ' }]],
  [
    'while ready, and again when it was adopted',
    [
      { when: 'before', git: 'create refs/harness/landing/one ' },
      { when: 'before', git: 'create refs/harness/landing/one ' },
    ],
  ],
  [
    'after the target moved, and in the recovery from that',
    [
      { when: 'after', git: ' -m land one --stdin ' },
      { when: 'before', git: ' merge-base --is-ancestor ' },
    ],
  ],
];

test.each(MOMENTS)('the coordinator is killed %s: the item lands once', async (_when, moments) => {
  const id = await box.add('one', '[[write:one.txt|1]]', '--id', 'one', '--check', 'test -f one.txt');
  killAt(box, moments);
  expect(await box.harness(['parallel', '--agents', '1', '--until-empty'])).toMatchObject({
    code: 0,
    stderr: '',
  });
  expect(killed(box)).toBe(moments.length);
  expectAllLanded(box, [id]);
  expect(box.git('show', 'harness/integration:one.txt')).toBe('1');
});
