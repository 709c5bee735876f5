import { HarnessError, messageOf } from '../errors.ts';
import type { Lease } from '../queue/name.ts';
import { setTreeAside } from '../worktree/trees.ts';
import { Worktree } from '../worktree/worktree.ts';
import { saveEarlier } from './recovery.ts';
import type { RigWorks, Run } from './run.ts';
import type { Seat } from './seat.ts';

/** What another tree would run into as well: the machine has nothing left to give. */
const MACHINES =
  /No space left|Disk quota|Read-only file system|Too many open files|Cannot allocate|\bE[A-Z]+:/;

/**
 * The worktree of a seat for something new (not what a dead run `left` in it), with what earlier attempts left in it saved after
 * the seat has let go of it (`leave`). One that can be neither mended nor saved is set aside whole, and the seat goes on in a
 * new one: what one agent did to its tree fails no item of others.
 */
export async function treeForNew(
  run: Run,
  works: RigWorks,
  { seat, lease, left }: { seat: Seat; lease: Lease; left?: unknown },
  leave: (worktree: Worktree) => Promise<void>,
): Promise<Worktree> {
  const ensure = () => Worktree.ensure(works.depot, seat.agent);
  if (left !== undefined) return ensure();
  const orAnew = async (deed: () => Promise<Worktree>): Promise<Worktree> => {
    try {
      return await deed();
    } catch (error) {
      if (!(error instanceof HarnessError) || MACHINES.test(messageOf(error))) throw error;
      await seat.close(); // it works in there
      const aside = setTreeAside(works.depot, seat.agent);
      const what = `the worktree of ${seat.agent} cannot be used (${messageOf(error)}); it is kept in ${aside}`;
      run.tell({ is: 'trouble', item: lease.id, agent: seat.agent, what });
      return deed();
    }
  };
  await leave(await orAnew(ensure));
  return orAnew(async () => {
    const worktree = await ensure();
    await saveEarlier(run, worktree, lease);
    return worktree;
  });
}
