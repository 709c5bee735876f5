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

/** How a turn went wrong, as the real CLI tells it: in a line of its own and in the result. */
export interface Trouble {
  text: string;
  kind: string;
  status?: number;
  apiError?: string;
  /** Unix seconds. */
  resetsAt?: number;
}

const limitInfo = (resetsAt: number): Line => ({
  status: 'rejected',
  resetsAt,
  rateLimitType: 'five_hour',
});

export const limited = (resetsAt: number): Line => ({
  type: 'rate_limit_event',
  rate_limit_info: limitInfo(resetsAt),
});

export const warned = (window: string, utilization: number, resetMs: number): Line => ({
  type: 'rate_limit_event',
  rate_limit_info: {
    status: 'allowed_warning',
    resetsAt: Math.ceil(resetMs / 1000),
    rateLimitType: window,
    utilization,
  },
});

/** What the CLI makes up in place of an answer. */
export const troubled = ({ text, kind, status, apiError, resetsAt }: Trouble): Line => ({
  ...assistant('<synthetic>', { type: 'text', text }, []),
  error: kind,
  is_api_error_message: true,
  api_error_status: status,
  ...(apiError !== undefined && { api_error: apiError }),
  ...(resetsAt !== undefined && { api_error_params: { rate_limit_info: limitInfo(resetsAt) } }),
});

export const asks = (id: string, tool: string): Line => ({
  type: 'control_request',
  request_id: id,
  request: { subtype: 'can_use_tool', tool_name: tool, input: {}, tool_use_id: id },
});

const TOO_LONG = 'Reached maximum number of turns';

interface Ending {
  text: string;
  uuids: readonly string[];
  rounds: number;
  aborted?: boolean;
  /** It had more rounds than are allowed. */
  tooLong?: boolean;
  trouble?: Trouble | undefined;
  /** The turn was cut off by the end of an earlier process. */
  resumed?: boolean;
  /** The running total of the process. */
  costUsd: number;
}

/** The last line of a turn. No model is called: its running totals are what a script pretends, else 0. */
export function result(ending: Ending): Line {
  const { text, uuids, rounds, aborted = false, tooLong = false, trouble, resumed = false, costUsd } = ending;
  const answer = { result: trouble?.text ?? text, stop_reason: trouble ? null : 'end_turn' };
  return {
    type: 'result',
    subtype: aborted ? 'error_during_execution' : tooLong ? 'error_max_turns' : 'success',
    is_error: aborted || tooLong || trouble !== undefined,
    ...(aborted ? { errors: ['interrupted'] } : tooLong ? { errors: [TOO_LONG] } : answer),
    terminal_reason: aborted ? 'aborted_tools' : tooLong ? 'max_turns' : trouble ? 'api_error' : 'completed',
    ...(trouble && { api_error_status: trouble.status, api_error: trouble.apiError }),
    ...(resumed && { resume_reason: 'interrupted_turn' }),
    num_turns: rounds,
    duration_ms: 0,
    total_cost_usd: costUsd,
    usage: {},
    modelUsage:
      costUsd > 0 ? { 'stand-in': { costUSD: costUsd, outputTokens: Math.ceil(costUsd * 1000) } } : {},
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
