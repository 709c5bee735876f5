import { describe, expect, test } from 'vitest';
import { sinceMs } from '../../src/commands/since.ts';
import { HarnessError } from '../../src/errors.ts';
import type { JournalEvent } from '../../src/journal/event.ts';
import { page } from '../../src/report/page.ts';
import { reportOf } from '../../src/report/report.ts';
import { sectionsOf } from '../../src/report/sections.ts';
import { sparkline } from '../../src/report/sparkline.ts';
import { shortstats } from '../../src/worktree/changes.ts';
import { HOSTILE } from '../dashboard/scene-fixture.ts';
import { before, evidence, ITEMS, NIGHT, NOW } from './evidence-fixture.ts';

process.env.TZ = 'UTC'; // what is shown is local time
const night = reportOf(evidence());

test('tells what landed: title, commit, change, cost, attempts, time', () => {
  expect(night.landed).toEqual([
    {
      id: 'one',
      title: 'Land me',
      at: before(579),
      commit: 'd'.repeat(40),
      change: { files: 2, added: 12, removed: 3 },
      costUsd: 1.5,
      attempts: 1,
      tookMs: 20 * 60_000,
    },
  ]);
});

test('tells what failed with the evidence, and counts what a person cancelled apart', () => {
  expect(night.failed).toEqual([
    {
      id: 'two',
      title: 'Fail me',
      at: before(360),
      reason: 'check-failed',
      evidence: 'npm test failed with 1:\n  expected 2 to be 3',
      branch: 'harness/two-3',
      rescued: 'refs/harness/rescue/two.3',
      costUsd: 1,
      attempts: 3,
    },
  ]);
  expect(night.cancelled).toBe(1);
});

test('what was retried meanwhile has not failed', () => {
  const items = ITEMS.map((item) => (item.id === 'two' ? { ...item, place: 'pending' as const } : item));
  expect(reportOf(evidence({ items })).failed).toEqual([]);
});

test('names what waits for a person, each with the command that deals with it', () => {
  expect(night.waiting.map(({ what, command }) => [what, command])).toEqual([
    ['a2', 'harness doctor'],
    ['the target', 'git status'],
    ['two Fail me', 'harness queue retry two'],
    ['ask Which way', 'harness answer ask "…"'],
    ['four Hold me', 'harness queue release four'],
    ['five After two', 'harness why five'],
  ]);
});

test.each([
  ['a run that was killed', NIGHT, ITEMS, 'it was killed; it is recovered at the next start'],
  ['work without a run', [], ITEMS, 'nothing runs'],
  ['nothing to do', [], [], undefined],
] as [string, JournalEvent[], typeof ITEMS, string | undefined][])(
  'where nothing runs: %s',
  (_, events, items, why) => {
    expect(reportOf(evidence({ events, items, isRunning: false })).waiting[0]?.why).toBe(why);
  },
);

test('spend by item and agent, the most expensive first, and over time', () => {
  const { spend, course } = night;
  expect(spend).toEqual({
    totalUsd: 2,
    turns: 2,
    items: [
      { name: 'one', costUsd: 1.5, turns: 1 },
      { name: 'two', costUsd: 0.5, turns: 1 },
    ],
    agents: [
      { name: 'a1', costUsd: 1.5, turns: 1 },
      { name: 'a2', costUsd: 0.5, turns: 1 },
    ],
    models: [{ name: 'opus', costUsd: 1.5, turns: 1 }],
  });
  expect(course).toMatchObject({ from: before(600), stepMs: 15 * 60_000 });
  expect(course.landed[1]).toBe(1);
  expect(course.costUsd[0]).toBe(1.5);
  expect(course.costUsd.reduce((sum, one) => sum + one, 0)).toBe(2);
});

test('the slowest steps; those of a killed run end with it', () => {
  expect(night.slowest.slice(0, 3).map(({ item, phase, ms }) => [item, phase, ms / 60_000])).toEqual([
    ['two', 'preparing', 30],
    ['one', 'verifying', 10],
    ['one', 'implementing', 8],
  ]);
  const killed = reportOf(evidence({ events: NIGHT.filter(({ is }) => is !== 'failed') })).slowest[0];
  expect(killed).toEqual({ item: 'two', attempt: 3, agent: 'a2', phase: 'preparing', ms: 41 * 60_000 });
});

test('limits, restarts and what one might wonder about', () => {
  expect(night.limits).toEqual([
    { at: before(500), cause: 'limit', text: 'the usage limit is reached', waitedMs: 6_000_000 },
  ]);
  expect(night.restarts).toEqual({
    runs: 1,
    sessions: [{ agent: 'a2', deaths: 1, cause: 'SIGKILL' }],
    replaced: 0,
    incidents: 0,
  });
  expect(night.anomalies).toEqual([
    '1 turn ended without an answer (died)',
    'the disk is full; it is tried again (2 times)',
  ]);
});

test('only what happened since then is told, but what waits, waits since whenever', () => {
  const late = reportOf(evidence({ fromMs: NOW - 60_000 }));
  expect(late).toMatchObject({ landed: [], failed: [], spend: { totalUsd: 0 }, slowest: [] });
  expect(late.waiting).toHaveLength(night.waiting.length);
});

test('as lines for a terminal', () => {
  expect(sectionsOf(night)).toMatchSnapshot();
});

describe('as a page', () => {
  const titles = [
    '<script>alert(1)</script>',
    '"><img src=x onerror=alert(1)>',
    "'`&lt;",
    ...Object.values(HOSTILE),
  ];
  const items = ITEMS.flatMap((item) =>
    titles.map((title, i) => ({
      ...item,
      id: `${item.id}${i}`,
      title,
      attempts: item.attempts.map((one) => ({ ...one, finding: title, branch: title })),
    })),
  );
  const events = NIGHT.flatMap((event): JournalEvent[] =>
    'item' in event && event.item !== undefined
      ? titles.map((text, i) => ({ ...event, item: `${event.item}${i}`, text }) as JournalEvent)
      : [event],
  );
  const text = page(reportOf(evidence({ items, events })));

  test('everything that others wrote is text', () => {
    expect(text.includes('&lt;script&gt;alert(1)&lt;/script&gt;')).toBe(true);
    expect(text.match(/<script|<img|<[^>]*onerror|javascript:/g)).toBe(null);
    expect(text.match(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202e]/g)).toBe(null);
  });

  test('nothing is loaded from anywhere', () => {
    const loading =
      /<[^>]*\s(?:src|href|srcset|data|action)=|url\(|@import|<(?:link|iframe|object|embed|base|form)\b/g;
    expect(text.match(loading)).toBe(null);
    expect(text.includes(`content="default-src 'none'; style-src 'unsafe-inline'"`)).toBe(true);
  });
});

test('sparklines: as high as the number, nothing for nothing, neighbours together', () => {
  expect(sparkline([0, 1, 4, 8])).toBe(' ▁▄█');
  expect(sparkline([0, 1, 4, 8], { ascii: true })).toBe(' _~#');
  expect(sparkline([1, 1, 4, 0], { width: 2 })).toBe('▄█');
  expect(sparkline([])).toBe('');
  expect(sparkline([0, 0])).toBe('  ');
});

test('the change of a commit is read as git prints it', () => {
  const [one, two, three] = ['a', 'b', 'c'].map((sign) => sign.repeat(40));
  const text = `${one}\n\n 2 files changed, 12 insertions(+), 3 deletions(-)\n${two}\n\n 1 file changed, 1 deletion(-)\n${three}\n`;
  expect([...shortstats(text)]).toEqual([
    [one, { files: 2, added: 12, removed: 3 }],
    [two, { files: 1, added: 0, removed: 1 }],
    [three, { files: 0, added: 0, removed: 0 }],
  ]);
});

test('--since understands times of day, durations and moments', () => {
  const now = new Date(2026, 10, 21, 7, 30).getTime();
  expect(sinceMs('22:00', now)).toBe(new Date(2026, 10, 20, 22).getTime());
  expect(sinceMs('7:15', now)).toBe(new Date(2026, 10, 21, 7, 15).getTime());
  expect(sinceMs('90m', now)).toBe(now - 90 * 60_000);
  expect(sinceMs('2d', now)).toBe(now - 2 * 86_400_000);
  expect(sinceMs('2026-11-20T08:00', now)).toBe(new Date(2026, 10, 20, 8).getTime());
  for (const wrong of ['', 'noon', '25:00', '5', '-3h'])
    expect(() => sinceMs(wrong, now)).toThrow(HarnessError);
});
