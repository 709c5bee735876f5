import { wallMs } from '../clock.ts';
import { agentTable, agentViews } from '../dashboard/agents.ts';
import { fit } from '../dashboard/rows.ts';
import { isAscii } from '../dashboard/terminal.ts';
import { existingQueue, homeOf, note, printJson } from './invocation.ts';
import type { Invocation } from './invocation.ts';
import { painted, painter } from './paint.ts';
import { readSnapshot } from './status.ts';
import { terminalCells } from './table.ts';

/** Room for every column where the output goes elsewhere. */
const WIDE = 200;

/** `harness agents`: what every agent of the run does, one row each. */
export function agents(invocation: Invocation): void {
  const home = homeOf(invocation);
  const snapshot = readSnapshot(home, existingQueue(home));
  if (invocation.json) return printJson(snapshot.agents);
  if (snapshot.agents.length === 0)
    return note(invocation, 'no run has had agents yet; start one with harness parallel');
  // Nothing runs any more: nobody is live, whatever the last snapshot says.
  const resting = snapshot.state === 'died' ? { ...snapshot, state: 'ended' as const } : snapshot;
  const nowMs = wallMs();
  const views = agentViews({
    snapshot: resting,
    silentMs: 0,
    coordinator: 'unverifiable',
    events: [],
    nowMs,
  });
  const width = terminalCells() ?? WIDE;
  const paint = painter(process.stdout, invocation.env);
  const ascii = isAscii(invocation.env);
  for (const row of agentTable(views, width))
    process.stdout.write(`${painted(fit(row, width, ascii), paint).replace(/^ {3}/, '')}\n`);
}
