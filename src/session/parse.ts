import { safeText } from '../text.ts';
import type { Line } from './lines.ts';
import type {
  Assistant,
  Block,
  Fault,
  Init,
  Request,
  Response,
  Result,
  SessionEvent,
  Totals,
} from './protocol.ts';
import type { Spent } from './usage.ts';

type Json = Record<string, unknown>;

/** How much of an assistant's text an event keeps (its end), and of an answer or a tool's result, in characters. */
const TEXT_CHARACTERS = 16_000;
const ANSWER_CHARACTERS = 64_000;
const TOOL_CHARACTERS = 2_000;

const object = (value: unknown): Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {};
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const words = (value: unknown): string | undefined => text(value) || undefined;
const number = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isFinite(value) ? value : undefined;
const texts = (value: unknown): string[] => list(value).filter((one) => typeof one === 'string');
const secondsToMs = (value: unknown): number | undefined => {
  const seconds = number(value);
  return seconds === undefined ? undefined : seconds * 1000;
};

/**
 * What a line of the CLI means. Never throws: an unknown line is `other`, one that is no JSON object `malformed`, and a
 * field of the wrong type counts as missing. The order of keys does not matter.
 */
export function parseLine(line: Line): SessionEvent {
  if (line.is === 'oversized') return { is: 'malformed', why: 'too long', bytes: line.bytes, start: '' };
  if (line.text.trim() === '') return { is: 'other', type: '', subtype: '' };
  let json: unknown;
  try {
    json = JSON.parse(line.text);
  } catch {
    json = undefined;
  }
  if (typeof json === 'object' && json !== null && !Array.isArray(json)) return eventOf(json as Json);
  const start = safeText(line.text, { max: 120 });
  return { is: 'malformed', why: 'not JSON', bytes: line.text.length, start };
}

function eventOf(json: Json): SessionEvent {
  switch (json.type) {
    case 'assistant':
      return assistant(json);
    case 'user':
      return toolResults(json);
    case 'result':
      return result(json);
    case 'system':
      return system(json);
    case 'stream_event':
      return delta(json);
    case 'command_lifecycle':
      return { is: 'lifecycle', uuid: text(json.command_uuid), state: text(json.state) };
    case 'tool_progress':
      return {
        is: 'tool-progress',
        tool: text(json.tool_name),
        id: text(json.tool_use_id),
        elapsedMs: secondsToMs(json.elapsed_time_seconds) ?? 0,
      };
    case 'rate_limit_event':
      return limit(object(json.rate_limit_info));
    case 'control_request':
      return request(json);
    case 'control_response':
      return response(object(json.response));
    default:
      return other(json);
  }
}

const other = (json: Json): SessionEvent => ({
  is: 'other',
  type: text(json.type),
  subtype: text(json.subtype),
});

function system(json: Json): SessionEvent {
  switch (json.subtype) {
    case 'init':
      return init(json);
    case 'session_state_changed':
      return { is: 'state', state: text(json.state) };
    case 'background_tasks_changed':
      return { is: 'tasks', tasks: list(json.tasks).map(object).map(task) };
    case 'task_started':
      return { is: 'task', id: text(json.task_id), tool: text(json.tool_use_id) };
    case 'permission_denied':
      return { is: 'denied', tool: text(json.tool_name) };
    case 'compact_boundary':
      return { is: 'compacting', done: true };
    case 'status':
      return json.status === 'compacting' ? { is: 'compacting', done: false } : other(json);
    case 'api_retry':
      return {
        is: 'retry',
        attempt: number(json.attempt) ?? 0,
        most: number(json.max_retries) ?? 0,
        delayMs: number(json.retry_delay_ms) ?? 0,
        status: number(json.error_status),
        error: text(json.error),
      };
    default:
      return other(json);
  }
}

const task = (one: Json) => ({
  id: text(one.task_id) || text(one.id),
  kind: text(one.task_type) || text(one.type),
});

const init = (json: Json): Init => ({
  is: 'init',
  session: text(json.session_id),
  model: text(json.model),
  version: text(json.claude_code_version),
  permissionMode: text(json.permissionMode),
  capabilities: texts(json.capabilities),
  uuids: texts(json.user_message_uuids),
});

function assistant(json: Json): Assistant {
  const message = object(json.message);
  return {
    is: 'assistant',
    blocks: list(message.content).map(object).flatMap(block),
    uuids: texts(json.user_message_uuids),
    nested: text(json.parent_tool_use_id) !== '',
    synthetic: message.model === '<synthetic>',
    fault: words(json.error) === undefined ? undefined : fault(json),
  };
}

function block(json: Json): Block[] {
  switch (json.type) {
    case 'text':
      return [{ is: 'text', text: text(json.text).slice(-TEXT_CHARACTERS) }];
    case 'thinking':
      return [{ is: 'thinking' }];
    case 'tool_use':
      return [
        { is: 'tool', id: text(json.id), name: text(json.name), input: inputInWords(object(json.input)) },
      ];
    default:
      return [];
  }
}

const TELLING = 'command file_path notebook_path path pattern query url description prompt'.split(' ');

/** The most telling part of a tool's input, in one line that is safe to show. */
function inputInWords(input: Json): string {
  const told = TELLING.map((name) => words(input[name])).find((value) => value !== undefined);
  return safeText(told ?? JSON.stringify(input).slice(0, 300), { max: 160 });
}

function fault(json: Json): Fault {
  const info = object(object(json.api_error_params).rate_limit_info);
  return {
    kind: text(json.error),
    status: number(json.api_error_status),
    apiError: words(json.api_error),
    resetAtMs: secondsToMs(info.resetsAt),
  };
}

function toolResults(json: Json): SessionEvent {
  const blocks = list(object(json.message).content).map(object);
  const results = blocks
    .filter((one) => one.type === 'tool_result')
    .map((one) => ({
      id: text(one.tool_use_id),
      failed: one.is_error === true,
      text: outputOf(one.content).slice(-TOOL_CHARACTERS),
    }));
  if (results.length === 0)
    return { is: 'other', type: 'user', subtype: json.isSynthetic === true ? 'nudge' : '' };
  return { is: 'tool-results', results, nested: text(json.parent_tool_use_id) !== '' };
}

/** What a tool printed: a text, or blocks of which some are texts. */
const outputOf = (content: unknown): string =>
  Array.isArray(content) ? content.map((part) => text(object(part).text)).join('\n') : text(content);

function result(json: Json): Result {
  const errors = texts(json.errors).join('; ');
  return {
    is: 'result',
    subtype: text(json.subtype),
    failed: json.is_error === true,
    text: (text(json.result) || errors).slice(-ANSWER_CHARACTERS),
    uuids: [...texts(json.user_message_uuids), ...texts([json.user_message_uuid])],
    origin: words(object(json.origin).kind),
    terminalReason: words(json.terminal_reason),
    stopReason: words(json.stop_reason),
    apiError: words(json.api_error),
    status: number(json.api_error_status),
    startupFailure: words(json.startup_failure_reason),
    rounds: number(json.num_turns) ?? 0,
    denials: list(json.permission_denials).length,
    totals: totalsOf(json),
  };
}

/** `total_cost_usd` and `modelUsage` are running totals of the process; `usage` is not and is not used. */
export function totalsOf(json: Json): Totals {
  const models = Object.values(object(json.modelUsage)).map(object);
  const sum = (name: string) => models.reduce((total, model) => total + (number(model[name]) ?? 0), 0);
  return {
    costUsd: number(json.total_cost_usd) ?? 0,
    inputTokens: sum('inputTokens'),
    outputTokens: sum('outputTokens'),
    cacheReadTokens: sum('cacheReadInputTokens'),
    cacheWriteTokens: sum('cacheCreationInputTokens'),
    models: Object.fromEntries(
      Object.entries(object(json.modelUsage)).map(([name, model]) => [name, spentOf(object(model))]),
    ),
  };
}

const spentOf = (model: Json): Spent => ({
  costUsd: number(model.costUSD) ?? 0,
  input: number(model.inputTokens) ?? 0,
  output: number(model.outputTokens) ?? 0,
  cacheRead: number(model.cacheReadInputTokens) ?? 0,
  cacheWrite: number(model.cacheCreationInputTokens) ?? 0,
});

function delta(json: Json): SessionEvent {
  const part = object(object(json.event).delta);
  const nested = text(json.parent_tool_use_id) !== '';
  const of = DELTAS[text(part.type)];
  if (!of) return { is: 'other', type: 'stream_event', subtype: text(object(json.event).type) };
  const written = text(part[of.field]);
  return {
    is: 'delta',
    of: of.is,
    characters: written.length,
    text: of.is === 'text' ? written.slice(0, ANSWER_CHARACTERS) : '',
    nested,
  };
}

const DELTAS: Readonly<Record<string, { is: 'text' | 'thinking' | 'tool'; field: string }>> = {
  text_delta: { is: 'text', field: 'text' },
  thinking_delta: { is: 'thinking', field: 'thinking' },
  input_json_delta: { is: 'tool', field: 'partial_json' },
};

function limit(info: Json): SessionEvent {
  return {
    is: 'limit',
    status: text(info.status),
    window: text(info.rateLimitType),
    resetAtMs: secondsToMs(info.resetsAt),
    utilization: number(info.utilization),
  };
}

function request(json: Json): Request {
  const asked = object(json.request);
  const detail = text(asked.tool_name) || text(asked.callback_id);
  return { is: 'request', id: text(json.request_id), subtype: text(asked.subtype), detail };
}

function response(json: Json): Response {
  const id = text(json.request_id);
  if (json.subtype === 'success') return { is: 'response', id, ok: true, value: object(json.response) };
  return { is: 'response', id, ok: false, error: text(json.error) || 'refused without a reason' };
}
