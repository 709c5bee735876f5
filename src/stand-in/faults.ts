import { newUuid, sleep, wallMs } from '../clock.ts';
import type { Fault } from './script.ts';
import { asks, limited, warned } from './speech.ts';
import type { Trouble } from './speech.ts';

/** What a fault does to the turn that runs into it. */
export interface Effect {
  say(line: object): void;
  /** From now on nothing of this turn goes to stdout. */
  hush(): void;
  /** Removes the transcript. */
  forget(): void;
  /** Resolves when the answer to a request of ours came. */
  answered(id: string): Promise<void>;
}

/** Runs into a fault; returns what the turn ends with, if it ends by it. */
export async function runInto(fault: Fault, effect: Effect): Promise<Trouble | undefined> {
  switch (fault.is) {
    case 'die':
      if (fault.how === 'forget') effect.forget();
      // As a crash would be: without a last word, and what it started lives on.
      process.kill(process.pid, 'SIGKILL');
      return new Promise(() => undefined);
    case 'hang':
      effect.hush();
      for (;;) await sleep(60_000);
    case 'silent':
      effect.hush();
      return undefined;
    case 'flood':
      for (let line = 0; line < fault.lines; line++) effect.say({ type: 'flood', line });
      return undefined;
    case 'ask': {
      const id = newUuid();
      effect.say(asks(id, fault.tool));
      await effect.answered(id);
      return undefined;
    }
    case 'warn':
      effect.say(warned(fault.window, fault.utilization, wallMs() + fault.ms));
      return undefined;
    case 'limit':
    case 'api-error':
    case 'auth-failure':
    case 'fault':
      return troubleOf(fault, effect);
    default:
      return fault satisfies never;
  }
}

function troubleOf(
  fault: Extract<Fault, { is: 'limit' | 'api-error' | 'auth-failure' | 'fault' }>,
  effect: Effect,
): Trouble {
  if (fault.is === 'api-error') {
    const { status } = fault;
    return { text: `API Error: ${status} as scripted`, kind: 'server_error', status };
  }
  if (fault.is === 'fault') {
    const { kind, status, text } = fault;
    return { text, kind, ...(status > 0 && { status }) };
  }
  if (fault.is === 'auth-failure') {
    return { text: 'Not logged in · Please run /login', kind: 'authentication_failed', status: 401 };
  }
  const resetsAt = Math.ceil((wallMs() + fault.ms) / 1000);
  effect.say(limited(resetsAt));
  const text = `You've hit your 5-hour limit · resets ${new Date(resetsAt * 1000).toISOString()}`;
  return { text, kind: 'rate_limit', status: 429, apiError: 'usage_limit_reached', resetsAt };
}
