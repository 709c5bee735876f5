import { createInterface } from 'node:readline';
import { Conversation } from './conversation.ts';
import { readOptions } from './options.ts';
import type { Options } from './options.ts';
import * as speech from './speech.ts';

/**
 * A stand-in for the Claude Code CLI: speaks its stream-json protocol on stdin and stdout, and does in its folder what
 * markers in the prompt say (script.ts). It calls no model, and says so in every answer.
 */

type Json = Record<string, unknown>;

const object = (value: unknown): Json => (typeof value === 'object' && value !== null ? (value as Json) : {});
const text = (value: unknown): string => (typeof value === 'string' ? value : '');

function say(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

/** The text of a user message, which is a string or a list of blocks. */
function contentOf(message: Json): string {
  const { content } = message;
  if (!Array.isArray(content)) return text(content);
  return content.map((block) => text(object(block).text)).join('\n');
}

function control(
  id: string,
  asked: Json,
  { conversation, options }: { conversation: Conversation; options: Options },
): void {
  switch (asked.subtype) {
    case 'initialize':
      say(speech.granted(id, { commands: [], agents: [], models: [], claude_code_version: 'stand-in' }));
      break;
    case 'set_model':
      say(speech.granted(id, { model: options.model }));
      break;
    case 'interrupt':
      say(speech.granted(id, { still_queued: conversation.interrupt(asked.cancel_queued === true) }));
      break;
    case 'set_permission_mode':
      options.permissionMode = text(asked.mode) || options.permissionMode;
      say(speech.granted(id, { mode: options.permissionMode }));
      break;
    case 'apply_flag_settings':
    case 'stop_task':
      say(speech.granted(id, {}));
      break;
    case 'get_session_cost':
      say(speech.granted(id, { text: `Estimated cost:        $${conversation.costUsd.toFixed(4)}` }));
      break;
    case 'get_context_usage':
      say(speech.granted(id, { totalTokens: 0, maxTokens: 200_000, percentage: 0 }));
      break;
    case 'end_session':
      say(speech.granted(id, {}));
      process.exit(0);
      break;
    default:
      say(speech.refused(id, `Unsupported control request subtype: ${text(asked.subtype)}`));
  }
}

function hear(line: string, parts: { conversation: Conversation; options: Options }): void {
  if (line.trim() === '') return;
  let json: Json;
  try {
    json = object(JSON.parse(line));
  } catch {
    // The real CLI does the same.
    process.stderr.write(`Error parsing streaming input line: ${line.slice(0, 100)}\n`);
    process.exit(1);
  }
  if (json.type === 'user')
    parts.conversation.take({ uuid: text(json.uuid), text: contentOf(object(json.message)) });
  if (json.type === 'control_response') parts.conversation.hear(text(object(json.response).request_id));
  if (json.type === 'control_request') control(text(json.request_id), object(json.request), parts);
}

/** Exit codes of the real CLI; what a tool runs is ended first. */
function obeySignals(conversation: Conversation): void {
  const codes = { SIGTERM: 143, SIGHUP: 129, SIGINT: 0 };
  for (const [name, code] of Object.entries(codes)) {
    process.once(name, () => {
      conversation.interrupt(false);
      process.exit(code);
    });
  }
}

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  if (typeof options === 'string') {
    process.stderr.write(`${options}\n`);
    process.exit(1);
  }
  // Whoever read us is gone; the work is finished all the same, as the real CLI does.
  process.stdout.on('error', () => undefined);
  const { env } = process;
  const conversation = new Conversation({
    options,
    cwd: process.cwd(),
    configFolder: env.CLAUDE_CONFIG_DIR,
    say,
  });
  obeySignals(conversation);
  const goesOn = env.CLAUDE_CODE_RESUME_INTERRUPTED_TURN === '1';
  const prompt = goesOn ? (env.CLAUDE_CODE_RESUME_PROMPT ?? 'Continue from where you left off.') : undefined;
  if (options.resume && !conversation.goOn(prompt)) {
    const why = `No conversation found with session ID: ${options.session}`;
    say({ type: 'result', subtype: 'error_during_execution', is_error: true, num_turns: 0, errors: [why] });
    process.stderr.write(`${why}\n`);
    process.exit(1);
  }
  const lines = createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY });
  for await (const line of lines) hear(line, { conversation, options });
  await conversation.idle();
  process.exit(conversation.lastFailed ? 1 : 0);
}

await main();
