import { createHash } from 'node:crypto';
import type { Proposal } from '../agent/agent.ts';
import { wallMs } from '../clock.ts';
import { messageOf } from '../errors.ts';
import { newWorkItem } from '../queue/work-item.ts';
import type { WorkItem } from '../queue/work-item.ts';
import type { Run } from './run.ts';

/**
 * Adds the smaller items that an agent proposes in the place of one that is too big, each after the one before it. They are held: a
 * person decides. Proposed again, they are the same items.
 */
export function propose({ queue, tell }: Run, whole: WorkItem, proposed: readonly Proposal[]): void {
  let after: string[] = [];
  for (const { title, body } of proposed) {
    const id = proposalId(whole.id, title, body);
    try {
      if (!queue.read(id)) {
        const { rig, priority, batch, labels, checks } = whole;
        const input = {
          title: title.replaceAll(/\s+/g, ' '),
          body,
          rig,
          priority,
          batch,
          labels,
          checks,
          after,
        };
        queue.add(newWorkItem({ ...input, proposedBy: whole.id }, { id, addedMs: wallMs() }));
      }
      after = [id];
    } catch (error) {
      tell({ is: 'trouble', item: whole.id, what: `"${title}" could not be proposed: ${messageOf(error)}` });
    }
  }
}

/** The id of a proposed item by what it says and which item it came from: proposed again, it is the same. */
export function proposalId(from: string, title: string, body: string | undefined): string {
  const digest = createHash('sha256')
    .update(JSON.stringify([from, title, body]))
    .digest('hex');
  return `p${BigInt(`0x${digest.slice(0, 16)}`).toString(36)}`;
}
