import { expect, test } from 'vitest';
import { chooseStep, parseScript } from './script.ts';
import type { Message } from './script.ts';

const user = (content: Message['content']): Message => ({ role: 'user', content });
const assistant: Message = { role: 'assistant', content: [{ type: 'text', text: '' }] };
const toolResult = user([{ type: 'tool_result' }, { type: 'text', text: '<system-reminder>go on' }]);

/** The text that a conversation is answered with; undefined where the script says nothing. */
function reply(...messages: Message[]): string | undefined {
  const block = chooseStep(messages)?.step.content[0];
  return block?.type === 'text' ? block.text : undefined;
}

test('a text without markers is no script', () => {
  expect(parseScript('a [list] of [[Things]]')).toBeUndefined();
});

test('arguments carry newlines, bars and quotes', () => {
  const [[step] = []] =
    parseScript(String.raw`[[write:a.js|x \|\| y\nz]][[commit:It's]]`.replaceAll('\\|', '|')) ?? [];
  expect(step?.content).toMatchObject([
    { name: 'Write', input: { file_path: 'a.js', content: 'x || y\nz' } },
    { name: 'Bash', input: { command: String.raw`git add -A && git commit -qm 'It'\''s'` } },
  ]);
});

test('the step is found by counting answers, whatever the tools say', () => {
  const prompt = user('[[text:a]][[next]][[text:b]]');
  expect(reply(prompt)).toBe('a');
  expect(reply(prompt, assistant, toolResult)).toBe('b');
  expect(reply(prompt, assistant, toolResult, assistant)).toBeUndefined();
});

test('a script of one turn goes on when the client is told to continue', () => {
  expect(reply(user('[[text:a]][[next]][[text:b]]'), assistant, user('continue'))).toBe('b');
});

test('a script of several turns moves on with the prompts', () => {
  const prompt = user('[[text:a]][[turn]][[text:b]][[next]][[text:c]]');
  expect(reply(prompt, assistant, toolResult)).toBeUndefined();
  expect(reply(prompt, assistant, user('mend it'))).toBe('b');
  expect(reply(prompt, assistant, user('mend it'), assistant, toolResult)).toBe('c');
  expect(reply(prompt, assistant, user('mend it'), assistant, user('again'))).toBeUndefined();
});

test('a script may have a part for the plan; what is quoted was asked before', () => {
  const script = '[[text:plan]][[work]][[text:work]]';
  expect(reply(user(`# Plan for work item x\n${script}`))).toBe('plan');
  expect(reply(user(`# Work item x\n${script}`))).toBe('work');
  expect(reply(user(`# Work item x\n> [[text:old]]`))).toBeUndefined();
});

test('the newest script counts, also where failed prompts were joined into one message', () => {
  expect(reply(user('[[text:old]]'), assistant, user('[[text:new]]'))).toBe('new');
  const joined = [
    { type: 'text', text: '[[text:old]]' },
    { type: 'text', text: '[[text:new]]' },
  ];
  expect(reply(user(joined))).toBe('new');
});
