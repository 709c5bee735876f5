import { afterEach, beforeEach, expect, test } from 'vitest';
import { expectAllLanded, expectOrder } from './order.ts';
import { ended, Sandbox } from './sandbox.ts';

let box: Sandbox;
beforeEach(() => {
  box = new Sandbox();
});
afterEach(() => box.close());

const run = (agents = 1) => box.harness(['parallel', '--agents', String(agents), '--until-empty']);
const configure = (text: string) => box.write({ '.harness/config.yaml': text });
const corrections = () =>
  box.journal().flatMap((one) => (one.is === 'phase' && one.phase === 'correcting' ? [one.detail] : []));

test('C11: a set-up that fails fails the item, with the end of its output', async () => {
  configure('max_attempts: 1\nrigs: { app: { setup: "echo no such lock file; exit 7" } }\n');
  const id = await box.add('one', '[[write:a.txt|1]]');
  expect(await run()).toMatchObject({ code: 1, stderr: '' });
  const finding = expect.stringMatching(/exited with 7. End of its output:\nno such lock file/);
  expect(await box.show(id)).toMatchObject({
    place: 'failed',
    attempts: [{ reason: 'setup-failed', finding }],
  });
  expectOrder(box);
});

test('a check that hangs is ended with all it started, and fails the item', async () => {
  configure('max_attempts: 1\ncorrections: 0\ntimeouts: { check: 1s }\n');
  const id = await box.add(
    'one',
    '[[write:a.txt|1]]',
    '--check',
    'setsid sleep 60 & trap "" TERM; sleep 60; sleep 60',
  );
  expect(await run()).toMatchObject({ code: 1, stderr: '' });
  const finding = expect.stringMatching(/was ended after [1-9] s/);
  expect(await box.show(id)).toMatchObject({
    place: 'failed',
    attempts: [{ reason: 'check-failed', finding }],
  });
  expectOrder(box);
});

test('what checks and tools leave running is ended, and the item lands', async () => {
  const leave = '(setsid sleep 60 &) ; (env -i setsid sleep 60 &) ; sleep 1.2';
  const id = await box.add('one', `[[write:a.txt|1]][[bash:${leave}]]`, '--check', leave);
  expect(await run()).toMatchObject({ code: 0, stderr: '' });
  expectAllLanded(box, [id]);
});

test('a tool that goes on writing after its turn does not get at the evidence', async () => {
  const late = "(setsid sh -c 'sleep 1; echo late > late.txt' >/dev/null 2>&1 &)";
  const id = await box.add('one', `[[write:a.txt|1]][[bash:${late}]]`, '--check', 'sleep 2');
  expect(await run()).toMatchObject({ code: 0, stderr: '' });
  expectAllLanded(box, [id]);
  expect(box.git('-C', `${box.home}/worktrees/app/a1`, 'status', '--porcelain')).toBe('');
});

test('uncommitted files at the end of a turn go back to the agent by name', async () => {
  const id = await box.add('one', '[[write:a.txt|1]][[commit:a]][[write:left.txt|2]][[no-commit]]');
  expect(await run()).toMatchObject({ code: 0, stderr: '' });
  expectAllLanded(box, [id]);
  expect(corrections()).toEqual(['dirty-tree']);
  expect(box.git('show', 'harness/integration:left.txt')).toBe('2');
});

test('commits on another branch do not count, and the next attempt starts clean', async () => {
  configure('corrections: 0\nretry: { first: 1s, most: 1s }\n');
  const body =
    '[[attempt:1]][[bash:git switch -q -c elsewhere]][[write:a.txt|1]][[commit:x]][[attempt:2]][[write:b.txt|2]]';
  const id = await box.add('one', body);
  expect(await run()).toMatchObject({ code: 0, stderr: '' });
  expectAllLanded(box, [id]);
  expect(await box.show(id)).toMatchObject({
    attempts: [{ reason: 'wrong-branch', charged: true }, { attempt: 2 }],
  });
  expect(box.git('ls-tree', '--name-only', 'harness/integration')).toBe('README.md\nb.txt');
});

test('two items that change one line: the later one is corrected in its conversation, and both land', async () => {
  const first = await box.add('first', '[[edit:README.md|an app|an app of one]]', '--priority', 'high');
  const wait = `[[bash:while ! test -e ${box.root}/go; do sleep 0.05; done]]`;
  const second = await box.add('second', `${wait}[[edit:README.md|an app|an app of two]]`);
  const end = ended(box.start(['parallel', '--agents', '2', '--until-empty']));
  await box.happens('landed');
  box.write({ '../go': '' });
  expect(await end).toMatchObject({ code: 0, stderr: '' });
  expectAllLanded(box, [first, second]);
  expect(corrections()).toEqual(['conflict']);
});

test('an item waits for what it depends on; one whose dependency failed stays, and the run says so with exit code 1', async () => {
  configure('max_attempts: 1\ncorrections: 0\n');
  const good = await box.add('good', '[[write:a.txt|1]]', '--priority', 'low');
  const bad = await box.add('bad', '[[no-commit]]');
  const more = { priority: 'urgent', checks: ['test -f a.txt'] } as const;
  const after = box.queue.addNew({ title: 'after good', body: '[[write:b.txt|1]]', ...more, after: [good] });
  const never = box.queue.addNew({ title: 'after bad', body: '[[write:c.txt|1]]', ...more, after: [bad] });
  const ran = await run(2);
  expect(ran).toMatchObject({ code: 1, stderr: '' });
  expect(box.landings()).toEqual({ [good]: 1, [after.id]: 1 });
  expect(ran.stdout).toMatch(new RegExp(`${never.id} waits in the queue: after bad`));
  expectOrder(box);
});

test('held items are named at the end, and the exit code is 1', async () => {
  const id = await box.add('one', '[[write:a.txt|1]]');
  const held = await box.add('ask me first', '[[write:b.txt|1]]');
  box.queue.hold(box.queue.find(held), 'question');
  const ran = await run();
  expect(ran).toMatchObject({ code: 1, stderr: '' });
  expect(ran.stdout).toMatch(new RegExp(`${held} held \\(question\\): ask me first`));
  expect(box.landings()).toEqual({ [id]: 1 });
});
