import type { SessionEvent } from './protocol.ts';

/** A tool call that was begun and has not ended. */
export interface RunningTool {
  id: string;
  name: string;
  /** Its input in one line. */
  input: string;
  /** Monotonic, ms. */
  startedMs: number;
  /** By this id the CLI can be asked for its output, or to stop it; it tells some seconds after the start. */
  task?: string;
}

/** The tool calls that run now, by id, from what the CLI says of them. */
export type RunningTools = ReadonlyMap<string, RunningTool>;

export const NO_TOOLS: RunningTools = new Map();

/** The tools that run after one more event. */
export function hearTools(tools: RunningTools, event: SessionEvent, nowMs: number): RunningTools {
  if (event.is === 'result') return NO_TOOLS;
  if (event.is === 'tool-results') {
    const ended = new Set(event.results.map(({ id }) => id));
    return new Map([...tools].filter(([id]) => !ended.has(id)));
  }
  if (event.is === 'task') {
    const tool = tools.get(event.tool);
    return tool ? new Map([...tools, [tool.id, { ...tool, task: event.id }]]) : tools;
  }
  if (event.is !== 'assistant') return tools;
  const begun = event.blocks.filter((block) => block.is === 'tool');
  if (begun.length === 0) return tools;
  const added = begun.map(({ id, name, input }) => [id, { id, name, input, startedMs: nowMs }] as const);
  return new Map([...tools, ...added]);
}
