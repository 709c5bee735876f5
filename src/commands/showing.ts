import { setImmediate as nextTurn } from 'node:timers/promises';
import type { BoardSetup } from '../dashboard/board.ts';
import { messageOf } from '../errors.ts';
import { attach } from './attach.ts';
import { changePause } from './control.ts';
import { deedsOf } from './deeds.ts';
import { homeOf, stateOf } from './invocation.ts';
import type { Invocation } from './invocation.ts';

/**
 * The live dashboard on this terminal, with all its keys, until the person leaves it or there is nothing more to see. While
 * the person is attached to an agent the terminal is that conversation's; the dashboard comes back afterwards.
 */
export async function showDashboard(
  invocation: Invocation,
  more: Omit<BoardSetup, 'state'> = {},
): Promise<'left' | 'ended'> {
  const home = homeOf(invocation);
  const state = stateOf(home);
  const { stdin, stdout } = process;
  const { runDashboard } = await import('../dashboard/run.tsx');
  const pause = (paused: boolean) => changePause(state, paused);
  const setup = { state, stdin, stdout, env: invocation.env, pause, deeds: deedsOf(home), canAttach: true };
  for (let first: BoardSetup['first']; ; ) {
    const how = await runDashboard({ ...setup, ...more, ...(first && { first }) });
    if (typeof how === 'string') return how;
    // Ink has let go of the terminal; what is typed from here on is not ours.
    await nextTurn();
    stdin.pause();
    first = { chosen: how.attach, notice: await attached(invocation, how.attach) };
  }
}

/** Attaches to an agent; what came of it, in words. */
async function attached(invocation: Invocation, agent: string): Promise<string> {
  try {
    await attach(invocation, agent);
    return `${agent} goes on`;
  } catch (error) {
    return messageOf(error);
  }
}
