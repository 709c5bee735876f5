import { join } from 'node:path';
import { sleep } from '../clock.ts';
import { takeLock } from '../coordinator/lock.ts';
import { livingRun } from '../coordinator/run-file.ts';
import { openState } from '../coordinator/state-folder.ts';
import { EXIT, HarnessError } from '../errors.ts';
import { inspectQueue, repairQueue } from '../queue/fsck.ts';
import type { Fault } from '../queue/inspect.ts';
import type { Recovery } from '../queue/sweep.ts';
import { safeText } from '../text.ts';
import { homeOf, printJson, queueWithItems, stateOf } from './invocation.ts';
import type { Invocation } from './invocation.ts';

/** What others are in the middle of has passed by then. */
const AGAIN_MS = 300;

/** `harness queue fsck [--repair]`: whether everything is as docs/format.md promises. Returns the exit code. */
export async function fsck(
  invocation: Invocation,
  { repair = false }: { repair?: boolean },
): Promise<number> {
  const home = homeOf(invocation);
  const { folder } = queueWithItems(home);
  const mended = repair ? repairAlone(folder, stateOf(home)) : undefined;
  const faults = await lastingFaults(folder);
  if (invocation.json) printJson({ ...(mended && { mended }), faults });
  else {
    for (const line of mended ? mendedLines(mended) : []) process.stdout.write(`${safeText(line)}\n`);
    for (const { where, what, mend } of faults)
      process.stdout.write(`${safeText(where)}: ${safeText(what)}${HINT[mend]}\n`);
    if (faults.length === 0) process.stdout.write('the queue is in order\n');
  }
  return faults.length === 0 ? EXIT.ok : EXIT.failed;
}

const HINT: Record<Fault['mend'], string> = {
  repair: ' (harness queue fsck --repair mends it)',
  person: ' (for you to decide)',
};

/** Under the lock of the home, so that no coordinator begins meanwhile. */
function repairAlone(folder: string, state: string): Recovery {
  openState(state);
  if (!takeLock(join(state, 'lock.db'))) {
    const run = livingRun(state);
    throw new HarnessError(
      'environment',
      `${run ? `run ${run.run}` : 'another process'} works on this queue; end it with harness stop, then repair`,
    );
  }
  return repairQueue(folder);
}

const textOf = ({ where, what }: Fault): string => `${where}\n${what}`;

async function lastingFaults(folder: string): Promise<Fault[]> {
  const first = inspectQueue(folder);
  if (first.length === 0) return [];
  await sleep(AGAIN_MS);
  const second = new Set(inspectQueue(folder).map(textOf));
  return first.filter((fault) => second.has(textOf(fault)));
}

const mendedLines = ({ finished, swept, quarantined }: Recovery): string[] => [
  ...finished.map((id) => `${id}: put back into its place`),
  ...(swept > 0 ? [`${swept} files of adds that never happened were removed`] : []),
  ...quarantined.map((what) => `moved to queue/corrupt or failed: ${what}`),
];
