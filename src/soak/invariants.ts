import type { JournalEvent } from '../journal/event.ts';
import type { Evidence } from './evidence.ts';

/** The sets over item ids; all of them must be empty. */
export interface Sets {
  lost: string[];
  doubled: string[];
  unexpected: string[];
  unfinished: string[];
}

export function setsOf({ added, items, landings, titles }: Evidence): Sets {
  const known = new Set(items.map(({ id }) => id));
  const done = new Set(items.filter(({ place }) => place === 'done').map(({ id }) => id));
  return {
    lost: added.filter((id) => !known.has(id)),
    doubled: Object.keys(landings).filter((id) => (landings[id] ?? 0) > 1),
    unexpected: [
      ...items.filter(({ title }) => !titles.has(title)).map(({ id }) => id),
      ...Object.keys(landings).filter((id) => !known.has(id)),
    ],
    unfinished: items.filter(({ id }) => !done.has(id) || landings[id] === undefined).map(({ id }) => id),
  };
}

/** One invariant of the fault matrix: what was looked at, and what broke it. */
export interface Invariant {
  id: string;
  what: string;
  broken: readonly string[];
}

/** A state folder may not be larger: journal and log with what is set aside, agents' logs. */
const STATE_BYTES = 160 << 20;
const MAX_ATTEMPTS = 50;

/** Looks at every invariant. What a soak cannot show is said in its report. */
export function invariantsOf(evidence: Evidence): Invariant[] {
  const { items, events, user, bytes, exitCode, costUsd } = evidence;
  const { lost, doubled, unfinished } = setsOf(evidence);
  const ids = items.map(({ id }) => id);
  const overCharged = items.filter(({ charged }) => charged > MAX_ATTEMPTS).map(({ id }) => id);
  const last = events.findLast(({ is }) => is === 'run-ended');
  const all: [string, string, readonly string[]][] = [
    ['I1', 'every item is in exactly one place', twice(ids)],
    [
      'I2',
      'attempt numbers never repeat and are not more than allowed',
      [...repeatedAttempts(events), ...overCharged],
    ],
    ['I3', 'no acknowledged item is lost', lost],
    ['I4', 'no item landed twice', doubled],
    ['I5', 'nothing landed by an attempt that had lost its lease', landedWithoutLease(events)],
    ['I6', 'no process of the run is left', evidence.processes],
    ['I7', 'no lock, temporary file, request or landing ref is left', evidence.leftovers],
    ['I8', 'handles and files are back to where they were (see the slopes)', []],
    ['I9', 'uncommitted work in a worktree is saved', evidence.dirty],
    [
      'I10',
      'state and temporary files are within their caps',
      bytes.state > STATE_BYTES ? [`${bytes.state} bytes in state`] : [],
    ],
    [
      'I11',
      "the user's branches, index, settings and hooks are as they were",
      user.before === user.after ? [] : ['they changed'],
    ],
    ['I12', 'exit code and last line tell the truth', truth(exitCode, last, unfinished.length)],
    ['I13', 'the stand-in costs nothing, and nothing else was booked', costUsd > 0 ? [`${costUsd} USD`] : []],
    ['I14', 'every attempt that was begun has an end', endless(events)],
    ['I15', 'every alert was told once, and over once', alertsTwice(events)],
  ];
  return all.map(([id, what, broken]) => ({ id, what, broken }));
}

const twice = (list: readonly string[]): string[] => list.filter((one, at) => list.indexOf(one) !== at);

const attemptOf = ({ item, attempt }: { item: string; attempt: number }) => `${item}.${attempt}`;

const repeatedAttempts = (events: readonly JournalEvent[]): string[] =>
  twice(events.flatMap((event) => (event.is === 'claimed' ? [attemptOf(event)] : [])));

/** Attempts that landed after their lease was said to be lost or taken back. */
function landedWithoutLease(events: readonly JournalEvent[]): string[] {
  const fenced = new Set<string>();
  const broken: string[] = [];
  for (const event of events) {
    if (event.is === 'lease-lost' || event.is === 'reclaimed') fenced.add(attemptOf(event));
    if (event.is === 'landed' && fenced.has(attemptOf(event))) broken.push(attemptOf(event));
  }
  return broken;
}

function truth(exitCode: number | null, last: JournalEvent | undefined, unfinished: number): string[] {
  if (last?.is !== 'run-ended') return ['the journal does not end with the end of the run'];
  const said = last.left === 0 && unfinished === 0;
  return [
    ...(said ? [] : [`${last.left} left by the journal, ${unfinished} by the queue`]),
    // A run that a person ends by a signal says so.
    ...(exitCode === 130 || exitCode === 0 ? [] : [`exit code ${exitCode}`]),
  ];
}

/**
 * Attempts without an end. Those of a killed coordinator end by what is begun after it: another attempt of the same item, or
 * its landing.
 */
function endless(events: readonly JournalEvent[]): string[] {
  const open = new Map<string, string>();
  for (const event of events) {
    if (event.is === 'claimed') open.set(event.item, attemptOf(event));
    const isEnd = event.is === 'landed' || event.is === 'given-back' || event.is === 'failed';
    if (isEnd || event.is === 'lease-lost' || event.is === 'reclaimed') open.delete(event.item);
  }
  return [...open.values()];
}

function alertsTwice(events: readonly JournalEvent[]): string[] {
  const open = new Set<string>();
  const broken: string[] = [];
  for (const event of events) {
    if (event.is === 'alert' && !event.moment) {
      if (open.has(event.key)) broken.push(`${event.key} twice`);
      open.add(event.key);
    }
    // The beginning of an alert about a full disk may not have found room in the journal.
    if (event.is === 'alert-over' && !open.delete(event.key) && event.cause !== 'starts-closed')
      broken.push(`${event.key} over without a beginning`);
  }
  return broken;
}
