import type { Note } from '../session/notes.ts';
import { lasting, many, money, timeOfDay } from '../words.ts';
import { clean, wrap } from './cells.ts';
import { span } from './rows.ts';
import type { Row, Span, Tone } from './rows.ts';

/** What happened in a session, when (ISO 8601). */
export type TimedNote = Note & { at: string };

interface Line {
  at: string;
  text: string;
  tone: Tone;
  /** At most so many rows. */
  most: number;
}

const INDENT = 11;

/** The end of a conversation in `height` rows: what the agent was told, says, does with which tools, and for how long. */
export function transcriptRows(
  notes: readonly TimedNote[],
  { columns, height }: { columns: number; height: number },
): Row[] {
  const lines = linesOf(notes);
  const rows: Row[] = [];
  for (let i = lines.length - 1; i >= 0 && rows.length < height; i--) {
    const line = lines[i];
    if (line) rows.unshift(...rowsOf(line, columns));
  }
  return rows.slice(-height);
}

function rowsOf({ at, text, tone, most }: Line, columns: number): Row[] {
  const wrapped = wrap(clean(text), Math.max(10, columns - INDENT), most);
  return wrapped.map((part, i) => {
    const time: Span = i === 0 ? span(` ${timeOfDay(at)}  `, 'dim') : span(' '.repeat(INDENT));
    return [time, span(part, tone)];
  });
}

/** A paragraph of the agent's may take more rows than a tool's answer. */
const LONG = 12;
const SHORT = 2;

function linesOf(notes: readonly TimedNote[]): Line[] {
  const lines: Line[] = [];
  const tools = new Map<string, Line>();
  let streamed: Line | undefined;
  for (const note of notes) {
    if (note.is === 'text-delta') {
      if (streamed) streamed.text += note.text;
      else lines.push((streamed = { at: note.at, text: note.text, tone: 'plain', most: LONG }));
      continue;
    }
    // The whole text takes the place of what streamed in before it.
    if (note.is === 'text' && streamed) streamed.text = note.text;
    else lines.push(...paragraphs(note, tools));
    if (note.is !== 'tool-progress') streamed = undefined;
  }
  return lines;
}

/** The lines that a note adds; the end of a tool is told where its beginning was. */
function paragraphs(note: TimedNote, tools: Map<string, Line>): Line[] {
  const { at } = note;
  if (note.is === 'tool' || note.is === 'tool-progress' || note.is === 'tool-done')
    return toolLines(note, tools);
  const said = sayingOf(note);
  return said ? [{ at, ...said }] : [];
}

type ToolNote = Extract<TimedNote, { is: 'tool' | 'tool-progress' | 'tool-done' }>;

function toolLines(note: ToolNote, tools: Map<string, Line>): Line[] {
  const { at } = note;
  switch (note.is) {
    case 'tool': {
      const line: Line = {
        at,
        text: `${note.nested ? '  ' : ''}${note.name}  ${note.input}`,
        tone: 'busy',
        most: SHORT,
      };
      tools.set(note.id, line);
      return [line];
    }
    case 'tool-progress': {
      const line = tools.get(note.id);
      if (line) line.text = `${line.text.replace(RUNNING, '')} … ${lasting(note.ms)}`;
      return [];
    }
    case 'tool-done': {
      const line = tools.get(note.id);
      if (!line) return [];
      const took = note.ms === undefined ? '' : `  ${lasting(note.ms)}`;
      line.text = `${line.text.replace(RUNNING, '')}${took}${note.failed ? '  failed' : ''}`;
      line.tone = note.failed ? 'bad' : 'dim';
      return note.failed ? [{ at, text: note.text, tone: 'bad', most: SHORT }] : [];
    }
    default:
      return note satisfies never;
  }
}

/** What a running tool's line ends with. */
const RUNNING = / … [\dhms ]+$/;

/** One note in words, without those around it; undefined for what tells nothing by itself. */
export function noteWords(note: Note): { text: string; tone: Tone } | undefined {
  if (note.is === 'tool')
    return { text: `${note.nested ? '  ' : ''}${note.name}  ${note.input}`, tone: 'busy' };
  if (note.is === 'tool-done')
    return note.failed ? { text: `${note.name ?? 'a tool'} failed: ${note.text}`, tone: 'bad' } : undefined;
  return note.is === 'tool-progress' || note.is === 'thinking' ? undefined : sayingOf(note);
}

const line = (text: string, tone: Tone, most = SHORT) => ({ text, tone, most });

function sayingOf(spoken: Exclude<Note, { is: ToolNote['is'] }>): Omit<Line, 'at'> | undefined {
  switch (spoken.is) {
    case 'text-delta':
      return undefined;
    case 'session':
      return line(
        `session ${spoken.session.slice(0, 8)} ${spoken.resumed ? 'resumed' : 'started'} (pid ${spoken.pid})`,
        'dim',
      );
    case 'ended':
      return line(`session ended: ${spoken.cause}`, 'dim');
    case 'prompt':
      return line(`» ${spoken.text}`, 'strong', 3);
    case 'text':
      return line(spoken.text, 'plain', LONG);
    case 'thinking':
      return line('thinks', 'dim');
    case 'retry':
      return line(`the API failed (${spoken.error}); retry ${spoken.attempt} of ${spoken.most}`, 'warn');
    case 'limit':
      return spoken.status === 'rejected'
        ? line(`the ${spoken.window} usage limit is reached`, 'warn')
        : undefined;
    case 'denied':
      return line(`${spoken.tool} was not permitted`, 'warn');
    case 'tool-stopped':
      return line(`${spoken.name} was stopped after ${lasting(spoken.ms)}`, 'warn');
    case 'compacting':
      return line(spoken.done ? 'the conversation is compacted' : 'compacts the conversation', 'dim');
    case 'malformed':
      return line(`wrote a line that is ${spoken.why}`, 'warn');
    case 'turn':
      return line(
        `turn ${spoken.end} after ${lasting(spoken.ms)}, ${money(spoken.costUsd)}, ${many(spoken.tools, 'tool call')}`,
        spoken.end === 'answered' ? 'good' : 'bad',
      );
    default:
      // A newer version may know more than this one.
      spoken satisfies never;
      return undefined;
  }
}
