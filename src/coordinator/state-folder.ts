import { join } from 'node:path';
import { makeFolder, readSmallFile, replaceFile } from '../durable.ts';
import { HarnessError } from '../errors.ts';

/** The version of the names and bodies in `state/`; docs/format.md describes it. */
const FORMAT = 1;

/**
 * Makes the state folder of a home, or verifies that it is of this version. HarnessError('environment') where another
 * version wrote it: it is never read in a sense that it was not written in.
 */
export function openState(state: string): void {
  makeFolder(state);
  const file = join(state, 'format.json');
  const text = readSmallFile(file, 4096);
  if (text === undefined) return replaceFile(file, JSON.stringify({ format: FORMAT }), { durable: true });
  const found = /"format":\s*(\d+)/.exec(text)?.[1] ?? 'unknown';
  if (Number(found) === FORMAT) return;
  throw new HarnessError(
    'environment',
    `${state} is of format ${found}, this harness reads format ${FORMAT}; use the harness that made it, or move the folder away`,
  );
}
