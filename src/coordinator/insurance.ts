import { sleep } from '../clock.ts';
import { messageOf } from '../errors.ts';
import type { Lease } from '../queue/name.ts';
import type { Worktree } from '../worktree/worktree.ts';
import { save } from './recovery.ts';
import type { Run } from './run.ts';

/**
 * Saves what an agent has not committed every few minutes while its attempt goes on, so that a crash of the machine, or of the
 * agent's judgement, costs no more than that. What cannot be saved is told once.
 */
export async function insured<T>(run: Run, attempt: Insured, work: () => Promise<T>): Promise<T> {
  const over = new AbortController();
  const going = keepSaving(run, attempt, over.signal);
  try {
    return await work();
  } finally {
    over.abort();
    await going;
  }
}

interface Insured {
  worktree: Worktree;
  lease: Lease;
}

async function keepSaving(run: Run, { worktree, lease }: Insured, over: AbortSignal): Promise<void> {
  let told = false;
  for (;;) {
    await sleep(run.config.insurance, over);
    if (over.aborted) return;
    try {
      await save(run, worktree, lease);
    } catch (error) {
      const what = `uncommitted work could not be saved: ${messageOf(error)}`;
      if (!told) run.tell({ is: 'trouble', agent: lease.agent, item: lease.id, what });
      told = true;
    }
  }
}
