import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { expectOrder } from './order.ts';
import { ended, Sandbox } from './sandbox.ts';

let box: Sandbox;
beforeEach(() => {
  box = new Sandbox();
});
afterEach(() => box.close());

const run = (agents = 1) => box.harness(['parallel', '--agents', String(agents), '--until-empty']);
const ask = async () => JSON.parse((await box.harness(['ask', '--json'])).stdout) as { id: string }[];

test('a question holds the item, frees the agent, and the answer brings tree and conversation back', async () => {
  const body =
    '[[write:done.txt|1]][[commit:begin]][[write:draft.txt|half]][[question:Which colour?]][[no-commit]]';
  const id = await box.add('one', body);
  const other = await box.add('two', '[[write:b.txt|2]]');
  const going = box.start(['parallel', '--agents', '1']);
  const finished = ended(going);
  await box.happens('question-asked', (event) => event.item === id);
  await box.happens('landed', (event) => event.item === other);
  expect(await ask()).toMatchObject([
    { id, title: 'one', attempt: 1, agent: 'a1', question: 'Which colour?', choices: [] },
  ]);
  const shown = await box.harness(['ask']);
  expect(shown.stdout).toContain(`  Which colour?\n  harness answer ${id} "…"`);
  expect((await box.status()).problems).toEqual([expect.stringContaining(`${id} asks: Which colour?`)]);
  expect(await box.show(id)).toMatchObject({
    place: 'held',
    reason: 'question',
    attempts: [{ attempt: 1, outcome: 'given-back', reason: 'question', charged: false }],
  });
  expect((await box.harness(['why', id])).stdout).toContain('harness ask lists what');
  const answered = await box.harness([
    'answer',
    id.slice(0, 8),
    'Blue. [[bash:cat done.txt draft.txt > colour.txt; rm draft.txt]]',
  ]);
  expect(answered).toMatchObject({ code: 0, stderr: '' });
  await box.happens('landed', (event) => event.item === id);
  going.kill('SIGTERM');
  expect(await finished).toMatchObject({ code: 130 });
  // What was committed and what was not are both there, under the next number, and nothing was charged.
  expect(box.git('show', 'harness/integration:colour.txt')).toBe('1half');
  expect(await box.show(id)).toMatchObject({
    place: 'done',
    charged: 0,
    attempts: [{ attempt: 1 }, { attempt: 2, outcome: 'landed', branch: `harness/${id}-2` }],
  });
  // One conversation, from the first item to the last answer.
  const { attempts } = await box.show(id);
  expect(new Set(attempts.map((one) => one.session)).size).toBe(1);
  expect(box.journal().filter((one) => one.is === 'session-started')).toHaveLength(1);
  expect(box.journal().map((one) => one.is)).toContain('question-answered');
  expect(await ask()).toEqual([]);
  expectOrder(box);
});

test('an answer that is given between two runs is used by the next one, in the same conversation', async () => {
  const id = await box.add('one', '[[write:draft.txt|half]][[question:Which colour?]][[no-commit]]');
  expect(await run()).toMatchObject({ code: 1 });
  expect(
    await box.harness(['answer', id, '-'], {
      input: 'Red. [[bash:git add draft.txt; git commit -qm draft]]\n',
    }),
  ).toMatchObject({
    code: 0,
    stdout: `${id}: answered; it goes on with the next harness parallel\n`,
  });
  expect(await run()).toMatchObject({ code: 0, stderr: '' });
  expect(box.git('show', 'harness/integration:draft.txt')).toBe('half');
  const { attempts } = await box.show(id);
  expect(attempts[1]?.session).toBe(attempts[0]?.session);
});

test('an answer is not lost when what goes on with it fails: the next attempt is told', async () => {
  box.write({ '.harness/config.yaml': 'corrections: 0\n' });
  const id = await box.add(
    'one',
    '[[attempt:1]][[question:Which colour?]][[no-commit]][[attempt:3]][[write:a.txt|1]]',
    '--check',
    'test -e a.txt',
  );
  await run();
  await box.harness(['answer', id, 'Green.']);
  // What is done on the answer does not pass the check: that attempt fails, and the next one is told what was answered.
  expect(await run()).toMatchObject({ code: 0 });
  const prompts = readFileSync(transcript(), 'utf8');
  expect(prompts).toContain('A person has answered questions about this item');
  expect(prompts.match(/Green\./g)?.length).toBeGreaterThan(1);
});

const transcript = (): string => {
  const started = box.journal().find((one) => one.is === 'session-started');
  const name = `${join(box.home, 'worktrees/app/a1').replaceAll(/[^a-zA-Z0-9]/g, '-')}/${started?.session}.jsonl`;
  return join(box.home, 'state/stand-in/projects', name);
};

test('what is no question of an item, and what is no answer, is refused', async () => {
  const id = await box.add('one', '[[question:Which colour?]][[no-commit]]');
  expect(await box.harness(['answer', id, 'Blue'])).toMatchObject({
    code: 2,
    stderr: `harness: item ${id} is pending and asks nothing; see harness ask\n`,
  });
  await run();
  expect(await box.harness(['answer', id, '  '])).toMatchObject({
    code: 2,
    stderr: 'harness: the answer is empty\n',
  });
  const both = await Promise.all(['Blue', 'Red'].map((text) => box.harness(['answer', id, text])));
  expect(both.map(({ code }) => code).toSorted((a, b) => Number(a) - Number(b))).toEqual([0, 2]);
});

test('an agent that goes on after its question is interrupted', async () => {
  const id = await box.add('one', '[[question:Which colour?]][[sleep:60]]');
  expect(await run()).toMatchObject({ code: 1 });
  expect(await box.show(id)).toMatchObject({ place: 'held', reason: 'question' });
});

test('an agent says, proposes and asks only about its own item, each once', async () => {
  const say = (tool: string, given: object) => `[[call:${tool}|${JSON.stringify(given)}]]`;
  const id = await box.add(
    'one',
    [
      say('report_progress', { text: 'reads' }),
      say('note', { text: 'odd \u001b[31mthing' }),
      say('note', { text: 'odd \u001b[31mthing' }),
      say('note', { item: 'other', text: 'not mine' }),
      say('note', { attempt: 7, text: 'not now' }),
      say('note', { text: 'x'.repeat(4_001) }),
      say('launch', { text: 'missiles' }),
      say('propose_item', { title: 'Tidy up', body: 'the attic', priority: 'low' }),
      say('propose_item', { title: 'Tidy up', body: 'the attic', priority: 'low' }),
      say('complete_item', { summary: 'all of it' }),
      '[[write:a.txt|1]]',
    ].join(''),
  );
  expect(await run()).toMatchObject({ code: 1 });
  const said = box.journal().flatMap((one) => (one.is === 'agent-said' ? [`${one.tool}: ${one.text}`] : []));
  const [proposal] = (await box.list()).filter((one) => one.id !== id);
  expect(said).toEqual([
    'report_progress: reads',
    'note: odd thing',
    `propose_item: ${proposal?.id}: Tidy up`,
    'complete_item: all of it',
  ]);
  expect(proposal).toMatchObject({ place: 'held', reason: 'proposed', priority: 'low', title: 'Tidy up' });
  expect(await box.show(id)).toMatchObject({ place: 'done' });
  const text = box
    .journal()
    .flatMap((one) => (one.is === 'turn-ended' ? [one.text] : []))
    .join('\n');
  expect(text).toContain(`you work on item ${id}, attempt 1`);
  expect(text).toContain('at most 4000 are taken');
  expect(text).toContain('there is no such tool');
  expect(await box.harness(['queue', 'release', proposal?.id ?? ''])).toMatchObject({ code: 0 });
  expect(await run()).toMatchObject({ code: 0 });
});
