import type { Spent } from './usage.ts';

/**
 * The stream-json protocol of the Claude Code CLI: what its lines mean to us, and the lines that we write.
 * Observed with 2.1.329; fields that other versions leave out are optional here.
 */

/** Running totals of a CLI process, over all its turns: dollars and tokens. */
export interface Totals {
  costUsd: number;
  inputTokens: number;
  outputTokens: number;
  cacheReadTokens: number;
  cacheWriteTokens: number;
  /** The same by model: an agent's side questions go to others than its own. */
  models: Readonly<Record<string, Spent>>;
}

/** What an assistant line is made of. Texts are shortened: they are for people, the transcript has them in full. */
export type Block =
  | { is: 'text'; text: string }
  | { is: 'thinking' }
  | { is: 'tool'; id: string; name: string /** The input in one line. */; input: string };

/** What an assistant line says of a failed request to the API. */
export interface Fault {
  /** `rate_limit`, `server_error`, `authentication_failed`, ... */
  kind: string;
  status?: number | undefined;
  /** `usage_limit_reached`, `connection_failed`, ... */
  apiError?: string | undefined;
  /** When a usage limit ends: wall clock, ms. */
  resetAtMs?: number | undefined;
}

/** The CLI's last line of a turn. That it says `success` proves nothing: `failed` (`is_error`) counts. */
export interface Result {
  is: 'result';
  subtype: string;
  failed: boolean;
  /** The answer, or what went wrong. */
  text: string;
  /** The messages that it answers; empty for turns the CLI started itself, and with versions that stamp none. */
  uuids: readonly string[];
  /** Why the CLI started the turn itself, e.g. `task-notification`. */
  origin?: string | undefined;
  terminalReason?: string | undefined;
  stopReason?: string | undefined;
  apiError?: string | undefined;
  status?: number | undefined;
  startupFailure?: string | undefined;
  /** Model rounds of this turn. */
  rounds: number;
  denials: number;
  totals: Totals;
}

export interface Init {
  is: 'init';
  session: string;
  model: string;
  version: string;
  permissionMode: string;
  capabilities: readonly string[];
  uuids: readonly string[];
}

export interface Assistant {
  is: 'assistant';
  blocks: readonly Block[];
  uuids: readonly string[];
  /** Said by a sub-agent. */
  nested: boolean;
  /** Made up by the CLI, not by a model. */
  synthetic: boolean;
  fault?: Fault | undefined;
}

/** What the CLI asks of us. `detail` is the tool or hook that it is about. */
export interface Request {
  is: 'request';
  id: string;
  subtype: string;
  detail: string;
}

/** Its answer to a request of ours. */
export type Response = { is: 'response'; id: string } & Answer;
export type Answer = { ok: true; value: Record<string, unknown> } | { ok: false; error: string };

/** Everything a line of the CLI can mean. Closed: what is not known is `other`, what is no JSON `malformed`. */
export type SessionEvent =
  | Init
  | Assistant
  | Result
  | Request
  | Response
  | { is: 'state'; state: string }
  | { is: 'lifecycle'; uuid: string; state: string }
  /** A piece of what is being written; `text` of texts only. */
  | { is: 'delta'; of: 'text' | 'thinking' | 'tool'; characters: number; text: string; nested: boolean }
  | { is: 'tool-results'; results: readonly { id: string; failed: boolean; text: string }[]; nested: boolean }
  | { is: 'tool-progress'; tool: string; id: string; elapsedMs: number }
  /** A tool call got an id by which it can be asked about and stopped. */
  | { is: 'task'; id: string; tool: string }
  | { is: 'tasks'; tasks: readonly { id: string; kind: string }[] }
  | {
      is: 'retry';
      attempt: number;
      most: number;
      delayMs: number;
      status?: number | undefined;
      error: string;
    }
  | {
      is: 'limit';
      status: string;
      window: string;
      resetAtMs?: number | undefined;
      utilization?: number | undefined;
    }
  | { is: 'denied'; tool: string }
  | { is: 'compacting'; done: boolean }
  | { is: 'malformed'; why: 'not JSON' | 'too long'; bytes: number; start: string }
  | { is: 'other'; type: string; subtype: string };

/** A message to the CLI, as it is kept until what came of it is recorded. */
export interface Message {
  uuid: string;
  text: string;
  /** `prompt` opens a turn, `nudge` goes into the running one, `after` follows it. */
  as: 'prompt' | 'nudge' | 'after';
}

const line = (message: object): string => `${JSON.stringify(message)}\n`;

/**
 * A prompt. The uuid must be a fresh one: a message under a uuid that the CLI has seen is dropped, mostly without any event.
 * `later`: it waits until nothing else is to be done.
 */
export function userMessage(uuid: string, content: string, priority?: 'later'): string {
  const message = { role: 'user', content };
  return line({ type: 'user', message, parent_tool_use_id: null, uuid, ...(priority && { priority }) });
}

export function controlRequest(id: string, subtype: string, fields: object = {}): string {
  return line({ type: 'control_request', request_id: id, request: { subtype, ...fields } });
}

/**
 * The answer to something the CLI asks although it was told not to: tools are denied with a reason, anything else is
 * refused. Never answering would leave it waiting for ever.
 */
export function refusal(request: Request): string {
  const { id, subtype, detail } = request;
  if (subtype === 'can_use_tool') {
    const message = `${detail || 'This tool'} is not permitted here and nobody is there to be asked. Do the work with the tools that are permitted.`;
    const response = { behavior: 'deny', message };
    return line({ type: 'control_response', response: { subtype: 'success', request_id: id, response } });
  }
  const error = `harness does not handle ${subtype}`;
  return line({ type: 'control_response', response: { subtype: 'error', request_id: id, error } });
}
