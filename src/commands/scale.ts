import { awaitReply, leaveRequest } from '../coordinator/control.ts';
import { livingRun } from '../coordinator/run-file.ts';
import { HarnessError } from '../errors.ts';
import { homeOf, printJson, stateOf } from './invocation.ts';
import type { Invocation } from './invocation.ts';

const REPLY_MS = 15_000;

/** `harness scale N`: how many agents the run that is on has from now on; its next coordinator keeps to it, the next run does not. */
export async function scale(invocation: Invocation, agents: string): Promise<void> {
  const state = stateOf(homeOf(invocation));
  const run = livingRun(state);
  if (!run) {
    throw new HarnessError('failed', `nothing runs here; start it with harness parallel --agents ${agents}`);
  }
  const answer = await awaitReply(state, leaveRequest(state, run.run, 'scale', { text: agents }), REPLY_MS);
  if (!answer) throw new HarnessError('failed', `run ${run.run} (pid ${run.pid}) did not answer within 15 s`);
  if (!answer.ok) throw new HarnessError('usage', answer.text);
  if (invocation.json) printJson({ run: run.run, agents: Number(agents) });
  else process.stdout.write(`run ${run.run}: ${answer.text}\n`);
}
