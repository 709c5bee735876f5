import { expect, test } from 'vitest';
import { invariantsOf, setsOf } from '../../src/soak/invariants.ts';
import type { Evidence } from '../../src/soak/evidence.ts';
import type { Happening } from '../../src/journal/event.ts';

const at = { at: '2026-11-20T20:00:00.000Z', run: 'r1' };
const of = (attempt = 1) => ({ item: 'x', attempt, agent: 'a1' });
const story = (...list: Happening[]) => list.map((one) => ({ ...at, ...one }));
const claimed: Happening = { ...of(), is: 'claimed', title: 'x' };
const landed: Happening = { ...of(), is: 'landed', commit: 'c' };
const ended: Happening = { is: 'run-ended', why: 'drained', exitCode: 0, landed: 1, failed: 0, left: 0 };
const alert: Happening = { is: 'alert', key: 'k', cause: 'limit', text: 't', moment: false };

const sound: Evidence = {
  added: ['x'],
  items: [{ id: 'x', title: 'item 0', place: 'done', attempt: 1, charged: 0 }],
  landings: { x: 1 },
  titles: new Set(['item 0']),
  events: story(claimed, landed, ended),
  processes: [],
  leftovers: [],
  dirty: [],
  user: { before: 'h', after: 'h' },
  bytes: { state: 1, temporary: 0 },
  exitCode: 130,
  costUsd: 0,
};

const broken = (more: Partial<Evidence>) =>
  invariantsOf({ ...sound, ...more }).flatMap(({ id, broken: by }) => (by.length > 0 ? [id] : []));

test('what went well breaks nothing', () => {
  expect(broken({})).toEqual([]);
  expect(Object.values(setsOf(sound)).flat()).toEqual([]);
});

const [item] = sound.items;

test.each<[string, Partial<Evidence>, string]>([
  ['an item that is in two places', { items: [...sound.items, ...sound.items] }, 'I1'],
  ['an attempt number that comes again', { events: story(claimed, claimed, landed, ended) }, 'I2'],
  ['an added item that is gone', { added: ['x', 'y'] }, 'I3'],
  ['an item that landed twice', { landings: { x: 2 } }, 'I4'],
  [
    'a landing after the lease was lost',
    { events: story(claimed, { ...of(), is: 'lease-lost' }, landed, ended) },
    'I5',
  ],
  ['a process that is left', { processes: ['process 7'] }, 'I6'],
  ['a lock that is left', { leftovers: ['worktrees/x/index.lock'] }, 'I7'],
  ['work that was not saved', { dirty: ['a1'] }, 'I9'],
  ['a state folder that grew too large', { bytes: { state: 1e9, temporary: 0 } }, 'I10'],
  ["a change of the user's settings", { user: { before: 'h', after: 'i' } }, 'I11'],
  ['a journal without an end', { events: story(claimed, landed) }, 'I12'],
  ['an exit code that says otherwise', { exitCode: 1 }, 'I12'],
  [
    'an attempt without an end',
    { events: story(claimed, landed, { ...of(2), is: 'claimed', title: 'x' }, ended) },
    'I14',
  ],
  ['an alert that is told twice', { events: story(claimed, landed, alert, alert, ended) }, 'I15'],
])('%s is seen', (_, more, id) => {
  expect(broken(more)).toEqual([id]);
});

test('what nobody added, and what did not finish, is seen', () => {
  expect(setsOf({ ...sound, titles: new Set() }).unexpected).toEqual(['x']);
  expect(setsOf({ ...sound, landings: { x: 1, z: 1 } }).unexpected).toEqual(['z']);
  const left = item ? [{ ...item, place: 'pending' as const }] : [];
  expect(setsOf({ ...sound, items: left }).unfinished).toEqual(['x']);
});
