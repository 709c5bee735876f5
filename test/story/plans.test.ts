import { afterEach, beforeEach, expect, test } from 'vitest';
import { readPlan } from '../../src/queue/plans.ts';
import { Sandbox } from './sandbox.ts';

let box: Sandbox;
beforeEach(() => {
  box = new Sandbox();
});
afterEach(() => box.close());

const phases = () => box.journal().flatMap((one) => (one.is === 'phase' ? [one.phase] : []));
const verdicts = () =>
  box.journal().flatMap((one) => (one.is === 'verdict' ? [`${one.verdict} ${one.reason ?? ''}`.trim()] : []));
const run = () => box.harness(['parallel', '--agents', '1', '--until-empty']);

test('an item is planned first and then worked on in the same conversation; the plan stays with it', async () => {
  const id = await box.add('planned', '[[write:a.txt|x]][[commit:do it]]', '--plan', 'always');
  expect(await run()).toMatchObject({ code: 0 });
  expect(phases()).toEqual(['preparing', 'orienting', 'planning', 'implementing', 'verifying']);
  expect(verdicts()).toEqual(['accepted', 'accepted', 'accepted']);
  expect(box.journal().filter((one) => one.is === 'session-started')).toHaveLength(1);
  expect(readPlan(box.queue.attempts, id)).toMatchObject({ state: 'accepted', attempt: 1 });
  const shown = await box.harness(['plan', id]);
  expect(shown).toMatchObject({ code: 0, stderr: '', stdout: expect.stringContaining('## 7. Risks') });
  expect(box.journal().findLast((one) => one.is === 'verdict')).toMatchObject({
    measured: { commits: 1, files: 1, insertions: 1, tests: 0 },
  });
});

test('a simple item takes one turn', async () => {
  await box.add('simple', '[[write:a.txt|x]]');
  expect(await run()).toMatchObject({ code: 0 });
  expect(box.journal().filter((one) => one.is === 'turn-ended')).toHaveLength(1);
  expect(verdicts()).toEqual(['accepted']);
});

test('a plan without a section is asked for again', async () => {
  await box.add('planned', '[[plan-without:Risks]][[write:a.txt|x]]', '--plan', 'always');
  expect(await run()).toMatchObject({ code: 0 });
  expect(phases()).toEqual(['preparing', 'orienting', 'planning', 'planning', 'implementing', 'verifying']);
  expect(box.journal().find((one) => one.is === 'verdict' && one.verdict === 'correct')).toMatchObject({
    reason: 'plan-incomplete',
    detail: 'Missing from the plan: Risks.',
  });
});

test('what was written while planning is taken back, told, and does not land', async () => {
  await box.add('early', '[[plan-writes:early.txt]][[write:a.txt|x]]', '--plan', 'always');
  expect(await run()).toMatchObject({ code: 0 });
  expect(verdicts()).toEqual(['accepted', 'out-of-bounds wrote-in-plan', 'accepted', 'accepted']);
  expect(box.git('ls-tree', '--name-only', 'harness/integration').split('\n')).toEqual([
    'README.md',
    'a.txt',
  ]);
  expect(box.journal().find((one) => one.is === 'rescued')).toBeDefined();
});

test('an unclear item waits with its question, and goes on planning with the answer', async () => {
  const id = await box.add('unclear', '[[plan-unclear:Which limit?]][[write:a.txt|x]]', '--plan', 'always');
  expect(await run()).toMatchObject({ code: 1 });
  expect(await box.show(id)).toMatchObject({ place: 'held', reason: 'question' });
  const asked = await box.harness(['ask', '--json']);
  expect(asked.stdout).toContain('Which limit?');
  expect(await box.show(id)).toMatchObject({ charged: 0 });
});

test('an item that is too big is held, and its parts are proposed, one after the other', async () => {
  const id = await box.add('big', '[[plan-too-big:first part|second part]]', '--plan', 'always');
  expect(await run()).toMatchObject({ code: 1 });
  expect(await box.show(id)).toMatchObject({ place: 'held', reason: 'too-big' });
  const proposed = (await box.list()).filter((one) => one.id !== id);
  expect(proposed.map(({ title, place }) => `${title} ${place}`).toSorted()).toEqual([
    'first part held',
    'second part held',
  ]);
  const [first, second] = ['first part', 'second part'].map((title) =>
    proposed.find((one) => one.title === title),
  );
  expect(await box.show(second?.id ?? '')).toMatchObject({ after: [first?.id] });
});

test('a plan that is to be approved waits, is changed, approved, and then worked on without another plan', async () => {
  const id = await box.add('approve me', '[[write:a.txt|x]]', '--approve');
  expect(await run()).toMatchObject({ code: 1 });
  expect(await box.show(id)).toMatchObject({ place: 'held', reason: 'approval' });
  expect(await box.harness(['plan', id])).toMatchObject({
    code: 0,
    stderr: expect.stringContaining(`harness plan ${id} approve`),
  });
  expect(await box.harness(['plan', id, 'amend', 'Leave README.md alone.'])).toMatchObject({
    code: 0,
    stdout: `${id}: plan amended, pending\n`,
  });
  expect(await run()).toMatchObject({ code: 1 });
  expect(readPlan(box.queue.attempts, id)).toMatchObject({ state: 'proposed', attempt: 2 });
  expect(await box.harness(['plan', id, 'approve', '--json'])).toMatchObject({ code: 0 });
  const before = phases().length;
  expect(await run()).toMatchObject({ code: 0 });
  expect(phases().slice(before)).toEqual(['preparing', 'implementing', 'verifying']);
  expect(box.landings()).toEqual({ [id]: 1 });
});

test('what cannot be decided about a plan is refused in a sentence', async () => {
  const id = await box.add('none', '[[write:a.txt|x]]');
  const none = await box.harness(['plan', id]);
  expect(none).toMatchObject({ code: 2, stdout: '' });
  expect(none.stderr).toMatch(/has no plan; harness queue edit/);
  for (const args of [['amend'], ['approve', 'x'], ['burn']]) {
    const ran = await box.harness(['plan', id, ...args]);
    expect(ran).toMatchObject({ code: 2, stderr: expect.stringMatching(/^harness: [^\n]*\n$/) });
  }
});
