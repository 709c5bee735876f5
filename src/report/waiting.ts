import type { JournalEvent } from '../journal/event.ts';
import type { Evidence, ReportedItem } from './evidence.ts';

/** Something that goes no further without a person. */
export interface Waiting {
  what: string;
  why: string;
  /** The command line that deals with it, or shows more of it. */
  command: string;
}

/** What waits for a person now, the most urgent first: what holds up everything, then items. */
export function waitingOf({ events, items, isRunning }: Evidence): Waiting[] {
  const run = events.findLast(({ is }) => is === 'run-started')?.run;
  const ofRun = events.filter((event) => event.run === run);
  return [
    ...restingOf(ofRun, items, isRunning),
    ...(isRunning ? closedGateOf(ofRun) : []),
    ...(isRunning ? parkedOf(ofRun) : []),
    ...refusedOf(ofRun),
    ...items.flatMap(itemWaiting),
  ];
}

/** Nothing runs, and there is work. */
function restingOf(
  ofRun: readonly JournalEvent[],
  items: readonly ReportedItem[],
  isRunning: boolean,
): Waiting[] {
  const last = ofRun.findLast(({ is }) => is === 'paused' || is === 'resumed');
  if (isRunning) {
    return last?.is === 'paused'
      ? [{ what: 'the run', why: 'it is paused: nothing new is started', command: 'harness resume' }]
      : [];
  }
  const pending = items.filter(({ place }) => place === 'pending' || place === 'claimed').length;
  const killed = ofRun.length > 0 && !ofRun.some(({ is }) => is === 'run-ended');
  if (killed) {
    return [
      {
        what: 'the run',
        why: 'it was killed; it is recovered at the next start',
        command: 'harness parallel',
      },
    ];
  }
  if (pending === 0) return [];
  const what = pending === 1 ? '1 item' : `${pending} items`;
  return [{ what, why: 'nothing runs', command: 'harness parallel' }];
}

function closedGateOf(ofRun: readonly JournalEvent[]): Waiting[] {
  const gate = ofRun.findLast((event) => event.is === 'gate-closed' || event.is === 'gate-opened');
  if (gate?.is !== 'gate-closed' || gate.cause !== 'login') return [];
  return [{ what: 'the login', why: gate.text, command: 'claude /login' }];
}

function parkedOf(ofRun: readonly JournalEvent[]): Waiting[] {
  const parked = new Map<string, string>();
  for (const event of ofRun) {
    if (event.is === 'agent-parked') parked.set(event.agent, event.reason);
    if (event.is === 'agent-unparked') parked.delete(event.agent);
  }
  return [...parked].map(([agent, why]) => ({
    what: agent,
    why: `parked: ${why}`,
    command: 'harness doctor',
  }));
}

/** What was refused last and not accepted since. */
function refusedOf(ofRun: readonly JournalEvent[]): Waiting[] {
  const published = ofRun.findLast(({ is }) => is === 'publish-refused' || is === 'published');
  const configured = ofRun.findLast(({ is }) => is === 'config-refused' || is === 'config-changed');
  return [
    ...(published?.is === 'publish-refused'
      ? [{ what: 'the target', why: `not published: ${published.reason}`, command: 'git status' }]
      : []),
    ...(configured?.is === 'config-refused'
      ? [{ what: 'the configuration', why: configured.why, command: 'harness config' }]
      : []),
  ];
}

function itemWaiting({ id, title, place, reason, question, blockedByFailed }: ReportedItem): Waiting[] {
  const what = `${id} ${title}`;
  if (question !== undefined) {
    return [{ what, why: `asks: ${question}`, command: `harness answer ${id} "…"` }];
  }
  if (place === 'held') {
    return [{ what, why: `held (${reason ?? 'asked'})`, command: `harness queue release ${id}` }];
  }
  if (place === 'failed' && reason !== 'cancelled') {
    return [{ what, why: `failed (${reason ?? 'unknown'})`, command: `harness queue retry ${id}` }];
  }
  const [first] = blockedByFailed;
  if (place !== 'pending' || first === undefined) return [];
  return [{ what, why: `waits for ${first}, which failed`, command: `harness why ${id}` }];
}
