import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { excerpt } from '../../src/session/excerpt.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'excerpt-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const prompt = (uuid: string, content: unknown = uuid, more = {}) => ({
  type: 'user',
  uuid,
  message: { role: 'user', content },
  ...more,
});
const reply = (text: string) => ({ type: 'assistant', message: { content: [{ type: 'text', text }] } });
const result = (text: string) => prompt('r', [{ type: 'tool_result', content: text }]);

/** What is cut out of these lines for the messages, as short texts. */
async function cut(lines: (object | string)[], ...uuids: string[]): Promise<string[]> {
  const file = join(folder, 'x.jsonl');
  const text = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line)));
  writeFileSync(file, text.join('\n'));
  return (await excerpt(file, new Set(uuids))).map((line) => JSON.stringify(line.message));
}

test('only the turns of these messages are taken, with the results of their tools', async () => {
  const lines = [
    prompt('a'),
    reply('of a'),
    prompt('b'),
    reply('of b'),
    result('of b'),
    reply('b2'),
    prompt('c'),
    reply('c'),
  ];
  const taken = await cut(lines, 'b');
  expect(taken).toHaveLength(4);
  expect(taken.join()).not.toMatch(/of a|"c"/);
  expect(await cut(lines, 'a', 'c')).toHaveLength(4);
});

test('what is sent into a turn is part of it only if it is known; what is not known ends it', async () => {
  const lines = [prompt('a'), reply('1'), prompt('nudge'), reply('2'), prompt('other'), reply('3')];
  expect(await cut(lines, 'a', 'nudge')).toHaveLength(4);
  expect(await cut(lines, 'a')).toHaveLength(2);
});

test("the CLI's own notes and sub-agents end no turn, summaries of the conversation are never part of one", async () => {
  const lines = [
    prompt('a'),
    prompt('m', 'note', { isMeta: true }),
    prompt('s', 'sub', { isSidechain: true }),
    { type: 'queue-operation', content: 'of another item' },
    { type: 'summary', summary: 'of other items' },
    prompt('a', 'all so far', { isCompactSummary: true }),
    reply('end'),
  ];
  expect(await cut(lines, 'a')).toHaveLength(4);
});

test('torn lines are passed over, and no transcript is no turns', async () => {
  expect(await cut([prompt('a'), '{"type":"assis', 'null', '7', reply('x'), '{"ty'], 'a')).toHaveLength(2);
  expect(await excerpt(join(folder, 'none.jsonl'), new Set(['a']))).toEqual([]);
});
