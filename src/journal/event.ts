import { safeText } from '../text.ts';

/** What an attempt is about, in every event that concerns one. */
interface OfAttempt {
  item: string;
  attempt: number;
  agent: string;
}

/** Everything that can happen in a run: a closed list, which dashboards, reports and metrics read. */
export type Happening =
  | { is: 'run-started'; agents: number; pid: number; untilEmpty: boolean; command: string }
  | { is: 'run-ended'; exitCode: number; landed: number; failed: number; left: number }
  | { is: 'recovered'; what: string }
  | ({ is: 'claimed'; title: string } & OfAttempt)
  | ({ is: 'phase'; phase: string; detail?: string } & OfAttempt)
  | ({ is: 'turn-ended'; end: string; text?: string; costUsd: number; ms: number } & OfAttempt)
  | ({ is: 'rescued'; ref: string } & OfAttempt)
  | ({ is: 'ready'; commit: string } & OfAttempt)
  | ({ is: 'landed'; commit: string } & OfAttempt)
  | ({ is: 'given-back'; reason: string; detail?: string; charged: boolean; againInMs?: number } & OfAttempt)
  | ({ is: 'failed'; reason: string; detail?: string } & OfAttempt)
  | ({ is: 'lease-lost' } & OfAttempt)
  | ({ is: 'reclaimed'; reason: string } & OfAttempt)
  | { is: 'published'; commit: string }
  | { is: 'publish-refused'; reason: string }
  | { is: 'session-started'; agent: string; session: string; pid: number }
  | { is: 'session-ended'; agent: string; session: string; cause: string }
  | { is: 'agent-parked'; agent: string; reason: string }
  | { is: 'draining'; why: string }
  | { is: 'stopping'; why: string }
  | { is: 'paused' }
  | { is: 'resumed' }
  | { is: 'slept'; ms: number }
  | { is: 'trouble'; what: string; agent?: string; item?: string };

/** A line of the journal: what happened, when (ISO 8601, UTC) and in which run. */
export type JournalEvent = Happening & { at: string; run: string };

/** Reads one line of the journal; undefined for a torn or foreign line. */
export function parseEvent(line: string): JournalEvent | undefined {
  try {
    const value: unknown = JSON.parse(line);
    const known =
      typeof value === 'object' && value !== null && 'is' in value && 'at' in value && 'run' in value;
    return known ? (value as JournalEvent) : undefined;
  } catch {
    return undefined;
  }
}

const seconds = (ms: number) => (ms < 9_950 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms / 1000)} s`);
const short = (commit: string) => commit.slice(0, 10);
const because = (detail: string | undefined) => (detail ? `: ${detail}` : '');

/** One event as a line for people, safe to print; undefined for events that are of interest to programs only. */
export function describe(event: JournalEvent): string | undefined {
  const text = sentence(event);
  return text === undefined ? undefined : safeText(text, { max: 300 });
}

function sentence(event: JournalEvent): string | undefined {
  const who = 'item' in event && 'agent' in event ? `${event.agent} ${event.item}` : '';
  switch (event.is) {
    case 'run-started':
      return `run ${event.run} started with ${event.agents} agents (${event.command})`;
    case 'run-ended':
      return `run ${event.run} ended: ${event.landed} landed, ${event.failed} failed, ${event.left} left`;
    case 'recovered':
      return `recovered: ${event.what}`;
    case 'claimed':
      return `${who} claimed (attempt ${event.attempt}): ${event.title}`;
    case 'phase':
      return `${who} ${event.phase}${because(event.detail)}`;
    case 'turn-ended':
      return event.end === 'answered'
        ? undefined
        : `${who} turn ${event.end} after ${seconds(event.ms)}${because(event.text)}`;
    case 'rescued':
      return `${who} uncommitted work saved as ${event.ref}`;
    case 'ready':
      return `${who} ready at ${short(event.commit)}`;
    case 'landed':
      return `${who} landed as ${short(event.commit)}`;
    case 'given-back':
      return `${who} given back (${event.reason})${because(event.detail)}`;
    case 'failed':
      return `${who} failed (${event.reason})${because(event.detail)}`;
    case 'lease-lost':
      return `${who} lost its lease; its work stays on its branch`;
    case 'reclaimed':
      return `${who} taken back from a dead holder (${event.reason})`;
    case 'published':
      return `published ${short(event.commit)}`;
    case 'publish-refused':
      return `not published: ${event.reason}`;
    default:
      return lifeSentence(event);
  }
}

type LifeEvent = Extract<
  JournalEvent,
  {
    is:
      | 'session-started'
      | 'session-ended'
      | 'agent-parked'
      | 'draining'
      | 'stopping'
      | 'paused'
      | 'resumed'
      | 'slept'
      | 'trouble';
  }
>;

function lifeSentence(event: LifeEvent): string {
  switch (event.is) {
    case 'session-started':
      return `${event.agent} session ${event.session.slice(0, 8)} started (pid ${event.pid})`;
    case 'session-ended':
      return `${event.agent} session ${event.session.slice(0, 8)} ended: ${event.cause}`;
    case 'agent-parked':
      return `${event.agent} parked: ${event.reason}`;
    case 'draining':
      return `draining: nothing new is started (${event.why})`;
    case 'stopping':
      return `stopping now (${event.why})`;
    case 'paused':
      return 'paused: nothing new is started until resumed';
    case 'resumed':
      return 'resumed';
    case 'slept':
      return `the machine slept or this process stood still for ${seconds(event.ms)}; deadlines were moved`;
    case 'trouble':
      return [event.agent, event.item, event.what].filter(Boolean).join(' ');
    default:
      return event satisfies never;
  }
}
