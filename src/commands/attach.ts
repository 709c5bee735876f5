import { spawn } from 'node:child_process';
import type { HandedOver } from '../coordinator/attach.ts';
import { sessionEnvironment } from '../coordinator/seat-folder.ts';
import { HarnessError } from '../errors.ts';
import { identify } from '../process.ts';
import { findProgram } from '../program.ts';
import { homeOf, readConfig, stateOf } from './invocation.ts';
import type { Invocation } from './invocation.ts';
import { askAbout } from './steer.ts';

/** What a terminal program needs of the environment, besides what agents get. */
const TERMINAL = ['TERM', 'COLORTERM', 'TERM_PROGRAM', 'NO_COLOR', 'EDITOR', 'VISUAL'];

/**
 * `harness attach AGENT`: the agent's conversation in this terminal, in its worktree; the agent waits, and goes on with it
 * afterwards. Returns the exit code of the agent program.
 */
export async function attach(invocation: Invocation, agent: string): Promise<number> {
  const home = homeOf(invocation);
  const state = stateOf(home);
  const config = await readConfig(home, invocation.env);
  const [name = '', ...first] = config.agent.command;
  const env = { ...sessionEnvironment({ state, config, env: invocation.env }), ...terminal(invocation.env) };
  const program = findProgram(name, env);
  if (program === undefined) throw new HarnessError('environment', `${name}: no such program`);
  const holder = JSON.stringify(identify(process.pid));
  const answer = await askAbout(state, 'attach', { agent, text: holder });
  const { session, folder, marker } = JSON.parse(answer) as HandedOver;
  try {
    return await inTerminal(program, [...first, '--resume', session], folder, {
      ...env,
      HARNESS_RUN: marker,
    });
  } finally {
    process.stderr.write(`${await askAbout(state, 'detach', { agent })}\n`);
  }
}

const terminal = (env: Invocation['env']): Record<string, string> =>
  Object.fromEntries(
    TERMINAL.flatMap((name) => {
      const value = env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );

const ignore = () => undefined;

/** Runs a program on this terminal; ^C is its business alone. */
async function inTerminal(
  program: string,
  args: string[],
  cwd: string,
  env: Record<string, string>,
): Promise<number> {
  const others = process.listeners('SIGINT');
  process.removeAllListeners('SIGINT');
  process.on('SIGINT', ignore);
  try {
    return await new Promise<number>((resolve, reject) => {
      const child = spawn(program, args, { cwd, env, stdio: 'inherit' });
      child.once('error', reject);
      child.once('exit', (code) => resolve(code ?? 1));
    });
  } finally {
    process.off('SIGINT', ignore);
    for (const one of others) process.on('SIGINT', one);
  }
}
