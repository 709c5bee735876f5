import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseLine } from '../../src/session/parse.ts';
import { controlRequest, refusal, userMessage } from '../../src/session/protocol.ts';
import { inWords } from '../../src/session/summary.ts';

const parse = (json: unknown) =>
  parseLine({ is: 'line', text: typeof json === 'string' ? json : JSON.stringify(json) });

describe('lines of the CLI', () => {
  it('never throw, whatever they hold', () => {
    const types =
      'assistant user result system stream_event command_lifecycle tool_progress rate_limit_event control_request control_response';
    const keys =
      'subtype message content request response event delta errors modelUsage tasks origin rate_limit_info error';
    const key = fc.constantFrom(...keys.split(' '));
    const any = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: 'small' },
        fc.jsonValue(),
        fc.constantFrom(
          'init',
          'status',
          'api_retry',
          'text',
          'tool_use',
          'tool_result',
          'background_tasks_changed',
        ),
        fc.array(tie('value')),
        fc.dictionary(key, tie('value')),
      ),
    }));
    const line = fc.tuple(fc.constantFrom(...types.split(' ')), fc.dictionary(key, any.value));
    fc.assert(
      fc.property(line, ([type, rest]) => {
        const event = parse({ ...rest, type });
        expect(typeof event.is).toBe('string');
        inWords(event);
      }),
      { numRuns: 500 },
    );
    fc.assert(fc.property(fc.string(), (text) => void inWords(parse(text))));
  });

  it('are told apart whatever the order of their keys', () => {
    expect(parse('{"result":"ok","is_error":false,"subtype":"success","type":"result"}')).toMatchObject({
      is: 'result',
      failed: false,
      text: 'ok',
      uuids: [],
    });
  });

  it('that are unknown are let pass, those that are no JSON object are told', () => {
    expect(parse({ type: 'news', subtype: 'x' })).toEqual({ is: 'other', type: 'news', subtype: 'x' });
    expect(parse('[]')).toMatchObject({ is: 'malformed', why: 'not JSON' });
    expect(parseLine({ is: 'oversized', bytes: 7 })).toMatchObject({
      is: 'malformed',
      why: 'too long',
      bytes: 7,
    });
    expect(parse('')).toMatchObject({ is: 'other' });
  });

  it('give tool calls in one line that is safe for a terminal', () => {
    const input = { command: 'echo \u001b]52;c;aGk=\u0007hi\nrm -r x', description: 'says hi' };
    const event = parse({
      type: 'assistant',
      message: { content: [{ type: 'tool_use', id: 't', name: 'Bash', input }] },
    });
    expect(event).toMatchObject({ blocks: [{ is: 'tool', name: 'Bash', input: 'echo hi rm -r x' }] });
    expect(inWords(event)).toBe('Bash: echo hi rm -r x');
  });

  it('give the last line of what the agent says', () => {
    const content = [{ type: 'text', text: 'First.\nThen \u001b[31mdone.\n' }];
    expect(inWords(parse({ type: 'assistant', message: { content } }))).toBe('Then done.');
  });

  it('tell of a limit with its reset in milliseconds', () => {
    const info = { status: 'rejected', resetsAt: 1795221468, rateLimitType: 'five_hour' };
    expect(parse({ type: 'rate_limit_event', rate_limit_info: info })).toMatchObject({
      is: 'limit',
      status: 'rejected',
      resetAtMs: 1795221468000,
    });
  });

  it('add up the totals of all models', () => {
    const modelUsage = {
      a: { inputTokens: 1, outputTokens: 2 },
      b: { inputTokens: 10, cacheReadInputTokens: 5 },
    };
    expect(parse({ type: 'result', total_cost_usd: 0.5, modelUsage })).toMatchObject({
      totals: { costUsd: 0.5, inputTokens: 11, outputTokens: 2, cacheReadTokens: 5, cacheWriteTokens: 0 },
    });
  });
});

describe('lines to the CLI', () => {
  it('are one line each, whatever the prompt holds', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (prompt) => {
        const line = userMessage('u', prompt);
        expect(line.indexOf('\n')).toBe(line.length - 1);
        expect(JSON.parse(line).message.content).toBe(prompt);
      }),
    );
    expect(userMessage('u', '\ud800')).toContain(String.raw`\ud800`);
    expect(JSON.parse(controlRequest('h1', 'set_model', { model: 'm' }))).toEqual({
      type: 'control_request',
      request_id: 'h1',
      request: { subtype: 'set_model', model: 'm' },
    });
  });

  it('deny tools with a reason and refuse everything else', () => {
    const ask = { is: 'request', id: 'r', subtype: 'can_use_tool', detail: 'Bash' } as const;
    expect(JSON.parse(refusal(ask)).response).toMatchObject({
      request_id: 'r',
      response: { behavior: 'deny' },
    });
    expect(JSON.parse(refusal({ ...ask, subtype: 'elicitation' })).response).toMatchObject({
      subtype: 'error',
    });
  });
});
