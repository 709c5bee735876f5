import { join } from 'node:path';
import { makeFolder, readSmallFile, replaceFile } from '../durable.ts';
import { HarnessError } from '../errors.ts';
import { redacted } from '../secrets.ts';
import { isId } from './work-item.ts';

/**
 * The plan of an item, kept with it from attempt to attempt. `proposed`: a person has to approve it first; `accepted`: it is worked
 * on; `amended`: a person wants something changed, and it is written again first.
 */
export interface ItemPlan {
  format: 1;
  item: string;
  /** The attempt that wrote it. */
  attempt: number;
  /** ISO 8601, UTC. */
  at: string;
  state: 'proposed' | 'accepted' | 'amended';
  text: string;
  /** What a person wants changed. */
  wishes?: string;
}

const MOST_BYTES = 1 << 20;

function fileOf(attempts: string, item: string): string {
  if (!isId(item)) throw new HarnessError('failed', `there is no item "${item}"`);
  return join(attempts, item, 'plan.json');
}

/** Writes or replaces the plan of an item; it survives a power cut once this returns. */
export function writePlan(attempts: string, plan: ItemPlan): void {
  makeFolder(join(attempts, plan.item));
  replaceFile(fileOf(attempts, plan.item), `${JSON.stringify(redacted(plan), null, 2)}\n`, { durable: true });
}

/** The plan of an item; undefined if it has none that can be read. */
export function readPlan(attempts: string, item: string): ItemPlan | undefined {
  try {
    const plan = JSON.parse(readSmallFile(fileOf(attempts, item), MOST_BYTES) ?? '') as ItemPlan;
    const isWhole = plan.format === 1 && plan.item === item && typeof plan.text === 'string';
    return isWhole && ['proposed', 'accepted', 'amended'].includes(plan.state) ? plan : undefined;
  } catch {
    return undefined;
  }
}
