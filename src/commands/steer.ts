import { awaitReply, leaveRequest } from '../coordinator/control.ts';
import type { Subject, Verb } from '../coordinator/control.ts';
import { livingRun } from '../coordinator/run-file.ts';
import { HarnessError } from '../errors.ts';
import { homeOf, printJson, stateOf } from './invocation.ts';
import type { Invocation } from './invocation.ts';

/** A session that is interrupted gets its grace, and is ended and swept if it does not obey. */
const REPLY_MS = 60_000;

/** `harness nudge AGENT TEXT` and `harness interrupt AGENT [TEXT]`: prints what came of it. */
export async function steer(invocation: Invocation, verb: Verb, subject: Subject): Promise<void> {
  if (subject.text?.trim() === '') throw new HarnessError('usage', 'there is no text to tell the agent');
  const text = await askAbout(stateOf(homeOf(invocation)), verb, subject);
  if (invocation.json) printJson({ agent: subject.agent, text });
  else process.stdout.write(`${text}\n`);
}

/** Asks the run something about an agent; its answer in words. Throws if there is no run, no answer, or a refusal. */
export async function askAbout(state: string, verb: Verb, subject: Subject): Promise<string> {
  const run = livingRun(state);
  if (!run) throw new HarnessError('failed', 'nothing runs here; start it with harness parallel');
  const answer = await awaitReply(state, leaveRequest(state, run.run, verb, subject), REPLY_MS);
  if (answer?.ok) return answer.text;
  const why = answer?.text ?? `run ${run.run} did not answer within ${REPLY_MS / 1000} s`;
  throw new HarnessError('failed', `${why}; see harness status`);
}
