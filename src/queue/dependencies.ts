import { HarnessError } from '../errors.ts';
import type { WorkItem } from './work-item.ts';

/** Finds the definition of an item; undefined if there is none. */
type Lookup = (id: string) => Pick<WorkItem, 'id' | 'after'> | undefined;

/**
 * Verifies that every item that these come after exists and that none comes, over others, after itself.
 * HarnessError('usage') names the unknown id, or the circle.
 */
export function verifyAfter(items: readonly Pick<WorkItem, 'id' | 'after'>[], lookup: Lookup): void {
  const fresh = new Map(items.map((item) => [item.id, item]));
  const find: Lookup = (id) => fresh.get(id) ?? lookup(id);
  for (const { id, after } of items) {
    const unknown = after.find((other) => !find(other));
    if (unknown !== undefined) {
      throw new HarnessError(
        'usage',
        `item ${id} comes after ${unknown}, which does not exist; add that first`,
      );
    }
  }
  const cleared = new Set<string>();
  for (const { id } of items) {
    const circle = circleFrom(id, find, cleared);
    if (circle) {
      throw new HarnessError('usage', `these items wait for each other: ${circle.join(' after ')}`);
    }
  }
}

/** The ids of a circle that can be reached from an item, its first one repeated at the end. Without recursion: chains are long. */
function circleFrom(start: string, find: Lookup, cleared: Set<string>): string[] | undefined {
  const path: { id: string; left: string[] }[] = [{ id: start, left: [...(find(start)?.after ?? [])] }];
  const on = new Set([start]);
  for (;;) {
    const here = path.at(-1);
    if (!here) return undefined;
    const next = here.left.pop();
    if (next === undefined) {
      cleared.add(here.id);
      on.delete(here.id);
      path.pop();
    } else if (on.has(next)) {
      const ids = path.map(({ id }) => id);
      return [...ids.slice(ids.indexOf(next)), next];
    } else if (!cleared.has(next)) {
      on.add(next);
      path.push({ id: next, left: [...(find(next)?.after ?? [])] });
    }
  }
}
