import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ended, Sandbox } from './sandbox.ts';

let box: Sandbox;
beforeEach(() => {
  box = new Sandbox();
});
afterEach(() => box.close());

const ok = async (...args: string[]): Promise<string> => {
  const ran = await box.harness(args);
  expect(ran).toMatchObject({ code: 0, stderr: '' });
  return ran.stdout;
};
const json = async (...args: string[]) => JSON.parse(await ok(...args, '--json'));

test('without a run, every verb does its work by itself', async () => {
  const id = await box.add('first', 'body');
  expect(await ok('queue', 'hold', id.slice(0, 8))).toBe(`${id}: held (asked), normal\n`);
  expect(await ok('queue', 'release', id)).toBe(`${id}: pending, normal\n`);
  expect(await ok('queue', 'priority', id, 'high')).toBe(`${id}: pending, high\n`);
  expect(await ok('queue', 'cancel', id)).toBe(`${id}: failed (cancelled), high\n`);
  expect(await json('queue', 'retry', id)).toEqual([
    { id, place: 'pending', reason: 'retried', priority: 'high' },
  ]);
  expect(await ok('queue', 'edit', id, '--title', 'second', '--check', 'true', '--label', 'db')).toBe(
    `${id}: changed\n`,
  );
  expect(await box.show(id)).toMatchObject({
    title: 'second',
    body: 'body',
    priority: 'high',
    labels: ['db'],
    checks: ['true'],
  });
  await ok('queue', 'edit', id, '--clear', 'labels', '--clear', 'body');
  expect(await box.show(id)).toMatchObject({ labels: [], body: '', checks: ['true'] });
});

test('a wrong id, verb or value changes nothing and says what to do', async () => {
  const id = await box.add('first', '');
  for (const [args, message] of [
    [['queue', 'hold', id, 'ghost'], 'there is no work item "ghost"'],
    [['queue', 'retry', id], `item ${id} is pending; retry takes failed ones`],
    [['queue', 'priority', id, 'huge'], '"huge" is not a priority'],
    [['queue', 'edit', id], 'nothing to change'],
    [['queue', 'add', 'x', '--after', 'ghost'], 'there is no work item "ghost"'],
    [['queue', 'add', 'x', '--not-before', 'soon'], '"soon" is not a moment'],
    [['queue', 'list', '--place', 'moon'], '"moon" is not a place'],
    [['batch', 'show', 'none'], 'no batch is called "none"; there are none'],
  ] as const) {
    const ran = await box.harness([...args]);
    expect(ran).toMatchObject({ code: 2, stdout: '' });
    expect(ran.stderr).toContain(message);
  }
  expect(await box.list()).toMatchObject([{ id, place: 'pending' }]);
});

test('a body comes from standard input', async () => {
  const ran = await box.harness(['queue', 'add', 'from a pipe', '--body', '-', '--json'], {
    input: 'line 1\nline 2\n',
  });
  expect(await box.show(JSON.parse(ran.stdout).id)).toMatchObject({ body: 'line 1\nline 2\n' });
});

test('an import adds all or nothing, and what it adds can be listed by what it is', async () => {
  const file = join(box.root, 'items.yaml');
  writeFileSync(
    file,
    'batch: sprint\nitems:\n- {id: one, title: first, labels: [db]}\n- {id: two, title: second, after: [one], priority: high}\n',
  );
  expect(await ok('queue', 'import', file, '--dry-run')).toBe('2 items could be added\n');
  expect(await box.list()).toEqual([]);
  expect(await ok('queue', 'import', file)).toBe('one\ntwo\n');
  const ids = async (...filter: string[]) =>
    (await json('queue', 'list', ...filter)).map((one: { id: string }) => one.id);
  expect(await ids()).toEqual(['two', 'one']);
  expect(await ids('--blocked')).toEqual(['two']);
  expect(await ids('--label', 'db')).toEqual(['one']);
  expect(await ids('--priority', 'high', '--batch', 'sprint')).toEqual(['two']);
  expect(await ids('--place', 'done', '--place', 'held')).toEqual([]);
  expect(await ids('--limit', '1')).toEqual(['two']);
  expect(await ok('queue', 'list')).toBe(
    'two  pending  high    after one  second\none  pending  normal             first\n',
  );
  writeFileSync(file, '- {id: three, title: third}\n- {id: one, title: other}\n');
  expect(await box.harness(['queue', 'import', file])).toMatchObject({ code: 2, stdout: '' });
  expect(await ids()).toEqual(['two', 'one']);
});

test('a batch is followed and moved as one', async () => {
  await box.add('one', '[[write:a|1]][[commit:a]]', '--batch', 'b', '--id', 'b1');
  await box.add('two', '[[write:b|1]][[commit:b]]', '--batch', 'b', '--id', 'b2', '--after', 'b1');
  await box.add('other', '', '--id', 'x');
  expect(await json('batch', 'hold', 'b')).toEqual([
    { id: 'b1', place: 'held' },
    { id: 'b2', place: 'held' },
  ]);
  await ok('queue', 'cancel', 'x');
  await ok('batch', 'release', 'b');
  expect(await box.harness(['parallel', '--agents', '2', '--until-empty'])).toMatchObject({ code: 0 });
  expect(await json('batch', 'list')).toMatchObject([
    { name: 'b', items: 2, done: 2, pending: 0, leftMs: null },
  ]);
  expect(await ok('batch', 'show', 'b')).toContain('b: 2 of 2 done\n');
  const claims = box.journal().filter((one) => one.is === 'claimed');
  expect(claims.map((one) => one.item)).toEqual(['b1', 'b2']);
});

describe('while a run works on an item', () => {
  const start = async (body: string) => {
    const id = await box.add('long', body);
    const run = box.start(['parallel', '--agents', '1']);
    const end = ended(run);
    await box.until('the agent writes', () =>
      box.journal().some((one) => one.is === 'phase' && one.phase === 'implementing'),
    );
    return { id, end };
  };

  test.each([
    ['cancel', 'failed', 'cancelled'],
    ['hold', 'held', 'asked'],
  ] as const)('%s interrupts it, saves its work and leaves it %s', async (verb, place, reason) => {
    const { id, end } = await start('[[write:draft.txt|half]][[sleep:60]]');
    await box.until('the draft is there', () => box.draft('draft.txt'));
    expect(await json('queue', verb, id)).toMatchObject([{ id, place, reason }]);
    const { attempts } = await box.show(id);
    expect(attempts).toMatchObject([{ attempt: 1, charged: false, rescued: `refs/harness/rescue/${id}.1` }]);
    expect(await json('why', id)).toMatchObject([{ id, text: expect.stringContaining(place) }]);
    await ok('stop');
    expect(await end).toMatchObject({ code: 0 });
  });

  test('what would change it is refused, and why says who works on it', async () => {
    const { id, end } = await start('[[sleep:60]]');
    const refused = await box.harness(['queue', 'priority', id, 'low']);
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining(`a1 works on item ${id}`) });
    expect((await box.harness(['queue', 'edit', id, '--title', 'x'])).code).toBe(2);
    expect(await ok('why', id)).toBe(`${id} a1 works on it (attempt 1)\n`);
    await ok('stop');
    await end;
  });
});

test('why tells the whole chain of causes', async () => {
  await box.add('one', '', '--id', 'one');
  await box.add('two', '', '--id', 'two', '--after', 'one', '--not-before', '2031-01-01T00:00:00Z');
  await ok('queue', 'hold', 'one', '--reason', 'question');
  expect((await ok('why', 'two')).trim().split('\n')).toEqual([
    'two is not begun before 2031-01-01T00:00:00.000Z',
    'two comes after one (not done)',
    'one is held (question) until harness queue release one; harness ask lists what agents ask',
    'two waits for a run: nothing works on this queue; start harness parallel',
  ]);
});
