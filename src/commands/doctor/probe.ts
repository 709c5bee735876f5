import { mkdtempSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { randomText } from '../../clock.ts';
import { runCommand } from '../../command.ts';
import type { CommandResult } from '../../command.ts';
import { commandEnvironment } from '../../environment.ts';
import type { Context } from './check.ts';

/** How long a program that is tried out may take, in milliseconds. */
const TRY_MS = 10_000;

/** Hands a new folder below `parent` to `use` and removes it afterwards. */
export async function withFolder<T>(parent: string, use: (folder: string) => T | Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(parent, '.harness-doctor-'));
  try {
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The folder itself if it exists, else the nearest one above that does: it lies on the same file system as a rule. */
export function nearestFolder(folder: string): string {
  const exists = statSync(folder, { throwIfNoEntry: false })?.isDirectory() ?? false;
  return exists || dirname(folder) === folder ? folder : nearestFolder(dirname(folder));
}

/** Runs a fixed command line to see whether it works here. */
export function tryOut(commandLine: string, { env }: Context): Promise<CommandResult> {
  return runCommand(commandLine, {
    cwd: tmpdir(),
    env: commandEnvironment(env),
    marker: `doctor.${randomText(6)}`,
    timeoutMs: TRY_MS,
  });
}
