import type { Phase } from '../agent/agent.ts';
import type { Lease } from '../queue/name.ts';
import type { WorkItem } from '../queue/work-item.ts';

/** What an agent does right now. */
export interface Work {
  lease: Lease;
  item: WorkItem;
  /** The words that limits go by. */
  keys: readonly string[];
  phase: Phase;
  /** Wall clock, ms: for display. */
  since: number;
  /** Monotonic, ms: for the attempt's deadline. */
  startedMs: number;
  abort: AbortController;
  /** Why it waits for something outside of the attempt, and since when (monotonic, ms). */
  halted?: { why: string; sinceMs: number };
  /** What the agent asked a person in this attempt, which ends with that turn. */
  asked?: string;
}
