import type { AgentSnapshot, Snapshot } from '../../src/coordinator/snapshot.ts';
import type { JournalEvent } from '../../src/journal/event.ts';
import type { TimedNote } from '../../src/dashboard/transcript.ts';
import { START } from '../../src/dashboard/ui.ts';
import type { ItemDetail, ItemView } from '../../src/dashboard/items.ts';
import { textOf } from '../../src/dashboard/rows.ts';
import type { Scene } from '../../src/dashboard/scene.ts';
import { screen } from '../../src/dashboard/screen.ts';
import type { ScreenSetup } from '../../src/dashboard/screen.ts';

/** The moment at which all of these scenes are looked at. */
export const NOW = Date.parse('2026-11-20T12:00:00Z');
export const before = (seconds: number): string => new Date(NOW - seconds * 1000).toISOString();

/** What hostile titles are made of: each of these makes a terminal do something. */
export const HOSTILE: Record<string, string> = {
  'a clipboard write (OSC 52)': 'a\u001b]52;c;aGk=\u0007b',
  'a window title (OSC 0)': 'a\u001b]0;pwned\u001b\\b',
  'a link (OSC 8)': 'a\u001b]8;;http://evil.test\u0007b',
  'a cleared screen': 'a\u001b[2J\u001b[Hb',
  'a reset': 'a\u001bcb',
  'C1 codes': 'a\u009b2J\u009d0;x\u009c\u0085b',
  'an overwriting return': 'a\rb\b\u007f\u0000',
  'a storm of bells': `a${'\u0007'.repeat(50)}b`,
  'overridden directions': 'a\u202egnp.exe\u202c\u2066x\u2069\u061cb',
  'invisible characters': 'a\u200b\u2060\ufeff\u00ad\u034f\u{e0041}b',
  'many lines': 'a\n\n\t\u2028b',
  'half an emoji': 'a\ud83db',
  'a smear of marks': `a${'\u0301'.repeat(300)}b`,
  'a megabyte': 'x'.repeat(1 << 20),
};

export const agent = (n: number, more: Partial<AgentSnapshot> = {}): AgentSnapshot => ({
  agent: `a${n}`,
  state: 'working',
  liveness: 'live',
  session: `1a2b3c4d-0000-4000-8000-00000000000${n % 10}`,
  pid: 4240 + n,
  item: `1kq3v7${n % 10}z`,
  title: `Do the thing number ${n}`,
  attempt: 1,
  phase: 'implementing',
  since: before(72),
  heardAt: before(2),
  heartbeatAt: before(3),
  last: 'Bash: npm test',
  turns: 3,
  costUsd: 0.12,
  restarts: 0,
  ...more,
});

export const FREE = { state: 'free', liveness: 'none', turns: 0, costUsd: 0, restarts: 0 } as const;

export const snapshot = (more: Partial<Snapshot> = {}): Snapshot => ({
  format: 1,
  at: before(0),
  home: '/home/u/.local/state/harness/app-1a2b3c4d',
  state: 'running',
  run: 'r4k2p',
  pid: 4200,
  startedAt: before(754),
  tickMs: 1000,
  silenceMs: 600_000,
  command: 'claude',
  agents: [agent(1), agent(2, { attempt: 2, phase: 'verifying', restarts: 1 }), { agent: 'a3', ...FREE }],
  queue: { pending: 5, blocked: 1, claimed: 2, done: 12, failed: 1, held: 0 },
  ready: ['1kq3v7xx'],
  landing: '1kq3v7ww',
  landed: 11,
  failed: 1,
  costUsd: 3.42,
  targets: {},
  problems: [],
  alerts: [],
  ...more,
});

const of = { item: '1kq3v71z', attempt: 1, agent: 'a1' };

export const EVENTS: JournalEvent[] = [
  { at: before(60), run: 'r4k2p', is: 'claimed', title: 'Do the thing number 1', ...of },
  { at: before(40), run: 'r4k2p', is: 'turn-ended', end: 'answered', costUsd: 0, ms: 5, ...of },
  { at: before(20), run: 'r4k2p', is: 'landed', commit: 'a1b2c3d4e5f6a7b8', ...of },
  { at: before(10), run: 'r4k2p', is: 'session-started', agent: 'a2', session: '1a2b3c4d-x', pid: 7 },
];

export const scene = (more: Partial<Scene> = {}): Scene => ({
  snapshot: snapshot(),
  silentMs: 0,
  coordinator: 'unverifiable',
  events: EVENTS,
  nowMs: NOW,
  ...more,
});

export const item = (n: number, more: Partial<ItemView> = {}): ItemView => ({
  id: `1kq3v7${n}z`,
  place: 'pending',
  priority: 'normal',
  attempt: 0,
  title: `Do the thing number ${n}`,
  ...more,
});

/** One item in each place. */
export const ITEMS: ItemView[] = [
  item(1, { place: 'claimed', agent: 'a1', attempt: 1 }),
  item(3, { after: ['1kq3v71z'], labels: ['db'], batch: 'night' }),
  item(4, { place: 'held', reason: 'asked' }),
  item(5, { place: 'failed', reason: 'check-failed', attempt: 3 }),
  item(6, { place: 'done', reason: 'landed', attempt: 1 }),
];

export const DETAIL: ItemDetail = {
  id: '1kq3v75z',
  body: 'Make it work.\nThen make it right.',
  checks: ['npm test'],
  attempts: [
    {
      attempt: 3,
      agent: 'a2',
      branch: 'harness/1kq3v75z-3',
      outcome: 'failed',
      reason: 'check-failed',
      finding: 'npm test failed with 1:\nexpected 2 to be 3',
      rescued: 'refs/harness/rescue/1kq3v75z.3',
      costUsd: 0.25,
    },
  ],
};

/** A conversation with a bit of everything. */
export const NOTES: TimedNote[] = [
  { at: before(60), is: 'session', session: '1a2b3c4d-x', pid: 7, resumed: true },
  { at: before(59), is: 'prompt', uuid: 'u', as: 'prompt', text: 'Do the thing number 2' },
  { at: before(58), is: 'thinking' },
  { at: before(50), is: 'text', text: 'I look at the tests first. '.repeat(8) },
  { at: before(49), is: 'tool', id: 't1', name: 'Bash', input: 'npm test' },
  {
    at: before(40),
    is: 'tool-done',
    id: 't1',
    name: 'Bash',
    ms: 9_000,
    failed: true,
    text: 'expected 2 to be 3',
  },
  { at: before(39), is: 'retry', attempt: 1, most: 10, delayMs: 500, error: '529 overloaded' },
  { at: before(30), is: 'tool', id: 't2', name: 'Edit', input: 'src/index.js' },
  { at: before(29), is: 'tool-done', id: 't2', name: 'Edit', ms: 900, failed: false, text: '' },
  { at: before(20), is: 'turn', end: 'answered', ms: 39_000, costUsd: 0.08, tools: 2, text: 'Done.' },
  { at: before(4), is: 'text-delta', text: 'Now I' },
  { at: before(3), is: 'text-delta', text: ' run them again' },
];

/** The setup of a screen of `columns` x `rows`. */
export const at = (columns: number, rows: number, more: Partial<ScreenSetup> = {}): ScreenSetup => ({
  ui: START,
  size: { columns, rows },
  canPause: false,
  interrupt: 'leave',
  can: () => false,
  ...more,
});

/** A screen as lines of text. */
export const lines = (seen: Scene, setup: ScreenSetup): string[] => screen(seen, setup).map(textOf);
