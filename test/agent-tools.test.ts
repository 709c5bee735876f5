import { describe, expect, it, test } from 'vitest';
import { readCall, toolCards } from '../src/agent-tools.ts';

const call = (tool: unknown, given: object) =>
  readCall({ tool, arguments: { item: 'x', attempt: 1, ...given } });

describe('a call of a tool', () => {
  it('is read with its texts cleaned', () => {
    const given = { question: '  Which \u001b[31mcolour\u202e?\nSay. ', choices: ['red', ' blue\u0007 '] };
    expect(call('ask_human', given)).toEqual({
      tool: 'ask_human',
      item: 'x',
      attempt: 1,
      texts: { question: 'Which colour?\nSay.' },
      choices: ['red', 'blue'],
    });
    expect(call('propose_item', { title: 'Tidy' })).toMatchObject({ texts: { title: 'Tidy' }, choices: [] });
  });

  test.each([
    ['no object', null, 'a call is an object'],
    ['a list', [], 'a call is an object'],
    ['no arguments', { tool: 'note' }, 'a call is an object'],
    ['an unknown tool', { tool: 'land', arguments: {} }, 'there is no such tool; there are ask_human'],
    ['a name from the prototype', { tool: 'constructor', arguments: {} }, 'there is no such tool'],
    ['no item', { tool: 'note', arguments: { attempt: 1, text: 'a' } }, 'item: the id'],
    ['an item that is none', { tool: 'note', arguments: { item: { $: 1 }, attempt: 1 } }, 'item: the id'],
    ['no attempt', { tool: 'note', arguments: { item: 'x', text: 'a' } }, 'attempt: the number'],
    ['half an attempt', { tool: 'note', arguments: { item: 'x', attempt: 1.5, text: 'a' } }, 'attempt:'],
    ['a text as attempt', { tool: 'note', arguments: { item: 'x', attempt: '1', text: 'a' } }, 'attempt:'],
  ])('%s is refused', (_, value, wrong) => {
    expect(readCall(value)).toEqual({ wrong: expect.stringContaining(wrong) });
  });

  test.each([
    ['note', {}, 'text: it is missing'],
    ['note', { text: ' \u200b ' }, 'text: it is empty'],
    ['note', { text: 7 }, 'text: a text'],
    ['note', { text: 'x'.repeat(4_001) }, 'text: 4001 characters, at most 4000'],
    ['note', { text: 'a', path: '/etc' }, 'path: note has no such argument'],
    ['note', JSON.parse('{"text":"a","__proto__":{"x":1}}') as object, '__proto__: note has no'],
    ['ask_human', { question: 'a', choices: 'red' }, 'choices: a list of at most 8'],
    ['ask_human', { question: 'a', choices: Array(9).fill('x') }, 'choices: a list of at most 8'],
    ['ask_human', { question: 'a', choices: [1] }, 'choices: texts of at most 300'],
    ['propose_item', { title: 'a', priority: 'now' }, 'priority: urgent, high, normal, low'],
  ])('%s with %j is refused with what is wrong', (tool, given, wrong) => {
    expect(call(tool, given)).toEqual({ wrong: expect.stringContaining(wrong) });
  });
});

test('every tool is described with its caps, and names item and attempt', () => {
  for (const { name, description, inputSchema } of toolCards()) {
    expect(description.length, name).toBeGreaterThan(60);
    expect(inputSchema.required).toEqual(expect.arrayContaining(['item', 'attempt']));
    expect(inputSchema.additionalProperties).toBe(false);
  }
  expect(toolCards().map(({ name }) => name)).toMatchInlineSnapshot(`
    [
      "ask_human",
      "report_progress",
      "complete_item",
      "propose_item",
      "note",
    ]
  `);
});
