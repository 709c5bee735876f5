import type { TurnEnd } from '../session/turn.ts';
import type { AttemptEvent, Refusal } from './agent.ts';

/** What the end of a turn means. That it was answered proves nothing yet: evidence follows. */
export function judge(end: TurnEnd): AttemptEvent {
  switch (end.is) {
    case 'answered':
      return { is: 'answered' };
    case 'interrupted':
      // An attempt that is to end is ended by its abort signal; this was a cure.
      return { is: 'died', finding: { reason: 'silent', text: 'the turn was interrupted' } };
    case 'died': {
      const { code, signal, stderr } = end.exit;
      const how = signal ?? `exit code ${code}`;
      const text = `the session ended in mid-turn (${how})${stderr ? `: ${stderr}` : ''}`;
      return { is: 'died', finding: { reason: 'session-died', text } };
    }
    case 'error':
      return judgeError(end);
    default:
      return end satisfies never;
  }
}

/** What is no matter of the login, by what the CLI calls it. */
const FATAL: Record<string, Refusal['cause']> = { billing_error: 'billing', model_not_found: 'model' };

function judgeError({ cls, text, resetAtMs, fault }: Extract<TurnEnd, { is: 'error' }>): AttemptEvent {
  switch (cls) {
    case 'limit':
      return { is: 'refused', refusal: { cause: 'limit', text, resetAtMs } };
    case 'transient':
      return { is: 'refused', refusal: { cause: 'api', text, resetAtMs } };
    case 'fatal':
      return { is: 'refused', refusal: { cause: FATAL[fault ?? ''] ?? 'login', text, resetAtMs } };
    case 'context':
    case 'lost':
      return { is: 'lost', finding: { reason: 'session-lost', text } };
    case 'rounds':
      return { is: 'broken', finding: { reason: 'rounds', text } };
    case 'budget':
    case 'turn':
      return { is: 'broken', finding: { reason: 'turn-failed', text } };
    default:
      return cls satisfies never;
  }
}
