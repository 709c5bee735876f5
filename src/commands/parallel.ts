import { commandName } from '../coordinator/agent-command.ts';
import { livingRun, readRunFile } from '../coordinator/run-file.ts';
import { openState } from '../coordinator/state-folder.ts';
import { rigsOf } from '../coordinator/rigs.ts';
import { canShow } from '../dashboard/terminal.ts';
import { HarnessError } from '../errors.ts';
import { findProgram } from '../program.ts';
import { safeText } from '../text.ts';
import { Front } from './front.ts';
import type { FrontSetup } from './front.ts';
import { homeOf, openQueue, readConfig, stateOf } from './invocation.ts';
import type { Invocation } from './invocation.ts';
import { PlainLines } from './plain-lines.ts';
import { showDashboard } from './showing.ts';

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
  const coordinate = {
    home,
    agents: options.agents ?? config.agents,
    untilEmpty: options.untilEmpty ?? false,
  };
  const lines = new PlainLines(state, invocation.json);
  lines.say(`agents: ${safeText(commandName(config.agent.command))}`);
  const onTerminal = !invocation.json && canShow(process.stdout, invocation.env, process.stdin);
  const show = onTerminal ? watchOnDashboard : watchInLines;
  const code = await show({ coordinate, state, env: invocation.env }, lines, invocation);
  lines.total(openQueue(home));
  return code;
}

type Watched = Pick<FrontSetup, 'coordinate' | 'state' | 'env'>;

/** A line for everything that happens, and a countdown while the run ends. */
async function watchInLines(watched: Watched, lines: PlainLines): Promise<number> {
  const front = new Front({ ...watched, show: (event) => lines.show(event), say: (text) => lines.say(text) });
  const stopCountdown = lines.countDown();
  try {
    return await front.watch();
  } finally {
    stopCountdown();
  }
}

/** The live dashboard until the run ends, or the person leaves it: then the run goes on without a front. */
async function watchOnDashboard(
  watched: Watched,
  lines: PlainLines,
  invocation: Invocation,
): Promise<number> {
  const said: string[] = [];
  const front = new Front({
    ...watched,
    show: (event) => lines.count(event),
    say: (text) => said.push(text),
  });
  const starting = { after: readRunFile(watched.state)?.run };
  const over = new AbortController();
  const watching = front.watch().finally(() => over.abort());
  const how = await showDashboard(invocation, {
    starting,
    signal: over.signal,
    interrupt: {
      does: 'finish what runs and end; twice: end now',
      ask: () => {
        front.interrupt();
        return said.pop() ?? '';
      },
    },
  });
  if (how === 'left') front.leave();
  const code = await watching;
  for (const text of said) lines.say(text);
  if (how === 'left') lines.say('the run goes on; harness dashboard shows it again, harness stop ends it');
  return code;
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
