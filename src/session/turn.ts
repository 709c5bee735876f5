import type { Fault, Result, SessionEvent, Totals } from './protocol.ts';
import { addByModel, spentByModel } from './usage.ts';
import type { Spent } from './usage.ts';

/**
 * Why a turn failed, by what helps: `limit` wait until it resets · `transient` own backoff, then go on · `fatal` tell a
 * person · `context` compact or start anew · `lost` the conversation cannot be gone on with · `rounds`, `budget` a limit
 * of ours · `turn` this prompt only.
 */
type FaultClass = 'limit' | 'transient' | 'fatal' | 'context' | 'lost' | 'rounds' | 'budget' | 'turn';

/** How a process of the CLI ended; `stderr` is the end of what it wrote there, in one line. */
export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
  stderr: string;
}

/** What is known of every turn, however it ended. Costs and tokens are differences of running totals. */
export interface TurnFacts {
  uuid: string;
  /** Of all messages that belong to it, once it has ended. */
  uuids?: readonly string[];
  costUsd: number;
  tokens: { input: number; output: number; cacheRead: number; cacheWrite: number };
  /** The same by the names of the models that were asked. */
  models: Readonly<Record<string, Spent>>;
  durationMs: number;
  /** Model rounds. */
  rounds: number;
  /** Tool calls, and those that failed; sub-agents' included. */
  tools: number;
  toolErrors: number;
  /** Tool calls that were not permitted. */
  denials: number;
}

/** How a turn ended. `answered` is what the agent says of itself, no proof that anything was done. */
export type TurnEnd = TurnFacts &
  (
    | { is: 'answered'; text: string; stopReason?: string | undefined }
    | {
        is: 'error';
        cls: FaultClass;
        text: string;
        /** What the CLI calls it, e.g. `billing_error`. */
        fault?: string | undefined;
        resetAtMs?: number | undefined;
      }
    | { is: 'interrupted' }
    | { is: 'died'; exit: Exit }
  );

/** A turn while it runs: what its lines have told so far. */
export interface Turn {
  readonly uuid: string;
  /** The CLI has begun to work on it. */
  readonly begun: boolean;
  readonly tools: number;
  readonly toolErrors: number;
  /** The newest failure of a request that the main conversation reported. */
  readonly fault?: Fault | undefined;
  /** When a limit that was reported as reached resets: wall clock, ms. */
  readonly resetAtMs?: number | undefined;
}

export const beginTurn = (uuid: string): Turn => ({ uuid, begun: false, tools: 0, toolErrors: 0 });

/** The turn after one more event. */
export function hear(turn: Turn, event: SessionEvent): Turn {
  if (event.is === 'init') return { ...turn, begun: true };
  if (event.is === 'lifecycle') {
    return event.uuid === turn.uuid && event.state === 'started' ? { ...turn, begun: true } : turn;
  }
  if (event.is === 'assistant') {
    const calls = event.blocks.filter((block) => block.is === 'tool').length;
    const fault = event.fault && !event.nested ? { fault: event.fault } : {};
    return { ...turn, begun: true, tools: turn.tools + calls, ...fault };
  }
  if (event.is === 'tool-results') {
    return { ...turn, toolErrors: turn.toolErrors + event.results.filter((one) => one.failed).length };
  }
  if (event.is === 'limit' && event.status === 'rejected') return { ...turn, resetAtMs: event.resetAtMs };
  return turn;
}

/** What tells that a CLI stamps its results with the uuids of the messages that they answer (2.1.160 does not). */
export function showsStamps(event: SessionEvent): boolean {
  if (event.is === 'lifecycle') return true;
  if (event.is === 'init') return event.uuids.length > 0 || event.capabilities.includes('msg_lifecycle_v1');
  return event.is === 'result' && event.uuids.length > 0;
}

/**
 * Whether a result answers this turn: by uuid where the CLI stamps them, never by order, since turns that the CLI
 * starts itself have results too. Without stamps: the first result after the turn began that has no origin of its own.
 */
export function answers(turn: Turn, result: Result, stamps: boolean): boolean {
  if (stamps) return result.uuids.includes(turn.uuid);
  return result.origin === undefined && (turn.begun || result.failed);
}

export const NO_TOTALS: Totals = {
  costUsd: 0,
  inputTokens: 0,
  outputTokens: 0,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  models: {},
};

/** What a turn used: the totals now less those before; a total that went down was zeroed meanwhile (`/clear`). */
function used(before: Totals, now: Totals): Pick<TurnFacts, 'costUsd' | 'tokens' | 'models'> {
  const less = (name: Exclude<keyof Totals, 'models'>) =>
    now[name] >= before[name] ? now[name] - before[name] : now[name];
  return {
    costUsd: less('costUsd'),
    tokens: {
      input: less('inputTokens'),
      output: less('outputTokens'),
      cacheRead: less('cacheReadTokens'),
      cacheWrite: less('cacheWriteTokens'),
    },
    models: spentByModel(before, now),
  };
}

/** What is known of a turn that ended without a result. */
export function factsWithout(turn: Turn, durationMs: number): TurnFacts {
  const { uuid, tools, toolErrors } = turn;
  return { uuid, tools, toolErrors, durationMs, rounds: 0, denials: 0, ...used(NO_TOTALS, NO_TOTALS) };
}

/** How a turn ended, by its result. `before` are the totals at the last result of this process. */
export function endOf(turn: Turn, result: Result, before: Totals, durationMs: number): TurnEnd {
  const facts: TurnFacts = {
    ...factsWithout(turn, durationMs),
    ...used(before, result.totals),
    rounds: result.rounds,
    denials: result.denials,
  };
  if (result.terminalReason?.startsWith('aborted')) return { ...facts, is: 'interrupted' };
  if (!result.failed) return { ...facts, is: 'answered', text: result.text, stopReason: result.stopReason };
  const cls = classOf(result, turn.fault);
  const text = result.text || result.startupFailure || result.subtype;
  return {
    ...facts,
    is: 'error',
    cls,
    text,
    fault: turn.fault?.kind,
    ...(cls === 'limit' && { resetAtMs: resetOf(turn, text) }),
  };
}

/** Two ends in a row of what is one turn to its caller: what they used adds up, the later one says how it ended. */
export function joinEnds(first: TurnEnd | undefined, second: TurnEnd): TurnEnd {
  if (!first) return second;
  const tokens = { ...second.tokens };
  for (const name of ['input', 'output', 'cacheRead', 'cacheWrite'] as const)
    tokens[name] += first.tokens[name];
  return {
    ...second,
    uuid: first.uuid,
    costUsd: first.costUsd + second.costUsd,
    tokens,
    models: addByModel(first.models, second.models),
    rounds: first.rounds + second.rounds,
    denials: first.denials + second.denials,
  };
}

const FATAL = new Set(
  (
    'authentication_failed billing_error model_not_found oauth_org_not_allowed account_on_hold ' +
    'verification_required cloud_credential_error'
  ).split(' '),
);

const CONNECTION = new Set(['connection_failed', 'stream_idle_timeout']);

/** Wordings of usage limits, for versions without `api_error`: "You've hit your weekly limit", "usage limit reached|1755800000". */
const LIMIT_WORDS =
  /\b(?:hit|reached) your .{0,40}\blimit\b|\b(?:usage|session|weekly|hourly|rate|opus|sonnet) limit (?:was |is )?(?:reached|exceeded|hit)\b|\bout of (?:extra )?usage\b/i;

/** What the CLI says when the conversation that it shall go on with is not there or cannot be read. */
export const LOST_WORDS =
  /^No conversation found with session ID\b|^Failed to (?:load|resume) (?:the )?(?:session|conversation)\b/i;

/** Says what helps against a failed turn; the first that fits, from the certain to the guessed. */
function classOf(result: Result, fault: Fault | undefined): FaultClass {
  const status = result.status ?? fault?.status;
  const apiError = result.apiError ?? fault?.apiError;
  if (apiError === 'usage_limit_reached') return 'limit';
  if (result.subtype === 'error_max_turns') return 'rounds';
  if (result.subtype === 'error_max_budget_usd') return 'budget';
  if (LOST_WORDS.test(result.text)) return 'lost';
  if (result.startupFailure !== undefined) return 'fatal';
  if (result.terminalReason === 'prompt_too_long' || status === 413) return 'context';
  if (fault && FATAL.has(fault.kind)) return 'fatal';
  if (status === 401 || status === 403 || status === 404) return 'fatal';
  if (LIMIT_WORDS.test(result.text)) return 'limit';
  if (status === 429 || (status !== undefined && status >= 500)) return 'transient';
  if (status === undefined && apiError !== undefined && CONNECTION.has(apiError)) return 'transient';
  if (status === undefined && (fault?.kind === 'server_error' || fault?.kind === 'rate_limit'))
    return 'transient';
  return 'turn';
}

/** When a limit resets: from the assistant line, else from the event, else from an old wording with unix seconds. */
function resetOf(turn: Turn, text: string): number | undefined {
  const seconds = /limit reached\|(\d{10})\b/.exec(text)?.[1];
  return (
    turn.fault?.resetAtMs ?? turn.resetAtMs ?? (seconds === undefined ? undefined : Number(seconds) * 1000)
  );
}
