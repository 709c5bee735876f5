import { closeSync, existsSync, fstatSync, readdirSync, readSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { openToRead } from '../durable.ts';
import { redact } from '../secrets.ts';
import { NO_TOTALS } from './turn.ts';
import { totalsOf } from './parse.ts';
import type { Totals } from './protocol.ts';

type Json = Record<string, unknown>;

/**
 * Where the CLI keeps a conversation (observed with 2.1.329): in a folder named after the working folder, every character
 * that is no letter or digit as `-`. A conversation stays where it began, so other folders are looked at too.
 */
export function transcriptFile(
  env: Readonly<Record<string, string | undefined>>,
  cwd: string,
  session: string,
): string {
  const config = env.CLAUDE_CONFIG_DIR || join(env.HOME || homedir(), '.claude');
  const projects = join(config, 'projects');
  const usual = join(projects, cwd.replaceAll(/[^a-zA-Z0-9]/g, '-'), `${session}.jsonl`);
  if (existsSync(usual) || !existsSync(projects)) return usual;
  const elsewhere = readdirSync(projects)
    .map((name) => join(projects, name, `${session}.jsonl`))
    .find((file) => existsSync(file));
  return elsewhere ?? usual;
}

/** Its size in bytes: what grows is being worked on, even when nothing is said on stdout. 0 if there is none. */
export const transcriptBytes = (file: string): number => statSync(file, { throwIfNoEntry: false })?.size ?? 0;

/** How much of the end of a transcript is read: a turn is far shorter, a conversation may be of any length. */
const TAIL_BYTES = 16 << 20;

/** The last lines of a transcript that are whole and JSON objects. */
function tail(file: string, begin = 0): Json[] {
  let fd: number;
  try {
    fd = openToRead(file);
  } catch {
    return [];
  }
  try {
    const { size } = fstatSync(fd);
    const from = Math.max(begin, size - TAIL_BYTES);
    const buffer = Buffer.alloc(size - from);
    const length = readSync(fd, buffer, 0, buffer.length, from);
    return buffer
      .toString('utf8', 0, length)
      .split('\n')
      .flatMap((line): Json[] => {
        try {
          const value: unknown = JSON.parse(line);
          return typeof value === 'object' && value !== null ? [value as Json] : [];
        } catch {
          return [];
        }
      });
  } finally {
    closeSync(fd);
  }
}

/**
 * What was answered to a message, read from the transcript: the last text of the assistant after the message's line and
 * before the next prompt, without secrets. Undefined if the message is not there or has no answer in words.
 */
export function replyTo(file: string, uuid: string): string | undefined {
  let reply: string | undefined;
  let after = false;
  for (const line of tail(file)) {
    if (line.type === 'user' && isPrompt(line)) after = line.uuid === uuid;
    if (!after || line.type !== 'assistant' || line.isSidechain === true) continue;
    reply = textOf(line) ?? reply;
  }
  return reply === undefined ? undefined : redact(reply);
}

const contentOf = (line: Json): unknown => (line.message as Json | undefined)?.content;

/** Lines of the user that carry results of tools are no prompts. */
function isPrompt(line: Json): boolean {
  const content = contentOf(line);
  if (typeof content === 'string') return true;
  return Array.isArray(content) && !content.some((block: Json) => block?.type === 'tool_result');
}

function textOf(line: Json): string | undefined {
  const content = contentOf(line);
  const blocks = Array.isArray(content) ? (content as Json[]) : [];
  const texts = blocks.flatMap(({ type, text }) =>
    type === 'text' && typeof text === 'string' ? [text] : [],
  );
  return texts.length === 0 ? undefined : texts.join('\n');
}

/** What a person typed into a conversation after its file had so many bytes: the prompts, shortened. */
export function typedSince(file: string, bytes: number): string[] {
  const lines = tail(file, bytes).filter(
    (line) => line.type === 'user' && line.isMeta !== true && line.isSidechain !== true && isPrompt(line),
  );
  return lines.flatMap((line) => {
    const content = contentOf(line);
    const text = typeof content === 'string' ? content : textOf(line);
    return text === undefined ? [] : [text.slice(0, 500)];
  });
}

/**
 * The totals that a resumed process begins with: those the CLI wrote down when it last ended in order (observed with
 * 2.1.329; after SIGKILL, and in 2.1.160, it begins with nothing).
 */
export function totalsBefore(file: string): Totals {
  const state = tail(file).findLast((line) => line.type === 'cost-state');
  return state ? totalsOf({ ...state, total_cost_usd: state.totalCostUSD }) : NO_TOTALS;
}
