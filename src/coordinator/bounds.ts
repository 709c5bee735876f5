import type { Finding } from '../agent/agent.ts';
import type { Depot } from '../worktree/depot.ts';
import type { Run } from './run.ts';

interface Turn {
  item: string;
  agent: string;
  /** The name of its worktree. */
  tree: string;
}

/**
 * Looks at the depot after a turn. What was changed that is not the agent's own has been put back and is told; it is charged to
 * the attempt if nobody else can have done it and it was no accident.
 */
export async function boundsFinding(
  run: Run,
  depot: Depot,
  { item, agent, tree }: Turn,
): Promise<Finding | undefined> {
  const fouls = await depot.guard.leave(tree);
  for (const { what, suspects } of fouls) {
    const by = suspects.length > 1 ? ` by one of ${suspects.join(', ')}` : '';
    run.tell({ is: 'trouble', agent, item, what: `${what}${by}; it was put back` });
  }
  for (const { what } of depot.guard.unclaimed()) {
    run.tell({ is: 'trouble', what: `${what}, nobody knows by whom; it was put back` });
  }
  const mine = fouls.filter(({ isHarmless, suspects }) => !isHarmless && suspects.length === 1);
  if (mine.length === 0) return undefined;
  const what = mine.map((foul) => foul.what).join('; ');
  return {
    reason: 'out-of-bounds',
    text: `${what}. That is not part of this work item: it was put back, and the attempt was ended. Work in your own folder and on your own branch only.`,
  };
}
