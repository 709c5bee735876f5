import type { Answer } from './protocol.ts';
import { namedCostUsd } from './usage.ts';

/** How long an answer to a control request may take, in ms. */
export const REQUEST_MS = 10_000;

export type Ask = (subtype: string, fields: object, limitMs: number) => Promise<Answer>;

/** How full the conversation's context is. */
interface ContextUsage {
  tokens: number;
  maxTokens: number;
  /** 0 to 100. */
  percent: number;
}

/** What can be changed in a live session, or asked of it, without a prompt. */
export class Controls {
  #ask: Ask;

  constructor(ask: Ask) {
    this.#ask = ask;
  }

  /** Switches the model from the next request on; false if the CLI refuses it (the old one stays). */
  setModel(model: string): Promise<boolean> {
    return this.#granted('set_model', { model });
  }

  /** `low`, `medium`, `high` ...: how much the model thinks, from the next request on. */
  setEffort(effort: string): Promise<boolean> {
    return this.#granted('apply_flag_settings', { settings: { effortLevel: effort } });
  }

  /** False if the CLI refuses it (bypass needs its flag at the start). */
  setPermissionMode(mode: 'dontAsk' | 'acceptEdits' | 'plan' | 'bypassPermissions'): Promise<boolean> {
    return this.#granted('set_permission_mode', { mode });
  }

  /** Kills a hung tool: the model is told that it was killed, and the turn goes on. */
  stopTask(task: string): Promise<boolean> {
    return this.#granted('stop_task', { task_id: task });
  }

  /** What a running tool has printed so far (its end); undefined with versions that do not tell. */
  async taskOutput(task: string): Promise<string | undefined> {
    const answer = await this.#ask('get_task_output', { task_id: task }, REQUEST_MS);
    if (!answer.ok) return undefined;
    return JSON.stringify(answer.value);
  }

  /** Undefined with versions that do not tell. No request to the API is made. */
  async contextUsage(): Promise<ContextUsage | undefined> {
    const answer = await this.#ask('get_context_usage', { detail: 'summary' }, REQUEST_MS);
    if (!answer.ok) return undefined;
    const { totalTokens: tokens, maxTokens, percentage: percent } = answer.value;
    const whole = typeof tokens === 'number' && typeof maxTokens === 'number' && typeof percent === 'number';
    return whole ? { tokens, maxTokens, percent } : undefined;
  }

  /** The running total of the process in dollars; undefined with versions that do not tell. No request to the API is made. */
  async costUsd(): Promise<number | undefined> {
    const answer = await this.#ask('get_session_cost', {}, REQUEST_MS);
    return answer.ok && typeof answer.value.text === 'string' ? namedCostUsd(answer.value.text) : undefined;
  }

  async #granted(subtype: string, fields: object): Promise<boolean> {
    return (await this.#ask(subtype, fields, REQUEST_MS)).ok;
  }
}
