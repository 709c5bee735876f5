import { execFileSync } from 'node:child_process';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { HarnessWorld } from './harness-world.ts';

let world: HarnessWorld;
beforeEach(async () => {
  world = await HarnessWorld.make();
});
afterEach(() => world.close());

const call = (tool: string, given: object) =>
  `[[tool:mcp__harness__${tool}|${JSON.stringify({ item: 'colour', attempt: 1, ...given })}]]`;

const shown = (path: string) =>
  execFileSync('git', ['show', `harness/integration:${path}`], {
    cwd: world.repository,
    env: world.env,
    encoding: 'utf8',
  });

test('a question over MCP is answered, and used in the conversation in which it was asked', async () => {
  const body =
    `[[bash:echo half > draft.txt]][[next]]${call('report_progress', { text: 'looks at colours' })}` +
    `${call('note', { item: 'other', text: 'not mine' })}[[next]]` +
    `${call('ask_human', { question: 'Which colour?', choices: ['blue', 'red'] })}[[next]][[text:I wait.]]`;
  await world.add('paint it', body, '--id', 'colour');
  const first = await world.harness('parallel', '--agents', '1', '--until-empty');
  expect(first).toMatchObject({ code: 1, stderr: '' });
  const open = await world.harness('ask', '--json');
  expect(JSON.parse(open.stdout)).toMatchObject([
    { id: 'colour', question: 'Which colour?', choices: ['blue', 'red'] },
  ]);
  expect(world.journal()).toContainEqual(
    expect.objectContaining({ is: 'agent-said', tool: 'report_progress', text: 'looks at colours' }),
  );
  // The tools are in the very first request, not behind a search; a wrong item is an error that the model reads.
  expect(world.asked()[0]?.tools).toEqual(
    expect.arrayContaining(['mcp__harness__ask_human', 'mcp__harness__propose_item']),
  );
  const before = JSON.stringify(world.asked().at(-1)?.messages);
  expect(before).toContain('you work on item colour, attempt 1');
  expect(before).toContain('Asked. End your turn now');
  const answer =
    'Blue. [[bash:cat draft.txt; echo blue > colour.txt]][[next]][[commit:Blue]][[next]][[text:done]]';
  expect(await world.harness('answer', 'colour', `${answer}[[turn]]`)).toMatchObject({ code: 0, stderr: '' });
  const second = await world.harness('parallel', '--agents', '1', '--until-empty');
  expect(second).toMatchObject({ code: 0, stderr: '' });
  expect(world.landings()).toEqual(['colour']);
  expect(shown('colour.txt')).toBe('blue\n');
  // What was not committed when it asked was back, and so was the conversation: the API got question and answer in one.
  expect(shown('draft.txt')).toBe('half\n');
  const last = world.asked().at(-1);
  const said = JSON.stringify(last?.messages);
  expect(said.indexOf('Which colour?')).toBeLessThan(said.indexOf('Blue. '));
  expect(said).toContain('Asked. End your turn now');
  expect(new Set(world.asked().map(({ session }) => session)).size).toBe(1);
});
