import { livingRun } from '../coordinator/run-file.ts';
import { openState } from '../coordinator/state-folder.ts';
import { rigsOf } from '../coordinator/rigs.ts';
import { HarnessError } from '../errors.ts';
import { findProgram } from '../program.ts';
import { safeText } from '../text.ts';
import { commandName } from './coordinate.ts';
import { Front } from './front.ts';
import { homeOf, openQueue, readConfig, stateOf } from './invocation.ts';
import type { Invocation } from './invocation.ts';
import { PlainLines } from './plain-lines.ts';

/**
 * `harness parallel`: checks what can be checked at once, starts the coordinator behind a thin front, and sees the run
 * through. Returns the exit code: 0 everything landed, 1 something failed, is held or blocked, 3 nothing could run for
 * a reason outside of the items, 130 after ^C.
 */
export async function parallel(
  invocation: Invocation,
  options: { agents?: number; untilEmpty?: boolean },
): Promise<number> {
  const home = homeOf(invocation);
  const config = await readConfig(home, invocation.env);
  await rigsOf(home, config);
  verifyAgentCommand(config.agent.command, invocation.env);
  const state = stateOf(home);
  openState(state);
  openQueue(home);
  verifyNobodyCoordinates(home.folder, state);
  const lines = new PlainLines(state, invocation.json);
  lines.say(`agents: ${safeText(commandName(config.agent.command))}`);
  const coordinate = {
    home,
    agents: options.agents ?? config.agents,
    untilEmpty: options.untilEmpty ?? false,
  };
  const front = new Front({
    coordinate,
    state,
    env: invocation.env,
    show: (event) => lines.show(event),
    say: (text) => lines.say(text),
  });
  const stopCountdown = lines.countDown();
  try {
    return await front.watch();
  } finally {
    stopCountdown();
    lines.total(openQueue(home));
  }
}

function verifyNobodyCoordinates(folder: string, state: string): void {
  const other = livingRun(state);
  if (!other) return;
  const who = `run ${other.run} (pid ${other.pid}, since ${other.startedAt})`;
  const what = 'watch it with harness status, or end it with harness stop';
  throw new HarnessError('environment', `${folder} is held by ${who}; ${what}`);
}

function verifyAgentCommand([program = '']: readonly string[], env: Invocation['env']): void {
  if (findProgram(program, env) !== undefined) return;
  throw new HarnessError(
    'environment',
    `the agent program ${safeText(program)} was not found on PATH; install Claude Code, or set agent.command in the configuration`,
  );
}
