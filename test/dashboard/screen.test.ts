import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { widthOf } from '../../src/dashboard/cells.ts';
import { textOf } from '../../src/dashboard/rows.ts';
import { screen } from '../../src/dashboard/screen.ts';
import { NO_SPENDING } from '../../src/coordinator/spending.ts';
import { transcriptRows } from '../../src/dashboard/transcript.ts';
import type { Ui } from '../../src/dashboard/ui.ts';
import type { Note } from '../../src/session/notes.ts';
import {
  agent,
  at,
  before,
  DETAIL,
  FREE,
  HOSTILE,
  ITEMS,
  lines,
  NOTES,
  scene,
  snapshot,
} from './scene-fixture.ts';

const text = (...args: Parameters<typeof lines>) => lines(...args).join('\n');
const many = (count: number) => Array.from({ length: count }, (_, i) => agent(i + 1));

describe('the overview', () => {
  test('at 80x24 says how the run is, what each agent does, and what happened last', () => {
    expect(text(scene(), at(80, 24))).toMatchSnapshot();
  });

  test('at 200x50 has one row with more columns for each agent', () => {
    expect(text(scene(), at(200, 50))).toMatchSnapshot();
  });

  test('at 20x5 is one line', () => {
    expect(lines(scene(), at(20, 5))).toEqual(['● 1 problem 11 land…']);
  });

  test('at 80x24 with ten agents shows all of them, without the room between', () => {
    const shown = text(scene({ snapshot: snapshot({ agents: many(10), failed: 0 }) }), at(80, 24));
    for (let n = 1; n <= 10; n++) expect(shown).toMatch(new RegExp(`^   a${n} +● implementing`, 'm'));
  });

  test('with more agents than rows keeps the chosen one in sight and counts the rest', () => {
    const seen = scene({ snapshot: snapshot({ agents: many(40), failed: 0 }) });
    const shown = text(seen, at(80, 24, { ui: { view: 'overview', chosen: 'a33' } }));
    expect(shown).toMatch(/^❯ {2}a33 /m);
    expect(shown).toMatch(/and 2\d more agents/);
  });

  test('before the first run says how to start one', () => {
    const shown = text(scene({ snapshot: undefined, events: [] }), at(80, 24));
    expect(shown).toMatch(/○ no run yet/);
    expect(shown).toMatch(/harness parallel starts agents/);
  });

  test('while a run is being started says so', () => {
    const shown = text(scene({ snapshot: undefined, starting: true, events: [] }), at(80, 24));
    expect(shown).toMatch(/◐ starting/);
    expect(shown).not.toMatch(/no run yet|harness parallel/);
  });

  test('of a run that ends says what it waits for, and for how long at most', () => {
    const ending = { waitsFor: ['a1 (1kq3v71z, implementing)', 'landing of x'], until: before(-25) };
    const shown = text(scene({ snapshot: snapshot({ state: 'draining', ending }) }), at(100, 24));
    expect(shown).toMatch(/ending +at most 25s more +waits for a1 \(1kq3v71z, implementing\), landing of x/);
  });

  test('offers the pause only where somebody listens', () => {
    expect(text(scene(), at(80, 24))).not.toMatch(/p pause/);
    expect(text(scene(), at(80, 24, { canPause: true }))).toMatch(/p pause/);
  });

  test('shows an answer in place of the keys', () => {
    expect(lines(scene(), at(80, 24, { notice: 'what runs is finished first' })).at(-1)).toBe(
      ' what runs is finished first',
    );
  });
});

describe('problems', () => {
  const problems = ['a2 is parked: 5 deaths within 10 minutes', 'not published: the tree is dirty'];

  test('stand above everything but the title', () => {
    const shown = lines(scene({ snapshot: snapshot({ problems, failed: 0 }) }), at(80, 24));
    expect(shown.slice(1, 5)).toEqual([
      '',
      ` ■ ${problems[0]}  harness doctor says what is wrong`,
      ` ■ ${problems[1]}`,
      '',
    ]);
  });

  test('are counted where there are more than there is room for', () => {
    const twenty = Array.from({ length: 20 }, (_, i) => `problem ${i}`);
    const shown = text(scene({ snapshot: snapshot({ problems: twenty, failed: 0 }) }), at(80, 24));
    expect(shown).toMatch(/problem 2\n {3}and 17 more/);
  });

  test('come first in the one line too', () => {
    expect(lines(scene({ snapshot: snapshot({ problems, failed: 0 }) }), at(30, 5))).toEqual([
      '● 2 problems 11 landed 5 pend…',
    ]);
  });

  test('a parked agent says why, in a colour of its own', () => {
    const parked = agent(2, { ...FREE, state: 'parked', liveness: 'exited', reason: 'not logged in' });
    const rows = screen(scene({ snapshot: snapshot({ agents: [parked] }) }), at(80, 24));
    expect(rows.flat()).toContainEqual({ text: 'not logged in', tone: 'bad' });
  });
});

describe('no news', () => {
  const silent = (coordinator: 'live' | 'exited' | 'unverifiable') =>
    scene({ silentMs: 12_000, coordinator });

  test('for a few seconds is nothing to speak of', () => {
    expect(text(scene({ silentMs: 4_000 }), at(80, 24))).not.toMatch(/no news/);
    const slow = snapshot({ tickMs: 10_000 });
    expect(text(scene({ silentMs: 25_000, snapshot: slow }), at(80, 24))).not.toMatch(/no news/);
  });

  test('of a coordinator that is gone says that the run died and what recovers it', () => {
    const shown = text(silent('exited'), at(80, 24));
    expect(shown).toMatch(/■ died/);
    expect(shown).toMatch(
      /no news for 12s: the coordinator \(pid 4200\) is gone; harness parallel\n {3}recovers the run\n/,
    );
  });

  test('of a coordinator that hangs says that what is shown is old', () => {
    const shown = text(silent('live'), at(100, 24));
    expect(shown).toMatch(/■ no news/);
    expect(shown).toMatch(/is there but says nothing; what is shown is old/);
  });

  test('makes every live session unverifiable', () => {
    const shown = text(silent('unverifiable'), at(80, 24));
    expect(shown).toMatch(/unverifiable/);
    expect(shown).not.toMatch(/\blive\b/);
  });

  test('of a run that has ended is no problem, and its clocks stand still', () => {
    const ended = snapshot({ state: 'ended', at: before(3600), startedAt: before(3660) });
    const shown = text(scene({ snapshot: ended, silentMs: 3_600_000 }), at(80, 24));
    expect(shown).toMatch(/○ ended · 1m 00s/);
    expect(shown).not.toMatch(/no news/);
  });
});

describe('a session', () => {
  const shows = (more: Parameters<typeof agent>[1]) =>
    text(scene({ snapshot: snapshot({ agents: [agent(1, more)] }) }), at(80, 24));

  test.each([
    ['was heard', {}, /live 2s/],
    ['has said nothing yet', { heardAt: undefined as never }, /live {2}/],
    ['ended', { liveness: 'exited' }, /exited/],
    ['is neither seen nor known to have ended', { liveness: 'unverifiable' }, /unverifiable/],
    ['was not started', { liveness: 'none' }, / – /],
    ['was started again', { restarts: 2 }, /live 2s · 2 restarts/],
  ] as const)('that %s is shown so', (_, more, expected) => {
    expect(shows(more)).toMatch(expected);
  });

  test('that is silent for half of what it may in mid-turn changes its colour', () => {
    const toneOf = (phase: string) => {
      const agents = [agent(1, { heardAt: before(400), phase })];
      const cell = screen(scene({ snapshot: snapshot({ agents }) }), at(140, 24)).flat();
      return cell.find((one) => one.text.startsWith('live'))?.tone;
    };
    expect(toneOf('implementing')).toBe('warn');
    expect(toneOf('verifying')).toBe('plain');
  });
});

test('an agent looked at closely shows its session, lease, cost and its own events', () => {
  expect(text(scene(), at(80, 24, { ui: { view: 'agent', chosen: 'a1' } }))).toMatchSnapshot();
});

test('an agent that is no longer there leads back to the overview', () => {
  expect(text(scene(), at(80, 24, { ui: { view: 'agent', chosen: 'a99' } }))).toMatch(/ queue /);
});

test('the help explains keys and signs', () => {
  const setup = at(80, 24, { ui: { view: 'help', chosen: undefined }, canPause: true });
  expect(text(scene(), setup)).toMatchSnapshot();
});

describe('whatever is in it', () => {
  const nasty = Object.values(HOSTILE);
  const hostile = (words: string) =>
    scene({
      snapshot: snapshot({
        run: words,
        home: words,
        command: words,
        problems: [words],
        ready: [words],
        landing: words,
        agents: [1, 2, 3].map((n) =>
          agent(n, { agent: words, item: words, title: words, last: words, phase: words }),
        ),
      }),
      events: [{ at: words, run: words, is: 'trouble', what: words, agent: words }],
    });

  test('the screen has at most one row less than the window, every row fits, and no byte is obeyed', () => {
    const words = fc.oneof(fc.constantFrom(...nasty), fc.string({ unit: 'binary' }));
    const size = fc.record({
      columns: fc.integer({ min: 1, max: 500 }),
      rows: fc.integer({ min: 1, max: 200 }),
    });
    const view = fc.constantFrom('overview', 'agent', 'help');
    fc.assert(
      fc.property(words, size, view, (chosen, { columns, rows }, shows) => {
        const shown = screen(hostile(chosen), at(columns, rows, { ui: { view: shows, chosen } }));
        expect(shown.length).toBeLessThanOrEqual(Math.max(1, rows - 1));
        for (const row of shown) {
          expect(widthOf(textOf(row))).toBeLessThanOrEqual(columns);
          expect(textOf(row)).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u);
        }
      }),
      { numRuns: 150 },
    );
  });

  test('columns stay aligned under wide characters', () => {
    const agents = ['日本語のタイトル', '🎉 emoji', 'plain', '👩‍👧 🇩🇪 ❤️ 1️⃣'].map((title, i) =>
      agent(i + 1, { title }),
    );
    const rows = lines(scene({ snapshot: snapshot({ agents }) }), at(160, 40)).filter((row) =>
      / a\d /.test(row),
    );
    const starts = rows.slice(0, 4).map((row) => widthOf(row.slice(0, row.indexOf('live 2s'))));
    expect(new Set(starts).size).toBe(1);
  });
});

describe.each([
  [80, 24],
  [200, 50],
  [20, 5],
])('every page at %dx%d', (columns, rows) => {
  const can = () => true;
  const full = scene({
    items: ITEMS,
    item: DETAIL,
    machine: { cores: 8, load: 3.14, freeMemory: 5e9, memory: 16e9 },
  });
  const pages: [string, Ui][] = [
    ['the overview with all keys', { view: 'overview', chosen: 'a2' }],
    ['an agent', { view: 'agent', chosen: 'a1' }],
    ['a conversation', { view: 'agent', chosen: 'a2' }],
    ['the queue', { view: 'queue', chosen: undefined, item: '1kq3v74z' }],
    [
      'the queue with a filter',
      {
        view: 'queue',
        chosen: undefined,
        filter: 'thing db',
        typing: { for: 'filter', about: '', text: 'thing db' },
      },
    ],
    ['an item that failed', { view: 'item', chosen: undefined, item: '1kq3v75z' }],
    ['the help', { view: 'help', chosen: undefined }],
    [
      'a line to an agent',
      {
        view: 'overview',
        chosen: 'a1',
        typing: { for: 'nudge', about: 'a1', text: 'look at the tests '.repeat(20) },
      },
    ],
    [
      'a question',
      {
        view: 'queue',
        chosen: undefined,
        item: '1kq3v73z',
        sure: { key: 'x', does: 'cancel 1kq3v73z', wish: { do: 'cancel', item: '1kq3v73z' } },
      },
    ],
  ];

  test.each(pages)('%s', (_, ui) => {
    const seen = ui.chosen === 'a2' && ui.view === 'agent' ? { ...full, notes: NOTES } : full;
    const shown = lines(seen, at(columns, rows, { ui, can, canPause: true }));
    expect(shown.join('\n')).toMatchSnapshot();
    expect(shown.length).toBeLessThan(rows);
    for (const line of shown) expect(widthOf(line)).toBeLessThanOrEqual(columns);
  });
});

describe('the header', () => {
  const spending = (costUsd: number) => ({ ...NO_SPENDING, spent: { ...NO_SPENDING.spent, costUsd } });
  const money = {
    run: spending(3.42),
    today: spending(11),
    budgets: { item: 10, run: null, day: 50 },
    usdPerHour: 16.3,
    ends: { of: 'day' as const, at: before(-8_600) },
  };

  test('tells how long the rest may take at this pace', () => {
    expect(text(scene(), at(80, 24))).toMatch(/ run +11 landed +1 failed +53 an hour +6m 51s left/);
  });

  test('tells what was spent, of which budget, and when that ends', () => {
    expect(text(scene({ snapshot: snapshot({ money }) }), at(100, 24))).toMatch(
      / spend +\$3\.42 run +\$11\.00 of \$50\.00 today +\$16\.30 an hour +day budget ends at \d\d:\d\d/,
    );
  });

  test('counts down while the account lets nobody begin', () => {
    const gate = {
      is: 'closed' as const,
      waiting: [],
      cause: 'limit' as const,
      text: 'the usage limit is reached',
      until: before(-754),
    };
    const shown = text(scene({ snapshot: snapshot({ gate }) }), at(80, 24));
    expect(shown).toMatch(/ waits +goes on in 12m 34s +the usage limit is reached/);
  });
});

describe('what deals with a problem', () => {
  test.each([
    [{ problems: ['a2 is parked: it died'] }, /a2 is parked: it died {2}harness doctor says what is wrong/],
    [
      { queue: { pending: 0, blocked: 0, claimed: 0, done: 0, failed: 0, held: 2 } },
      /■ 2 items held for a decision {2}tab, then h releases one/,
    ],
    [{ failed: 1 }, /■ 1 item failed {2}tab, then r tries one again/],
  ])('%j', (more, shown) => {
    expect(text(scene({ snapshot: snapshot(more) }), at(100, 24))).toMatch(shown);
  });
});

describe('a conversation', () => {
  const last = (...notes: Note[]) => {
    const timed = notes.map((note) => ({ at: before(5), ...note }));
    return transcriptRows(timed, { columns: 60, height: 10 })
      .map(textOf)
      .map((row) => row.slice(11));
  };

  test('text that streams in gives way to the whole text', () => {
    const streamed: Note[] = [
      { is: 'text-delta', text: 'I lo' },
      { is: 'text-delta', text: 'ok' },
    ];
    expect(last(...streamed)).toEqual(['I look']);
    expect(last(...streamed, { is: 'text', text: 'I look.' })).toEqual(['I look.']);
  });

  test('a tool has one line with how long it takes, then took, and how it failed', () => {
    const tool: Note = { is: 'tool', id: 't', name: 'Bash', input: 'npm test' };
    const progress = (ms: number): Note => ({ is: 'tool-progress', id: 't', name: 'Bash', ms });
    expect(last(tool, progress(3_000), progress(64_000))).toEqual(['Bash  npm test … 1m 04s']);
    expect(
      last(tool, progress(3_000), { is: 'tool-done', id: 't', ms: 5_000, failed: false, text: 'ok' }),
    ).toEqual(['Bash  npm test  5s']);
    expect(last(tool, { is: 'tool-done', id: 't', ms: 5_000, failed: true, text: 'no such file' })).toEqual([
      'Bash  npm test  5s  failed',
      'no such file',
    ]);
  });

  test('hostile text is clean and no wider than the window', () => {
    for (const words of Object.values(HOSTILE)) {
      const seen = scene({
        notes: [
          { at: before(1), is: 'text', text: words },
          { at: before(1), is: 'tool', id: 'x', name: words, input: words },
        ],
      });
      for (const line of lines(seen, at(80, 24, { ui: { view: 'agent', chosen: 'a1' } }))) {
        expect(line).not.toMatch(/[\p{Cc}\p{Cf}\u2028\u2029]/u);
        expect(widthOf(line)).toBeLessThanOrEqual(80);
      }
    }
  });
});
