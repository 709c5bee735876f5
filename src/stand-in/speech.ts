import { newUuid } from '../clock.ts';
import type { Options } from './options.ts';

/** The lines that the stand-in writes: those of the real CLI (observed with 2.1.329), as far as a turn needs them. */

type Line = Record<string, unknown>;

const system = (subtype: string, fields: Line): Line => ({ type: 'system', subtype, ...fields });

export const state = (name: 'running' | 'idle'): Line => system('session_state_changed', { state: name });

export const lifecycle = (uuid: string, name: string): Line => ({
  type: 'command_lifecycle',
  command_uuid: uuid,
  state: name,
});

export const init = (options: Options, cwd: string, uuids: readonly string[]): Line =>
  system('init', {
    cwd,
    session_id: options.session,
    tools: ['Bash', 'Edit', 'Write'],
    mcp_servers: [],
    model: options.model,
    permissionMode: options.permissionMode,
    apiKeySource: 'none',
    claude_code_version: 'stand-in',
    capabilities: ['interrupt_receipt_v1', 'msg_lifecycle_v1'],
    user_message_uuids: uuids,
  });

const assistant = (model: string, block: Line, uuids: readonly string[]): Line => ({
  type: 'assistant',
  message: { id: `msg_${newUuid()}`, role: 'assistant', model, content: [block], stop_reason: null },
  parent_tool_use_id: null,
  user_message_uuids: uuids,
});

export const says = (model: string, text: string, uuids: readonly string[]): Line =>
  assistant(model, { type: 'text', text }, uuids);

export const uses = (model: string, tool: { id: string; name: string; input: Line }): Line =>
  assistant(model, { type: 'tool_use', ...tool }, []);

export const used = (id: string, content: string, failed: boolean): Line => ({
  type: 'user',
  message: { role: 'user', content: [{ type: 'tool_result', tool_use_id: id, content, is_error: failed }] },
  parent_tool_use_id: null,
});

/** The last line of a turn. Its running totals stay 0: no model is called. */
export function result(text: string, uuids: readonly string[], rounds: number, aborted: boolean): Line {
  return {
    type: 'result',
    subtype: aborted ? 'error_during_execution' : 'success',
    is_error: aborted,
    ...(aborted ? { errors: ['interrupted'] } : { result: text, stop_reason: 'end_turn' }),
    terminal_reason: aborted ? 'aborted_tools' : 'completed',
    num_turns: rounds,
    duration_ms: 0,
    total_cost_usd: 0,
    usage: {},
    modelUsage: {},
    permission_denials: [],
    user_message_uuids: uuids,
  };
}

export const granted = (id: string, response: Line): Line => ({
  type: 'control_response',
  response: { subtype: 'success', request_id: id, response },
});

export const refused = (id: string, error: string): Line => ({
  type: 'control_response',
  response: { subtype: 'error', request_id: id, error, error_code: 'unsupported_request' },
});
