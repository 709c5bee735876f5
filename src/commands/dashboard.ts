import { setTimeout as wait } from 'node:timers/promises';
import { join } from 'node:path';
import { livingRun } from '../coordinator/run-file.ts';
import { canShow } from '../dashboard/terminal.ts';
import { EXIT } from '../errors.ts';
import { JournalReader } from '../journal/journal.ts';
import { existingQueue, homeOf, stateOf } from './invocation.ts';
import type { Invocation } from './invocation.ts';
import { PlainLines } from './plain-lines.ts';
import { showDashboard } from './showing.ts';
import { readSnapshot, statusLines } from './status.ts';

/** How often the journal is looked at where there is no terminal, in milliseconds. */
const LOOK_MS = 200;

/**
 * `harness dashboard`: shows the run of a home from anywhere, as often as one likes; leaving it changes nothing. Without
 * a terminal it prints how things are and then what happens, until the run ends. Returns the exit code.
 */
export async function dashboard(invocation: Invocation): Promise<number> {
  const home = homeOf(invocation);
  const state = stateOf(home);
  const { stdin, stdout } = process;
  if (!canShow(stdout, invocation.env, stdin)) {
    for (const line of statusLines(readSnapshot(home, existingQueue(home)))) stdout.write(`${line}\n`);
    await printUntilEnded(state);
    return EXIT.ok;
  }
  await showDashboard(invocation);
  const run = livingRun(state);
  if (run) stdout.write(`run ${run.run} goes on; harness dashboard shows it again\n`);
  return EXIT.ok;
}

async function printUntilEnded(state: string): Promise<void> {
  const reader = new JournalReader(join(state, 'journal.ndjson'), 'end');
  const lines = new PlainLines(state, false);
  for (let goesOn = true; goesOn; ) {
    goesOn = livingRun(state) !== undefined;
    if (goesOn) await wait(LOOK_MS);
    for (const event of reader.read()) lines.show(event);
  }
  reader.close();
}
