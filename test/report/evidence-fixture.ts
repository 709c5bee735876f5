import type { JournalEvent } from '../../src/journal/event.ts';
import type { Evidence, ReportedItem } from '../../src/report/evidence.ts';

/** The moment at which all of these reports are made. */
export const NOW = Date.parse('2026-11-21T07:00:00Z');
export const before = (minutes: number): string => new Date(NOW - minutes * 60_000).toISOString();

const of = (item: string, attempt = 1, agent = 'a1') => ({ item, attempt, agent });
const at = (minutes: number, run = 'r1') => ({ at: before(minutes), run });

/** A night: one item lands, one fails after three attempts, one is cancelled; a limit, a death, a killed run. */
export const NIGHT: JournalEvent[] = [
  { ...at(600), is: 'run-started', agents: 2, pid: 1, untilEmpty: false, command: 'claude' },
  { ...at(599), is: 'claimed', title: 'Land me', ...of('one') },
  { ...at(598), is: 'phase', phase: 'implementing', ...of('one') },
  {
    ...at(590),
    is: 'turn-ended',
    end: 'answered',
    costUsd: 1.5,
    ms: 480_000,
    models: { opus: { costUsd: 1.5, input: 1, output: 1, cacheRead: 0, cacheWrite: 0 } },
    ...of('one'),
  },
  { ...at(590), is: 'phase', phase: 'verifying', ...of('one') },
  { ...at(580), is: 'ready', commit: 'c'.repeat(40), ...of('one') },
  { ...at(579), is: 'landed', commit: 'd'.repeat(40), ...of('one') },
  { ...at(500), is: 'gate-closed', cause: 'limit', text: 'the usage limit is reached', until: before(400) },
  { ...at(400), is: 'gate-opened', cause: 'limit', ms: 6_000_000 },
  { ...at(390), is: 'claimed', title: 'Fail me', ...of('two', 3, 'a2') },
  {
    ...at(380),
    is: 'session-ended',
    agent: 'a2',
    session: 's',
    cause: 'SIGKILL',
    code: null,
    signal: 'SIGKILL',
    stderr: '',
  },
  { ...at(370), is: 'turn-ended', end: 'died', costUsd: 0.5, ms: 60_000, ...of('two', 3, 'a2') },
  { ...at(360), is: 'failed', reason: 'check-failed', detail: 'npm test', ...of('two', 3, 'a2') },
  { ...at(355), is: 'failed', reason: 'cancelled', ...of('three', 1, '-') },
  { ...at(350), is: 'trouble', what: 'the disk is full; it is tried again' },
  { ...at(349), is: 'trouble', what: 'the disk is full; it is tried again' },
  { ...at(300, 'r2'), is: 'run-started', agents: 2, pid: 2, untilEmpty: false, command: 'claude' },
  { ...at(200, 'r2'), is: 'agent-parked', agent: 'a2', reason: 'it died 5 times in 10 minutes' },
  { ...at(100, 'r2'), is: 'publish-refused', rig: 'app', reason: 'app: main is checked out with changes' },
];

const attempt = (n: number, more: Partial<ReportedItem['attempts'][number]> = {}) => ({
  attempt: n,
  agent: 'a2',
  branch: `harness/two-${n}`,
  startedAt: before(400),
  ...more,
});

export const ITEMS: ReportedItem[] = [
  {
    id: 'one',
    title: 'Land me',
    place: 'done',
    reason: 'landed',
    blockedByFailed: [],
    attempts: [attempt(1, { costUsd: 1.5, branch: 'harness/one-1' })],
  },
  {
    id: 'two',
    title: 'Fail me',
    place: 'failed',
    reason: 'check-failed',
    blockedByFailed: [],
    attempts: [
      attempt(1, { costUsd: 0.25 }),
      attempt(2, { costUsd: 0.25 }),
      attempt(3, {
        costUsd: 0.5,
        finding: 'npm test failed with 1:\n  expected 2 to be 3',
        rescued: 'refs/harness/rescue/two.3',
      }),
    ],
  },
  {
    id: 'three',
    title: 'Cancel me',
    place: 'failed',
    reason: 'cancelled',
    blockedByFailed: [],
    attempts: [],
  },
  {
    id: 'ask',
    title: 'Which way',
    place: 'held',
    reason: 'question',
    question: 'Left or right?',
    blockedByFailed: [],
    attempts: [],
  },
  { id: 'four', title: 'Hold me', place: 'held', reason: 'asked', blockedByFailed: [], attempts: [] },
  { id: 'five', title: 'After two', place: 'pending', blockedByFailed: ['two'], attempts: [] },
];

export const evidence = (more: Partial<Evidence> = {}): Evidence => ({
  home: '/home/u/.local/state/harness/app-1a2b3c4d',
  fromMs: NOW - 24 * 3_600_000,
  nowMs: NOW,
  events: NIGHT,
  items: ITEMS,
  changes: new Map([['d'.repeat(40), { files: 2, added: 12, removed: 3 }]]),
  isRunning: true,
  ...more,
});
