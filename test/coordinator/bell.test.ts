import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Bell } from '../../src/coordinator/bell.ts';
import { Idle } from '../../src/coordinator/idle.ts';
import { Notifier } from '../../src/coordinator/notifier.ts';
import type { AlertNews } from '../../src/coordinator/alerts.ts';
import type { Happening } from '../../src/journal/event.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'harness-bell-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const at = '2026-11-20T20:00:00.000Z';
const closed: Happening = { is: 'gate-closed', cause: 'limit', text: 'limit reached', until: 'x' };

function bell() {
  const called: string[] = [];
  const notes: string[] = [];
  const setup = {
    state: folder,
    tell: () => undefined,
    notify: ({ is, text }: AlertNews) => called.push(`${is} ${text}`),
    note: (text: string) => notes.push(text),
  };
  const one = new Bell(setup);
  return { called, notes, one, hear: (happening: Happening) => one.hear({ at, run: 'r1', ...happening }) };
}

test('what is open outlives a killed coordinator: the next one calls nobody twice, and tells the end', () => {
  const first = bell();
  first.hear(closed);
  const second = bell();
  second.hear(closed);
  expect(second.one.open).toMatchObject([{ cause: 'limit', since: at }]);
  second.hear({ is: 'gate-opened', cause: 'limit', ms: 1 });
  expect([first.called, second.called]).toEqual([['alert limit reached'], ['alert-over limit reached']]);
});

test('a damaged file and a folder that cannot be written stop nothing', () => {
  writeFileSync(join(folder, 'alerts.json'), '{"format":1,"open":7}');
  expect(bell().one.open).toEqual([]);
  rmSync(folder, { recursive: true });
  const lost = bell();
  lost.hear(closed);
  expect([lost.called.length, lost.notes.length]).toEqual([1, 1]);
  writeFileSync(folder, '');
});

const alert = (text: string): AlertNews => ({ is: 'alert', key: text, cause: 'limit', text, moment: false });

function notifier(command: string) {
  const notes: string[] = [];
  const note = (text: string) => notes.push(text);
  const env = { PATH: process.env.PATH, AWS_SECRET_ACCESS_KEY: 'secret' };
  return { notes, one: new Notifier({ command: () => command, env, folder, run: 'rtest', note }) };
}

const read = (name: string) => readFileSync(join(folder, name), 'utf8');

test('N01: the text of an alert is data to the command, on its input and in its environment, never a part of it', async () => {
  const evil = `$(touch pwned) \`touch pwned\`; touch pwned '"\u001b]0;x\u0007\nsecond`;
  const { one } = notifier('cat >input; printf %s "$HARNESS_ALERT" >variable; env >environment');
  one.send(alert(evil));
  await one.close();
  expect(existsSync(join(folder, 'pwned'))).toBe(false);
  const plain = `$(touch pwned) \`touch pwned\`; touch pwned '" second`;
  expect([read('input'), read('variable')]).toEqual([`${plain}\n`, plain]);
  expect(read('environment')).toContain('HARNESS_ALERT_CAUSE=limit');
  expect(read('environment')).not.toContain('secret');
});

test('N01: a command that hangs, fails or cannot be found hurts nobody, and what it printed is not kept', async () => {
  const hanging = notifier('sleep 60');
  hanging.one.send(alert('x'));
  const began = performance.now();
  await hanging.one.close();
  expect(performance.now() - began).toBeLessThan(9_000);
  const failing = notifier('echo https://hooks.example/secret; exit 22');
  failing.one.send(alert('x'));
  await expect.poll(() => failing.notes).toEqual(['notify.command ended with exit code 22; the alert was x']);
  await failing.one.close();
  const missing = notifier('no-such-program');
  missing.one.send(alert('x'));
  await expect.poll(() => missing.notes).toEqual([expect.stringContaining('exit code 127')]);
  await missing.one.close();
  missing.one.send(alert('after the end'));
});

test('N01: a command that works again is called with what waited', async () => {
  const { one, notes } = notifier('test -e up && cat >>got');
  one.send(alert('first'));
  one.send(alert('second'));
  await expect.poll(() => notes.length).toBe(1);
  writeFileSync(join(folder, 'up'), '');
  await expect
    .poll(() => existsSync(join(folder, 'got')) && read('got'), { timeout: 10_000 })
    .toBe('first\nsecond\n');
  await one.close();
});

test('N02: a storm of calls keeps the last ones, and says how many were dropped', async () => {
  const { one } = notifier('test -e up || { touch up; sleep 1; }; cat >>got');
  for (let n = 1; n <= 100; n++) one.send(alert(`alert ${n}`));
  await expect
    .poll(() => existsSync(join(folder, 'got')) && read('got'), { timeout: 20_000 })
    .toContain('alert 100');
  const lines = read('got').trim().split('\n');
  expect(lines).toHaveLength(21);
  expect(lines[1]).toBe('alert 81 (79 alerts before it were dropped)');
  await one.close();
});

test('an empty queue is told when the last work has ended, not where there never was any', () => {
  const idle = new Idle();
  const counts = { pending: 1, claimed: 0, done: 0, failed: 1, held: 2, blocked: 1 };
  const look = (more: object, ready = 0) => idle.look({ counts: { ...counts, ...more }, ready });
  expect(look({})).toBeUndefined();
  expect(look({ claimed: 1 })).toBeUndefined();
  expect(look({}, 1)).toBeUndefined();
  expect(look({})).toEqual({ is: 'queue-empty', blocked: 1, held: 2, failed: 1 });
  expect(look({})).toBeUndefined();
  expect(look({ pending: 2 })).toBeUndefined();
  expect(look({})).toBeDefined();
});
