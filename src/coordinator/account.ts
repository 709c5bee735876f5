import { createHash } from 'node:crypto';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { makeFolder, readSmallFile, replaceFile } from '../durable.ts';
import { abandon, OPEN } from './gate.ts';
import type { Gate } from './gate.ts';

type Environment = Record<string, string | undefined>;

/**
 * Where the gate of the agents' account is kept: in the user's state folder, since two homes may share one account. An
 * account is one login: the CLI's configuration folder and a hash of the key.
 */
export function gateFile(env: Environment): string {
  const home = env.HOME || homedir();
  const state = env.XDG_STATE_HOME || join(home, '.local', 'state');
  const keys = [
    env.ANTHROPIC_API_KEY,
    env.ANTHROPIC_AUTH_TOKEN,
    env.CLAUDE_CODE_OAUTH_TOKEN,
    env.ANTHROPIC_BASE_URL,
  ];
  const login = [env.CLAUDE_CONFIG_DIR || join(home, '.claude'), ...keys.map((key) => key ?? '')].join('\0');
  const hash = createHash('sha256').update(login).digest('hex').slice(0, 16);
  return join(state, 'harness', 'accounts', `${hash}.json`);
}

/** The gate as it was left; a probe of a process that died is open to the next. `asWritten`: of one that lives. */
export function readGate(file: string, { asWritten = false } = {}): Gate {
  try {
    const gate = JSON.parse(readSmallFile(file, 1 << 16) ?? '') as Gate;
    if (gate.is === 'open') return OPEN;
    const whole =
      Number.isFinite(gate.untilMs) && Number.isFinite(gate.tries) && typeof gate.text === 'string';
    if (!whole) return OPEN;
    return asWritten ? gate : abandon(gate);
  } catch {
    return OPEN;
  }
}

/** Keeps the gate durably, before anybody acts on it. */
export function writeGate(file: string, gate: Gate): void {
  makeFolder(join(file, '..'));
  replaceFile(file, JSON.stringify(gate), { durable: true });
}
