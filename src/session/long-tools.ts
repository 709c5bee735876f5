import { monotonicMs } from '../clock.ts';
import type { Controls } from './controls.ts';
import type { RunningTool, RunningTools } from './running-tools.ts';

/** A long tool is asked for its output in this part of the patience, but at least this often, in ms. */
const ASK_PART = 10;
const ASK_MS = 15_000;

type Asked = Pick<Controls, 'taskOutput' | 'stopTask'>;

interface Seen {
  output: string;
  /** When its output last changed; monotonic, ms. */
  changedMs: number;
  askedMs: number;
}

/**
 * Watches tools that take long. Their heartbeats only prove that the CLI lives, so they are judged by their output: one that
 * prints nothing for too long is stopped; the agent is told so, and its turn goes on. Tools without an id of their own
 * (sub-agents speak for themselves) are left to the limit of the turn.
 */
export class LongTools {
  #controls: Asked;
  #silenceMs: number;
  #askMs: number;
  #seen = new Map<string, Seen>();

  /** `silenceMs`: a tool that prints nothing for this long is stopped. */
  constructor(controls: Asked, { silenceMs = Infinity }: { silenceMs?: number }) {
    this.#controls = controls;
    this.#silenceMs = silenceMs;
    this.#askMs = Math.min(ASK_MS, silenceMs / ASK_PART);
  }

  /** Looks at the tools that run; returns those that were stopped. */
  async look(tools: RunningTools): Promise<RunningTool[]> {
    for (const id of this.#seen.keys()) if (!tools.has(id)) this.#seen.delete(id);
    const stopped: RunningTool[] = [];
    for (const tool of tools.values()) if (await this.#isStopped(tool)) stopped.push(tool);
    return stopped;
  }

  async #isStopped(tool: RunningTool): Promise<boolean> {
    const { task, startedMs, name } = tool;
    const now = monotonicMs();
    const seen = this.#seen.get(tool.id) ?? { output: '', changedMs: startedMs, askedMs: startedMs };
    if (task === undefined || name !== 'Bash' || now - seen.askedMs < this.#askMs) return false;
    const output = await this.#controls.taskOutput(task);
    // A version that cannot tell the output cannot be judged by it.
    if (output === undefined) return false;
    const changedMs = output === seen.output ? seen.changedMs : now;
    this.#seen.set(tool.id, { output, changedMs, askedMs: now });
    return now - changedMs >= this.#silenceMs && this.#controls.stopTask(task);
  }
}
