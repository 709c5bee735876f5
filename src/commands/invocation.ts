import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readLayers } from '../config-files.ts';
import type { Config } from '../config.ts';
import { HarnessError } from '../errors.ts';
import { findHome } from '../home.ts';
import type { Home } from '../home.ts';
import { Queue } from '../queue/queue.ts';

/** What every command gets: the options that all have, and the world it was started in. */
export interface Invocation {
  home: string | undefined;
  json: boolean;
  /** Only data and errors are wanted: no hints, no progress. */
  quiet?: boolean | undefined;
  env: Record<string, string | undefined>;
  cwd: string;
}

export const homeOf = ({ home, env, cwd }: Invocation): Home => findHome({ home, env, cwd });

/** Opens the queue of a home, creating its folders. */
export function openQueue(home: Home): Queue {
  return Queue.open(join(home.folder, 'queue'));
}

/** The queue of a home for commands that only look: undefined where there is none, since looking makes nothing. */
export const existingQueue = (home: Home): Queue | undefined =>
  existsSync(join(home.folder, 'queue')) ? openQueue(home) : undefined;

/** The queue of a home for commands that are about items in it; HarnessError('usage') where there is none. */
export function queueWithItems(home: Home): Queue {
  const queue = existingQueue(home);
  if (queue) return queue;
  throw new HarnessError(
    'usage',
    `there are no work items in ${home.folder} yet; add one with harness queue add`,
  );
}

export const stateOf = (home: Home): string => join(home.folder, 'state');

/** Reads the configuration of a home: both files, with what the environment overrides. */
export async function readConfig(home: Home, env: Invocation['env']): Promise<Config> {
  const { resolveConfig } = await import('../config.ts');
  return resolveConfig(await readLayers(home, env));
}

/** Says something that is neither data nor an error, for people. */
export function note({ quiet }: Pick<Invocation, 'quiet'>, text: string): void {
  if (!quiet) process.stderr.write(`${text}\n`);
}

/** Prints data for programs: one JSON document on stdout. */
export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}
