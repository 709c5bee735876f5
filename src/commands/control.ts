import { rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { awaitReply, agentPauseFile, leaveRequest, pauseFile } from '../coordinator/control.ts';
import type { Verb } from '../coordinator/control.ts';
import { livingRun } from '../coordinator/run-file.ts';
import { makeFolder } from '../durable.ts';
import { HarnessError } from '../errors.ts';
import { until } from '../stop.ts';
import { homeOf, printJson, stateOf } from './invocation.ts';
import type { Invocation } from './invocation.ts';

/** A coordinator notices a request within a tick; one that says nothing for this long hangs. */
const REPLY_MS = 15_000;

/** `harness drain` and `harness stop`, from any terminal. `stop` returns when the run has ended. */
export async function askRun(invocation: Invocation, verb: Verb): Promise<void> {
  const state = stateOf(homeOf(invocation));
  const run = livingRun(state);
  if (!run) throw new HarnessError('failed', 'nothing runs here; start it with harness parallel');
  const answer = await awaitReply(state, leaveRequest(state, run.run, verb), REPLY_MS);
  const ended = () => livingRun(state)?.run !== run.run;
  if (!answer && !ended()) {
    const who = `run ${run.run} (pid ${run.pid})`;
    throw new HarnessError(
      'failed',
      `${who} did not answer within ${REPLY_MS / 1000} s; if it hangs, end that process and start harness parallel, which recovers it`,
    );
  }
  if (verb === 'stop') await until(ended, 120_000, 100);
  const is = ended() ? 'ended' : (answer?.text ?? 'ended');
  if (invocation.json) printJson({ run: run.run, state: is });
  else process.stdout.write(`run ${run.run}: ${is}\n`);
}

/**
 * `harness pause` and `harness resume`: a plain file holds this run and later ones, or one agent of them, for as long as it
 * is there.
 */
export function setPause(invocation: Invocation, paused: boolean, agent?: string): void {
  const text = changePause(stateOf(homeOf(invocation)), paused, agent);
  if (invocation.json) printJson({ paused, ...(agent !== undefined && { agent }) });
  else process.stdout.write(`${text}\n`);
}

/** Makes or removes the file that holds runs; says what that means. */
export function changePause(state: string, paused: boolean, agent?: string): string {
  if (agent !== undefined && !/^a[1-9]\d?$|^a100$/.test(agent)) {
    throw new HarnessError('usage', `${agent} is no agent; they are a1, a2 and so on, see harness agents`);
  }
  const file = agent === undefined ? pauseFile(state) : agentPauseFile(state, agent);
  makeFolder(dirname(file));
  if (paused) writeFileSync(file, '', { mode: 0o600 });
  else rmSync(file, { force: true });
  if (agent !== undefined) {
    return paused
      ? `${agent} is paused: it finishes what it has, then begins nothing until harness resume ${agent}`
      : `${agent} goes on`;
  }
  return paused ? 'paused: nothing new is started until harness resume; what runs goes on' : 'resumed';
}
