import { join } from 'node:path';
import { readSmallFile, replaceFile } from '../durable.ts';
import { identify, isAlive } from '../process.ts';
import type { ProcessIdentity } from '../process.ts';

/** Who coordinates a home, or did so last: `state/run.json`. */
export interface RunFile extends ProcessIdentity {
  format: 1;
  run: string;
  /** ISO 8601. */
  startedAt: string;
  /** How it ended; absent while it lives, and for ever if it was killed. */
  endedAt?: string;
  exitCode?: number;
}

const fileOf = (state: string) => join(state, 'run.json');

export function readRunFile(state: string): RunFile | undefined {
  try {
    const value = JSON.parse(readSmallFile(fileOf(state), 1 << 16) ?? 'null') as RunFile | null;
    return value?.format === 1 ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The run that coordinates now; undefined if there is none. */
export function livingRun(state: string): RunFile | undefined {
  const file = readRunFile(state);
  return file && file.endedAt === undefined && isAlive(file) ? file : undefined;
}

export function writeRunFile(state: string, run: Omit<RunFile, keyof ProcessIdentity | 'format'>): void {
  const self = identify(process.pid);
  if (!self) throw new Error('this process does not find itself in /proc');
  replaceFile(fileOf(state), JSON.stringify({ format: 1, ...run, ...self } satisfies RunFile), {
    durable: true,
  });
}
