import { describe, expect, it } from 'vitest';
import { parseLine } from '../../src/session/parse.ts';
import type { Result, SessionEvent } from '../../src/session/protocol.ts';
import { answers, beginTurn, endOf, hear, NO_TOTALS, showsStamps } from '../../src/session/turn.ts';

const parse = (json: object): SessionEvent => parseLine({ is: 'line', text: JSON.stringify(json) });
const result = (fields: object) =>
  parse({ type: 'result', subtype: 'success', is_error: true, ...fields }) as Result;

/** How a turn ends that hears these lines and then this result. */
const end = (fields: object, ...lines: object[]) =>
  endOf(lines.map(parse).reduce(hear, beginTurn('u')), result(fields), NO_TOTALS, 5);

const apiError = (error: string, fields: object = {}) => ({
  type: 'assistant',
  message: { model: '<synthetic>', content: [] },
  error,
  ...fields,
});

/** What a turn costs when the running total goes from `before` to `now`. */
const cost = (before: number, now: number) =>
  endOf(beginTurn('u'), result({ total_cost_usd: now }), { ...NO_TOTALS, costUsd: before }, 0).costUsd;

describe('the end of a turn', () => {
  it('is an answer only when it is no error, whatever the subtype says', () => {
    expect(end({ is_error: false, result: 'ok', stop_reason: 'end_turn' })).toMatchObject({
      is: 'answered',
      text: 'ok',
    });
    expect(end({ result: 'API Error' })).toMatchObject({ is: 'error', text: 'API Error' });
  });

  it.each(['aborted_streaming', 'aborted_tools'])('is an interruption after %s', (reason) => {
    expect(end({ terminal_reason: reason })).toMatchObject({ is: 'interrupted' });
    expect(end({ terminal_reason: reason, is_error: false })).toMatchObject({ is: 'interrupted' });
  });

  // Rows of what was observed with 2.1.329: class, result, the assistant's error before it.
  it.each([
    ['limit', { api_error_status: 429, api_error: 'usage_limit_reached' }, 'rate_limit'],
    ['transient', { api_error_status: 429, result: 'API Error: Request rejected (429)' }, 'rate_limit'],
    ['transient', { api_error_status: 529, api_error_type: 'overloaded_error' }, 'server_error'],
    ['transient', { api_error_status: 500 }, 'server_error'],
    ['transient', { api_error_status: null, api_error: 'connection_failed' }, 'server_error'],
    ['transient', { api_error: 'stream_idle_timeout' }, 'server_error'],
    ['fatal', { api_error_status: 401 }, 'authentication_failed'],
    ['fatal', { api_error_status: 403 }, 'authentication_failed'],
    ['fatal', { result: 'Not logged in · Please run /login' }, 'authentication_failed'],
    ['fatal', { api_error_status: 404 }, 'model_not_found'],
    ['fatal', { api_error_status: 400, result: 'Credit balance is too low' }, 'billing_error'],
    ['fatal', { subtype: 'error_during_execution', startup_failure_reason: 'bypass_root' }, undefined],
    ['turn', { api_error_status: 400 }, 'unknown'],
    ['context', { api_error_status: 400, terminal_reason: 'prompt_too_long' }, 'invalid_request'],
    ['context', { api_error_status: 413, terminal_reason: 'image_error' }, undefined],
    ['rounds', { subtype: 'error_max_turns', terminal_reason: 'max_turns' }, undefined],
    ['budget', { subtype: 'error_max_budget_usd', terminal_reason: 'budget_exhausted' }, undefined],
    ['limit', { result: "You've hit your weekly limit · resets Oct 9, 5pm (UTC)" }, 'rate_limit'],
    ['turn', { subtype: 'error_during_execution', errors: ['something new'] }, undefined],
  ])('is of class %s after %j', (cls, fields, error) => {
    expect(end(fields, ...(error === undefined ? [] : [apiError(error)]))).toMatchObject({
      is: 'error',
      cls,
    });
  });

  it('knows when a limit resets: from the failed line, the event, or an old wording', () => {
    const limited = { api_error_status: 429, api_error: 'usage_limit_reached' };
    const params = { rate_limit_info: { status: 'rejected', resetsAt: 2000 } };
    const event = { type: 'rate_limit_event', rate_limit_info: { status: 'rejected', resetsAt: 1000 } };
    const line = apiError('rate_limit', { api_error: 'usage_limit_reached', api_error_params: params });
    expect(end(limited, event, line)).toMatchObject({ resetAtMs: 2_000_000 });
    expect(end(limited, event)).toMatchObject({ resetAtMs: 1_000_000 });
    expect(end({ result: 'Claude AI usage limit reached|1755806400' })).toMatchObject({
      resetAtMs: 1_755_806_400_000,
    });
    expect(end(limited)).toMatchObject({ cls: 'limit', resetAtMs: undefined });
  });

  it('does not take the failure of a sub-agent for its own', () => {
    const nested = apiError('authentication_failed', { parent_tool_use_id: 'toolu_1' });
    expect(end({ api_error_status: 529 }, nested)).toMatchObject({ cls: 'transient' });
  });

  it('counts tools and their errors, and what was not permitted', () => {
    const call = { type: 'assistant', message: { content: [{ type: 'tool_use', name: 'Bash', id: 't' }] } };
    const failed = {
      type: 'user',
      message: { content: [{ type: 'tool_result', tool_use_id: 't', is_error: true }] },
    };
    expect(end({ is_error: false, num_turns: 2, permission_denials: [{}] }, call, failed)).toMatchObject({
      tools: 1,
      toolErrors: 1,
      denials: 1,
      rounds: 2,
      durationMs: 5,
    });
  });

  it('costs the difference of the running totals, or all of them after they were zeroed', () => {
    expect(cost(1, 3)).toBe(2);
    expect(cost(3, 1)).toBe(1);
  });
});

describe('a result', () => {
  it('answers the turn whose uuid it names, where results name any', () => {
    const turn = hear(beginTurn('u'), parse({ type: 'system', subtype: 'init' }));
    expect(answers(turn, result({ user_message_uuids: ['a', 'u'] }), true)).toBe(true);
    expect(answers(turn, result({ user_message_uuids: ['a'] }), true)).toBe(false);
    expect(answers(turn, result({}), true)).toBe(false);
  });

  it('answers the turn that has begun, where results name none', () => {
    const begun = hear(beginTurn('u'), parse({ type: 'system', subtype: 'init' }));
    expect(answers(begun, result({ is_error: false }), false)).toBe(true);
    expect(answers(begun, result({ origin: { kind: 'task-notification' } }), false)).toBe(false);
    expect(answers(beginTurn('u'), result({ is_error: false }), false)).toBe(false);
  });

  it('is expected to name uuids once the CLI shows that it can', () => {
    expect(showsStamps(parse({ type: 'command_lifecycle', command_uuid: 'x', state: 'queued' }))).toBe(true);
    expect(showsStamps(parse({ type: 'system', subtype: 'init', capabilities: ['msg_lifecycle_v1'] }))).toBe(
      true,
    );
    expect(showsStamps(parse({ type: 'system', subtype: 'init', capabilities: [] }))).toBe(false);
    expect(showsStamps(result({}))).toBe(false);
  });
});
