import { forgetSaved } from '../worktree/saved.ts';
import type { Run } from './run.ts';

/** Forgets saved work of items that are over, once it is older than the configuration keeps it. */
export async function forgetOld(run: Run, nowMs: number): Promise<void> {
  const going = new Set(
    run.queue.entries().flatMap(({ id, place }) => (place === 'done' || place === 'failed' ? [] : [id])),
  );
  for (const { depot } of run.rigs.values()) {
    const count = await forgetSaved(depot, nowMs - run.config.keep, (item) => !going.has(item));
    if (count > 0) run.note(`forgot ${count} pieces of saved work that were too old`);
  }
}
