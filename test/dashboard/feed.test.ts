import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { writeRunFile } from '../../src/coordinator/run-file.ts';
import { replaceFile } from '../../src/durable.ts';
import { Feed } from '../../src/dashboard/feed.ts';
import { isStale } from '../../src/dashboard/scene.ts';
import { EVENTS, snapshot } from './scene-fixture.ts';

let state: string;
let feed: Feed | undefined;
beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), 'harness-feed-'));
});
afterEach(() => {
  feed?.close();
  rmSync(state, { recursive: true });
});

const follow = (after?: string): Feed =>
  (feed = new Feed({ state, ...(after !== undefined && { starting: { after } }) }));
const iso = (msAgo: number) => new Date(Date.now() - msAgo).toISOString();
const write = (more: Parameters<typeof snapshot>[0] = {}) =>
  replaceFile(join(state, 'snapshot.json'), JSON.stringify(snapshot({ at: iso(0), ...more })));
const happen = (event: object) => appendFileSync(join(state, 'journal.ndjson'), `${JSON.stringify(event)}\n`);

test('a home in which nothing ever ran has no snapshot and no events', () => {
  expect(follow().look()).toMatchObject({ snapshot: undefined, events: [] });
});

test('what was already there is seen, then what is new', () => {
  write();
  happen(EVENTS[0] as object);
  const seen = follow().look();
  expect(seen).toMatchObject({ snapshot: { landed: 11 }, events: [EVENTS[0]] });
  write({ landed: 12 });
  happen(EVENTS[2] as object);
  expect(feed?.look()).toMatchObject({ snapshot: { landed: 12 }, events: [EVENTS[0], EVENTS[2]] });
});

test('a scene that looks the same is the same', () => {
  write({ state: 'ended' });
  const first = follow().look();
  expect(feed?.look()).toBe(first);
  write({ state: 'ended', landed: 12 });
  expect(feed?.look()).not.toBe(first);
});

test('a snapshot of another format, torn or missing leaves the last one', () => {
  write();
  follow().look();
  for (const text of ['{"format":2}', '{"format":1,', 'null', '']) {
    writeFileSync(join(state, 'snapshot.json'), text);
    expect(feed?.look().snapshot?.landed).toBe(11);
  }
  rmSync(join(state, 'snapshot.json'));
  expect(feed?.look().snapshot?.landed).toBe(11);
});

test('the run before is not shown while the new one starts', () => {
  write({ run: 'r-old', state: 'ended' });
  expect(follow('r-old').look()).toMatchObject({ snapshot: undefined, starting: true });
  write({ run: 'r-new' });
  expect(feed?.look().snapshot?.run).toBe('r-new');
});

test('an old snapshot is told by its age at first, and whether its run lives by the process', () => {
  write({ at: iso(60_000), run: 'r1' });
  const unknown = follow().look();
  expect(unknown.silentMs).toBeGreaterThanOrEqual(60_000);
  expect(isStale(unknown)).toBe(true);
  expect(unknown.coordinator).toBe('unverifiable');
  writeRunFile(state, { run: 'r1', startedAt: iso(90_000) });
  expect(follow().look().coordinator).toBe('live');
  writeRunFile(state, { run: 'r2', startedAt: iso(90_000) });
  expect(follow().look().coordinator).toBe('exited');
});

test('a clock that was set back makes no news of an old snapshot, and no age of a new one', () => {
  write({ at: iso(-3_600_000) });
  expect(follow().look().silentMs).toBeLessThan(5_000);
});

test('the journal is followed across a rotation, and only so much of it is kept', () => {
  for (let i = 0; i < 600; i++) happen({ ...EVENTS[0], title: `number ${i}` });
  expect(follow().look().events).toHaveLength(500);
  renameSync(join(state, 'journal.ndjson'), join(state, 'journal.ndjson.1'));
  happen(EVENTS[2] as object);
  expect(feed?.look().events.at(-1)).toEqual(EVENTS[2]);
});

test('nothing is written', () => {
  write();
  happen(EVENTS[0] as object);
  const shape = () => readdirSync(state).map((name) => `${name} ${statSync(join(state, name)).mtimeMs}`);
  const before = shape();
  follow().look();
  expect(shape()).toEqual(before);
});
