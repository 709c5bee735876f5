import { join } from 'node:path';
import { wallMs } from '../clock.ts';
import { readSmallFile, replaceFile } from '../durable.ts';
import { redact, redacted } from '../secrets.ts';
import type { TurnEnd } from '../session/turn.ts';

/** How an agent is, for other programs: `state/agents/<agent>/state.json`, replaced atomically whenever it changes. */
export interface AgentState {
  format: 1;
  agent: string;
  /**
   * `blocked`: it waits for something outside of its work (`blocked_reason`); `failed`: its session could not be started;
   * `parked`: it is not started again until a person or time lets it.
   */
  status: 'idle' | 'running' | 'blocked' | 'failed' | 'parked';
  blocked_reason?: string | undefined;
  /** The conversation, live or last. */
  session?: string | undefined;
  /** The process that carries it, while one does. */
  pid?: number | undefined;
  /** The file that the CLI keeps the conversation in. */
  transcript?: string | undefined;
  model?: string | undefined;
  item?: string | undefined;
  attempt?: number | undefined;
  phase?: string | undefined;
  /** How many turns it has ended in this run; when the last one ended (ISO 8601) and how. */
  turn: number;
  last_turn_at?: string | undefined;
  last_result?: TurnEnd['is'] | undefined;
  restarts: number;
}

/** The last answer, whatever its kind: `state/agents/<agent>/result.json`. */
interface AgentResult {
  /** The conversation. */
  sid: string;
  /** What the agent answered; empty if it did not. */
  res: string;
  ok: boolean;
  /** What went wrong; null if nothing did. */
  error: string | null;
}

/** What the status of an agent follows from. */
export interface Standing {
  /** Why it is parked, if it is. */
  parked: string | undefined;
  /** It waits off a death. */
  isWaiting: boolean;
  /** Its last try to start a session failed. */
  didNotStart: boolean;
}

export function statusOf({
  phase,
  parked,
  isWaiting,
  didNotStart,
}: Standing & { phase: string | undefined }): Pick<AgentState, 'status' | 'blocked_reason'> {
  if (phase === 'waiting-for-limit')
    return { status: 'blocked', blocked_reason: 'waits until the account lets agents go on' };
  if (phase !== undefined) return { status: 'running' };
  if (parked !== undefined) return { status: 'parked', blocked_reason: parked };
  if (isWaiting) return { status: 'blocked', blocked_reason: 'waits after a death' };
  return { status: didNotStart ? 'failed' : 'idle' };
}

/** Keeps `state.json` and `result.json` of an agent. A full disk never stops the run. */
export class SeatFiles {
  #folder: string;
  #written = '';

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Writes the state if it differs from what was written last; says whether it is on the disk. */
  keep(state: AgentState): boolean {
    const text = `${JSON.stringify(redacted(state), null, 2)}\n`;
    if (text === this.#written) return true;
    try {
      replaceFile(join(this.#folder, 'state.json'), text);
      this.#written = text;
      return true;
    } catch {
      return false;
    }
  }

  result(session: string, end: TurnEnd): void {
    const result = resultOf(session, end);
    const at = new Date(wallMs()).toISOString();
    const whole = {
      format: 1,
      at,
      ...result,
      res: redact(result.res),
      error: result.error && redact(result.error),
    };
    try {
      replaceFile(join(this.#folder, 'result.json'), `${JSON.stringify(whole, null, 2)}\n`);
    } catch {
      // As above.
    }
  }
}

function resultOf(sid: string, end: TurnEnd): AgentResult {
  switch (end.is) {
    case 'answered':
      return { sid, res: end.text, ok: true, error: null };
    case 'error':
      return { sid, res: '', ok: false, error: `${end.cls}: ${end.text}` };
    case 'interrupted':
      return { sid, res: '', ok: false, error: 'interrupted' };
    case 'died': {
      const { code, signal, stderr } = end.exit;
      return {
        sid,
        res: '',
        ok: false,
        error: `died: ${signal ?? `exit code ${code}`}${stderr && `: ${stderr}`}`,
      };
    }
    default:
      return end satisfies never;
  }
}

/** The conversation that an agent had when it was last written down. */
export function lastSession(folder: string): string | undefined {
  try {
    const state = JSON.parse(readSmallFile(join(folder, 'state.json'), 1 << 16) ?? '') as Partial<AgentState>;
    return state.session;
  } catch {
    return undefined;
  }
}
