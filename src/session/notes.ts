import type { Block, Message, SessionEvent } from './protocol.ts';
import type { RunningTools } from './running-tools.ts';
import type { TurnEnd } from './turn.ts';

/** What `events.ndjson` keeps of a session, for those who watch an agent; a closed list. Every line has `at` besides. */
export type Note =
  /** A process carries the conversation from here on. */
  | { is: 'session'; session: string; pid: number; resumed: boolean }
  | { is: 'ended'; cause: string }
  /** What the agent was told. */
  | { is: 'prompt'; uuid: string; as: Message['as']; text: string }
  /** A part of a text while it is being written; the whole of it follows as `text`. */
  | { is: 'text-delta'; text: string }
  | ({ is: 'text'; text: string } & Nested)
  | ({ is: 'thinking' } & Nested)
  | ({ is: 'tool'; id: string; name: string; input: string } & Nested)
  | { is: 'tool-progress'; id: string; name: string; ms: number }
  | ({ is: 'tool-done'; id: string; name?: string; ms?: number; failed: boolean; text: string } & Nested)
  /** It printed nothing for too long and was stopped. */
  | { is: 'tool-stopped'; id: string; name: string; ms: number }
  | { is: 'retry'; attempt: number; most: number; delayMs: number; error: string }
  | { is: 'limit'; status: string; window: string; resetAt?: string; utilization?: number }
  | { is: 'denied'; tool: string }
  | { is: 'compacting'; done: boolean }
  | { is: 'malformed'; why: string; bytes: number }
  /** How the turn ended. */
  | { is: 'turn'; end: TurnEnd['is']; ms: number; costUsd: number; tools: number; text?: string };

/** Said or done by a sub-agent. */
interface Nested {
  nested?: true;
}

const nestedIf = (nested: boolean): Nested => (nested ? { nested: true } : {});

/** What is noted of an event; the texts that stream in are noted by whoever puts them together. */
export function notesOf(event: SessionEvent, tools: RunningTools, nowMs: number): Note[] {
  switch (event.is) {
    case 'assistant':
      return event.blocks.map((block) => noteOfBlock(block, nestedIf(event.nested)));
    case 'tool-results':
      return event.results.map(({ id, failed, text }) => {
        const tool = tools.get(id);
        const known = tool && { name: tool.name, ms: Math.round(nowMs - tool.startedMs) };
        return { is: 'tool-done', id, ...known, failed, text, ...nestedIf(event.nested) };
      });
    case 'tool-progress':
      return [{ is: 'tool-progress', id: event.id, name: event.tool, ms: event.elapsedMs }];
    case 'retry': {
      const { attempt, most, delayMs, status, error } = event;
      return [
        { is: 'retry', attempt, most, delayMs, error: status === undefined ? error : `${status} ${error}` },
      ];
    }
    case 'limit':
      return [limitNote(event)];
    case 'denied':
      return [{ is: 'denied', tool: event.tool }];
    case 'request':
      return event.subtype === 'can_use_tool' ? [{ is: 'denied', tool: event.detail }] : [];
    case 'compacting':
      return [{ is: 'compacting', done: event.done }];
    case 'malformed':
      return [{ is: 'malformed', why: event.why, bytes: event.bytes }];
    case 'init':
    case 'result':
    case 'response':
    case 'state':
    case 'lifecycle':
    case 'delta':
    case 'tasks':
    case 'task':
    case 'other':
      return [];
    default:
      return event satisfies never;
  }
}

function noteOfBlock(block: Block, nested: Nested): Note {
  if (block.is === 'text') return { is: 'text', text: block.text, ...nested };
  if (block.is === 'thinking') return { is: 'thinking', ...nested };
  return { is: 'tool', id: block.id, name: block.name, input: block.input, ...nested };
}

function limitNote({ status, window, resetAtMs, utilization }: Extract<SessionEvent, { is: 'limit' }>): Note {
  return {
    is: 'limit',
    status,
    window,
    ...(resetAtMs !== undefined && { resetAt: new Date(resetAtMs).toISOString() }),
    ...(utilization !== undefined && { utilization }),
  };
}

/** How much of a prompt is noted, in characters. */
const PROMPT_CHARACTERS = 8_000;

export const promptNote = ({ uuid, as, text }: Message): Note => ({
  is: 'prompt',
  uuid,
  as,
  text: text.slice(0, PROMPT_CHARACTERS),
});

export function turnNote(end: TurnEnd): Note {
  const { durationMs: ms, costUsd, tools } = end;
  return {
    is: 'turn',
    end: end.is,
    ms,
    costUsd,
    tools,
    ...('text' in end && { text: end.text.slice(-2_000) }),
  };
}

/** Reads one line of `events.ndjson`; undefined for a torn or foreign line. */
export function parseNote(line: string): (Note & { at: string }) | undefined {
  try {
    const value: unknown = JSON.parse(line);
    const known = typeof value === 'object' && value !== null && 'is' in value && 'at' in value;
    return known ? (value as Note & { at: string }) : undefined;
  } catch {
    return undefined;
  }
}
