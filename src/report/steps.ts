import type { JournalEvent } from '../journal/event.ts';
import { timeOf } from './evidence.ts';

/** One phase of one attempt. */
export interface Step {
  item: string;
  attempt: number;
  agent: string;
  phase: string;
  ms: number;
  /** It was not over yet. */
  isOpen?: boolean;
}

interface Begun extends Omit<Step, 'ms'> {
  sinceMs: number;
}

/** What a phase is left by, besides the next one. */
const ENDS: ReadonlySet<JournalEvent['is']> = new Set(['landed', 'failed', 'given-back', 'lease-lost']);

/** The `most` slowest phases, the slowest first. A killed run's phases end with its last event. */
export function slowestOf(events: readonly JournalEvent[], toMs: number, most: number): Step[] {
  const steps: Step[] = [];
  const open = new Map<string, Begun>();
  let run: string | undefined;
  let lastMs = 0;
  const end = (key: string, ms: number, more: { isOpen?: true } = {}) => {
    const begun = open.get(key);
    if (!begun) return;
    open.delete(key);
    const { sinceMs, ...step } = begun;
    steps.push({ ...step, ms: Math.max(0, ms - sinceMs), ...more });
  };
  for (const event of events) {
    if (run !== event.run) for (const key of open.keys()) end(key, lastMs);
    run = event.run;
    lastMs = timeOf(event);
    if (!('item' in event) || !('attempt' in event)) continue;
    const { item, attempt, agent } = event;
    const key = `${item} ${attempt}`;
    const phase = phaseOf(event);
    if (phase === undefined && !ENDS.has(event.is)) continue;
    end(key, lastMs);
    if (phase !== undefined && phase !== 'ended')
      open.set(key, { item, attempt, agent, phase, sinceMs: lastMs });
  }
  for (const key of open.keys()) end(key, toMs, { isOpen: true });
  return steps.toSorted((one, other) => other.ms - one.ms).slice(0, most);
}

function phaseOf(event: JournalEvent): string | undefined {
  if (event.is === 'claimed') return 'preparing';
  if (event.is === 'ready') return 'landing';
  return event.is === 'phase' ? event.phase : undefined;
}
