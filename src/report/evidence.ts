import type { JournalEvent } from '../journal/event.ts';
import type { Place } from '../queue/name.ts';

/** How much a landing changed: as `git diff --shortstat` counts, against the target before it. */
export interface Change {
  files: number;
  added: number;
  removed: number;
}

/** What is read of the record of an attempt. */
interface ReportedAttempt {
  attempt: number;
  agent: string;
  branch: string;
  startedAt: string;
  costUsd?: number;
  reason?: string;
  finding?: string;
  rescued?: string;
}

/** An item of the queue with what its attempts left behind. */
export interface ReportedItem {
  id: string;
  title: string;
  place: Place;
  /** Why it is there. */
  reason?: string;
  /** What its agent asks, if it is held for an answer. */
  question?: string;
  /** Failed items that it waits for. */
  blockedByFailed: readonly string[];
  attempts: readonly ReportedAttempt[];
}

/** All that a report is made of. */
export interface Evidence {
  home: string;
  /** Wall clock, milliseconds: what happened from here on is reported. */
  fromMs: number;
  nowMs: number;
  /** All of the journal that is left, oldest first. */
  events: readonly JournalEvent[];
  items: readonly ReportedItem[];
  /** By the commit of the landing. */
  changes: ReadonlyMap<string, Change>;
  isRunning: boolean;
}

export const timeOf = ({ at }: { at: string }): number => Date.parse(at);

/** The events of the time that is reported. */
export const within = ({ events, fromMs, nowMs }: Evidence): JournalEvent[] =>
  events.filter((event) => timeOf(event) >= fromMs && timeOf(event) <= nowMs);

export const costOf = (item: ReportedItem | undefined): number =>
  (item?.attempts ?? []).reduce((sum, { costUsd = 0 }) => sum + costUsd, 0);

/** How many attempts an item had; one that was adopted by another run has a record under each. */
export const attemptsOf = (item: ReportedItem | undefined): number =>
  new Set((item?.attempts ?? []).map(({ attempt }) => attempt)).size;
