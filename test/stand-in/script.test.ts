import { describe, expect, it } from 'vitest';
import { correction, firstTurn, readScript, resolved } from '../../src/stand-in/script.ts';

describe('a script', () => {
  it('is what the markers in a prompt say, other brackets are let be', () => {
    expect(
      readScript('Do [[write:a/b.txt|x|y]] if [[ -f z ]] then [[bash:echo hi]] and [[unknown:1]]', 1),
    ).toEqual([
      [
        { is: 'write', path: 'a/b.txt', content: 'x|y' },
        { is: 'bash', command: 'echo hi' },
      ],
    ]);
    expect(readScript('nothing to see', 1)).toEqual([]);
    expect(readScript('# Item\n\nCreate hello.txt with the single line: hello\n', 1)).toEqual([
      [{ is: 'write', path: 'hello.txt', content: 'hello\n' }],
    ]);
  });

  it('takes escapes and brackets in arguments', () => {
    expect(readScript(String.raw`[[write:a.js|const a = [[1\]\];\nlet b = /\d\\n/;]]`, 1)).toEqual([
      [{ is: 'write', path: 'a.js', content: 'const a = [[1]];\nlet b = /\\d\\n/;' }],
    ]);
    expect(readScript('[[write:a|x[y[0]]]]', 1)).toEqual([[{ is: 'write', path: 'a', content: 'x[y[0]]' }]]);
    expect(readScript(String.raw`[[edit:f|a \| b|c|d]]`, 1)).toEqual([
      [{ is: 'edit', path: 'f', old: 'a | b', new: 'c|d' }],
    ]);
  });

  it('is cut into turns', () => {
    expect(readScript('[[no-commit]] [[turn]] [[commit:now]]', 1)).toEqual([
      [{ is: 'no-commit' }],
      [{ is: 'commit', message: 'now' }],
    ]);
  });

  it('resolves a conflict by merging what the prompt names, and writing what then is right', () => {
    const [turn = []] = readScript('[[resolve:a.txt|both]]', 1);
    const id = 'b'.repeat(40);
    const write = { is: 'write', path: 'a.txt', content: 'both' };
    const prompt = `Observed (check-failed): after merging with the target, commit ${id}: it failed`;
    expect(resolved(turn, prompt)).toEqual([{ is: 'merge', commit: id }, write]);
    expect(resolved(turn, 'something else')).toEqual([write]);
  });

  it('has a part for a conversation that takes over from a lost one', () => {
    const prompt = '[[say:one]] [[anew]] [[say:two]]';
    expect(readScript(prompt, 1)).toEqual([[{ is: 'say', text: 'one' }]]);
    expect(readScript(`${prompt} that conversation is lost`, 1)).toEqual([[{ is: 'say', text: 'two' }]]);
  });

  it('has parts for one attempt only', () => {
    const prompt = '[[sleep:1]] [[attempt:1]] [[die]] [[attempt:2]] [[say:well]]';
    expect(readScript(prompt, 1)).toEqual([
      [
        { is: 'sleep', ms: 1000 },
        { is: 'die', how: 'once' },
      ],
    ]);
    expect(readScript(prompt, 2)).toEqual([
      [
        { is: 'sleep', ms: 1000 },
        { is: 'say', text: 'well' },
      ],
    ]);
    expect(readScript('[[attempt:1]] [[die]]', 2)).toEqual([]);
  });

  it('breaks a check first and mends it on the next turn', () => {
    expect(readScript('[[fail-check-first:f|bad|good]]', 1)).toEqual([
      [{ is: 'write', path: 'f', content: 'bad' }],
      [{ is: 'write', path: 'f', content: 'good' }],
    ]);
  });

  it('makes a small file where it asks for no work, before it dies', () => {
    const file = { is: 'write', path: 'stand-in/item-1.md' };
    expect(firstTurn([], 'harness/item-1')).toMatchObject([file]);
    expect(firstTurn([{ is: 'die', how: 'once' }], 'harness/item-1')).toMatchObject([
      file,
      { is: 'die', how: 'once' },
    ]);
    expect(firstTurn([{ is: 'say', text: 'no' }], 'harness/item-1')).toHaveLength(1);
  });

  it('resolves a conflict by merging the commit that the prompt names', () => {
    const id = 'a'.repeat(40);
    expect(
      correction(`Observed (conflict): merging ${'b'.repeat(40)} with the target, commit ${id}, conflicts`),
    ).toEqual([{ is: 'merge', commit: id }]);
    expect(correction('Observed (check-failed)')).toEqual([]);
  });
});
