import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parseNote } from '../../src/session/notes.ts';
import { ended, Sandbox } from './sandbox.ts';

let box: Sandbox;
beforeEach(() => {
  box = new Sandbox();
});
afterEach(() => box.close());

const RUN = ['parallel', '--agents', '1', '--until-empty'];
const folder = () => join(box.home, 'state/agents/a1');
const stateOf = () => JSON.parse(readFileSync(join(folder(), 'state.json'), 'utf8'));
const notes = () =>
  readFileSync(join(folder(), 'events.ndjson'), 'utf8')
    .split('\n')
    .flatMap((line) => parseNote(line) ?? []);
const go = () => box.write({ '../go': '' });
const waits = () => `[[bash:while ! test -e ${box.root}/go; do sleep 0.05; done]]`;

/** Starts a run and waits until its agent is in a tool. */
async function inTool() {
  const end = ended(box.start(RUN));
  const inTime = box.until('the agent is in a tool', () => notes().some(({ is }) => is === 'tool'));
  // A run that ends before that says why.
  expect(await Promise.race([inTime, end])).toBe(true);
  return { end };
}

test('an agent is nudged while it works, and what it was told is kept', async () => {
  const id = await box.add('long', `${waits()}[[write:a.txt|a]]`);
  const { end } = await inTool();
  const told = await box.harness(['nudge', 'a1', 'mind the tests', '--json']);
  expect(told).toMatchObject({ code: 0, stderr: '' });
  expect(JSON.parse(told.stdout)).toEqual({ agent: 'a1', text: 'a1 is told at its next step' });
  expect(await box.happens('nudged')).toMatchObject({ item: id, agent: 'a1', text: 'mind the tests' });
  go();
  expect(await end).toMatchObject({ code: 0 });
  expect(notes()).toContainEqual(
    expect.objectContaining({ is: 'prompt', as: 'nudge', text: 'mind the tests' }),
  );
});

test('an agent is interrupted in a tool and goes on in the same attempt and conversation', async () => {
  const id = await box.add('hung', '[[bash:sleep 300]][[write:a.txt|a]]');
  const { end } = await inTool();
  expect(await box.harness(['interrupt', 'a1', 'leave that'])).toMatchObject({
    code: 0,
    stdout: 'a1 is interrupted and goes on\n',
  });
  expect(await end).toMatchObject({ code: 0 });
  expect(await box.show(id)).toMatchObject({ place: 'done', attempts: [{ attempt: 1 }] });
  expect(await box.happens('interrupted')).toMatchObject({ item: id, text: 'leave that' });
  expect(box.journal().filter(({ is }) => is === 'session-started')).toHaveLength(1);
  expect(notes()).toContainEqual(expect.objectContaining({ is: 'prompt', text: 'leave that' }));
});

test('what cannot be done is refused with what is', async () => {
  expect(await box.harness(['nudge', 'a1', 'hello'])).toMatchObject({ code: 1 });
  await box.add('long', waits());
  const { end } = await inTool();
  expect(await box.harness(['nudge', 'a7', 'hello'])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('there is no agent a7; there are a1'),
  });
  expect(await box.harness(['nudge', 'a1', ' '])).toMatchObject({ code: 2 });
  go();
  await end;
});

test('the files of an agent say how it is and what it answered last', async () => {
  const id = await box.add('long', `${waits()}[[write:a.txt|a]][[say:all is well]]`);
  const { end } = await inTool();
  const { pid, session } = await box.happens('session-started');
  await box.until('it is running', () => stateOf().phase === 'implementing' && stateOf().model !== undefined);
  expect(stateOf()).toMatchObject({
    format: 1,
    agent: 'a1',
    status: 'running',
    session,
    pid,
    model: 'stand-in',
    item: id,
    attempt: 1,
    transcript: expect.stringContaining(`${session}.jsonl`),
    turn: 0,
    restarts: 0,
  });
  go();
  await end;
  const after = stateOf();
  expect(after).toMatchObject({ status: 'idle', session, turn: 1, last_result: 'answered' });
  expect(after).not.toHaveProperty('pid');
  expect(after).not.toHaveProperty('item');
  expect(JSON.parse(readFileSync(join(folder(), 'result.json'), 'utf8'))).toMatchObject({
    sid: session,
    res: expect.stringContaining('all is well'),
    ok: true,
    error: null,
  });
  for (const name of ['state.json', 'result.json', 'events.ndjson'])
    expect(statSync(join(folder(), name)).mode & 0o777).toBe(0o600);
});
