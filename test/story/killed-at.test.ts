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

/** Git calls of the coordinator at which it is killed, in the order in which they come; how many attempts that takes in all. */
const MOMENTS: readonly [string, Moment[], number][] = [
  ['before the depot is cloned', [{ when: 'before', git: ' clone ' }], 1],
  ['after the depot is cloned', [{ when: 'after', git: ' clone ' }], 1],
  ['before the depot is whole', [{ when: 'before', git: ' remote remove origin ' }], 1],
  ['before the first claim', [{ when: 'after', git: ' refs/harness/landing/ ' }], 1],
  ['before the worktree is filled', [{ when: 'before', git: ' reset --quiet --hard ' }], 2],
  ['after the worktree was filled', [{ when: 'after', git: ' reset --quiet --hard ' }], 2],
  ['before the branch is cut', [{ when: 'before', git: ' symbolic-ref HEAD refs/heads/harness/one-1 ' }], 2],
  ['after the branch was cut', [{ when: 'after', git: ' symbolic-ref HEAD refs/heads/harness/one-1 ' }], 2],
  ['before the evidence is looked at', [{ when: 'before', git: ' rev-list --reverse ' }], 1],
  ['before the merge is made', [{ when: 'before', git: ' commit-tree ' }], 1],
  ['after the merge was made', [{ when: 'after', git: ' commit-tree ' }], 1],
  [
    'while ready, before its landing begins',
    [{ when: 'before', git: 'create refs/harness/landing/one ' }],
    1,
  ],
  ['after its landing began', [{ when: 'after', git: 'create refs/harness/landing/one ' }], 1],
  ['before the target moves', [{ when: 'before', git: ' -m land one --stdin ' }], 1],
  ['after the target moved', [{ when: 'after', git: ' -m land one --stdin ' }], 1],
  ['before the landing is forgotten', [{ when: 'before', git: 'delete refs/harness/landing/one ' }], 1],
  ['after the landing was forgotten', [{ when: 'after', git: 'delete refs/harness/landing/one ' }], 1],
  ['before it is published', [{ when: 'before', git: ' harness: publish ' }], 1],
  ['after it was published', [{ when: 'after', git: ' harness: publish ' }], 1],
  [
    'while ready, and again when it was adopted',
    [
      { when: 'before', git: 'create refs/harness/landing/one ' },
      { when: 'before', git: 'create refs/harness/landing/one ' },
    ],
    1,
  ],
  [
    'after the target moved, and in the recovery from that',
    [
      { when: 'after', git: ' -m land one --stdin ' },
      { when: 'before', git: ' merge-base --is-ancestor ' },
    ],
    1,
  ],
];

test.each(MOMENTS)(
  'K02, K10: the coordinator is killed %s: the item lands once',
  async (_when, moments, attempts) => {
    const id = await box.add('one', '[[write:one.txt|1]]', '--id', 'one', '--check', 'test -f one.txt');
    box.git('branch', 'harness/integration'); // so that the only publishing is that of the landing
    killAt(box, moments);
    expect(await box.harness(['parallel', '--agents', '1', '--until-empty'])).toMatchObject({
      code: 0,
      stderr: '',
    });
    expect(killed(box)).toBe(moments.length);
    expectAllLanded(box, [id]);
    expect(box.journal().filter((event) => event.is === 'claimed')).toHaveLength(attempts);
    expect(box.git('show', 'harness/integration:one.txt')).toBe('1');
  },
);
