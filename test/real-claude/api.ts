import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { chooseStep } from './script.ts';
import type { Message, Step } from './script.ts';
import { eventStream, wholeMessage } from './stream.ts';

/** One request to /v1/messages, as it came in. */
export interface Logged {
  /** 1, 2, 3 ... */
  number: number;
  model: string;
  /** The session of the CLI that asked; its subagents and side questions have the same. */
  session: string;
  /** Names of the tools on offer; side questions (a title, a summary) offer none. */
  tools: string[];
  messages: Message[];
  /** The HTTP status that was answered. */
  status: number;
}

export interface Api {
  /** What ANTHROPIC_BASE_URL is set to. */
  url: string;
  /** Every request so far; the same is at GET /log, as JSON. */
  log: Logged[];
  close(): Promise<void>;
}

interface Body {
  model?: string;
  stream?: boolean;
  tools?: { name: string }[];
  messages?: Message[];
}

const ERRORS: Record<number, string> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  403: 'permission_error',
  404: 'not_found_error',
  429: 'rate_limit_error',
  529: 'overloaded_error',
};

/** Starts a Messages API of our own on the loopback address; script.ts says how prompts tell it what to answer. */
export async function startApi(port = 0): Promise<Api> {
  const state = { log: [] as Logged[], failures: new Map<string, number>() };
  const server = createServer((request, response) => {
    answer(state, request, response).catch((error: unknown) => {
      if (!response.destroyed) sendError(response, 400, String(error));
    });
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : port}`,
    log: state.log,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

interface State {
  log: Logged[];
  /** How often a failing step has failed already, by session and step: the only thing that is remembered. */
  failures: Map<string, number>;
}

async function answer(state: State, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = request.url?.split('?')[0];
  if (path === '/log') return sendJson(response, 200, state.log);
  if (path === '/v1/models') return sendJson(response, 200, { data: [], has_more: false });
  if (request.method !== 'POST') return sendError(response, 404, `nothing at ${path}`);
  const body = (await json(request)) as Body;
  if (path === '/v1/messages/count_tokens') {
    return sendJson(response, 200, { input_tokens: tokensOf(body) });
  }
  if (path !== '/v1/messages') return sendError(response, 404, `nothing at ${path}`);

  const session = String(request.headers['x-claude-code-session-id'] ?? '');
  const entry = logged(state, body, session);
  const chosen = entry.tools.length > 0 ? chooseStep(entry.messages) : undefined;
  if (chosen) await delay(chosen.step.delayMs);
  const failure = chosen && failureNow(state, `${session} ${chosen.name}`, chosen.step);
  if (failure === undefined) return sendReply(response, body, entry, chosen?.step);
  entry.status = failure;
  for (const [name, value] of Object.entries(chosen?.step.headers ?? {})) response.setHeader(name, value);
  return sendError(response, failure, 'as scripted');
}

function logged({ log }: State, { model = '', tools = [], messages = [] }: Body, session: string): Logged {
  const names = tools.map(({ name }) => name);
  const entry = { number: log.length + 1, model, session, tools: names, messages, status: 200 };
  log.push(entry);
  return entry;
}

function failureNow({ failures }: State, name: string, { failure }: Step): number | undefined {
  const before = failures.get(name) ?? 0;
  if (failure === undefined || before >= failure.times) return undefined;
  failures.set(name, before + 1);
  return failure.status;
}

/** About four characters a token: the client only wants a number that grows with the conversation. */
const tokensOf = (value: unknown): number => Math.ceil(JSON.stringify(value).length / 4);

function sendReply(response: ServerResponse, body: Body, entry: Logged, step?: Step): void {
  const content = step?.content.length ? step.content : [{ type: 'text' as const, text: 'ok' }];
  const reply = {
    id: `msg_${entry.number}`,
    model: entry.model,
    content: content.map((block, index) =>
      block.type === 'tool_use' ? { ...block, id: `toolu_${entry.number}_${index}` } : block,
    ),
    usage: { input_tokens: tokensOf(body), output_tokens: tokensOf(content) },
  };
  if (!body.stream) return sendJson(response, 200, wholeMessage(reply));
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
  response.end(eventStream(reply));
}

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(value));
}

function sendError(response: ServerResponse, status: number, message: string): void {
  sendJson(response, status, { type: 'error', error: { type: ERRORS[status] ?? 'api_error', message } });
}

// `node test/real-claude/api.ts 8801`: to try things by hand, with ANTHROPIC_BASE_URL set to what it prints.
if (import.meta.main) console.log((await startApi(Number(process.argv[2] ?? 0))).url);
