import { createReadStream, existsSync } from 'node:fs';
import { createInterface } from 'node:readline';

type Json = Readonly<Record<string, unknown>>;

/** What is taken of a conversation at most, in characters. */
const MOST_CHARACTERS = 32 << 20;

const KINDS: ReadonlySet<unknown> = new Set(['user', 'assistant', 'system', 'attachment']);

/**
 * The lines of a transcript that belong to these messages: from each of them to the next prompt that is none of them. One
 * conversation carries the work on many items, so what cannot be told to be part of these turns is left out: prompts with
 * other uuids, and summaries of the conversation. Lines that are torn are passed over.
 */
export async function excerpt(file: string, uuids: ReadonlySet<string>): Promise<Json[]> {
  if (!existsSync(file)) return [];
  const taken: Json[] = [];
  let isOurs = false;
  let room = MOST_CHARACTERS;
  for await (const text of createInterface({
    input: createReadStream(file),
    crlfDelay: Number.POSITIVE_INFINITY,
  })) {
    const line = parse(text);
    if (!line) continue;
    if (isPrompt(line)) isOurs = uuids.has(String(line.uuid));
    if (!isOurs || !KINDS.has(line.type) || line.isCompactSummary === true) continue;
    room -= text.length;
    if (room < 0) break;
    taken.push(line);
  }
  return taken;
}

function parse(text: string): Json | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Json) : undefined;
  } catch {
    return undefined;
  }
}

/** Lines of the user that carry results of tools, notes of the CLI or the talk of sub-agents are no prompts. */
function isPrompt({ type, isMeta, isSidechain, message }: Json): boolean {
  if (type !== 'user' || isMeta === true || isSidechain === true) return false;
  const content = (message as Json | undefined)?.content;
  if (!Array.isArray(content)) return true;
  return !content.some((block: Json | null) => block?.type === 'tool_result');
}
