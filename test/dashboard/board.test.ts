import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { replaceFile } from '../../src/durable.ts';
import { Board } from '../../src/dashboard/board.ts';
import type { BoardSetup } from '../../src/dashboard/board.ts';
import { Queue } from '../../src/queue/queue.ts';
import { newWorkItem } from '../../src/queue/work-item.ts';
import { agent, snapshot } from './scene-fixture.ts';

let home: string;
let state: string;
let board: Board;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'harness-board-'));
  state = join(home, 'state');
  mkdirSync(state);
});
afterEach(() => {
  board.close();
  rmSync(home, { recursive: true });
});

const open = (setup: Omit<BoardSetup, 'state'> = {}): Board => (board = new Board({ state, ...setup }));
const write = (more: Parameters<typeof snapshot>[0] = {}) =>
  replaceFile(join(state, 'snapshot.json'), JSON.stringify(snapshot(more)));

test('q leaves, and so does ^C where nobody else wants it', async () => {
  open().press({ is: 'text', text: 'q' });
  expect(await board.end).toBe('left');
  board.close();
  open().press({ is: 'quit' });
  expect(await board.end).toBe('left');
});

test('a gives the terminal to an agent, and what came of it is said where the dashboard begins anew', async () => {
  write({ agents: [agent(1)] });
  open({ canAttach: true }).press({ is: 'text', text: 'a' });
  expect(await board.end).toEqual({ attach: 'a1' });
  board.close();
  open({ canAttach: true, first: { chosen: 'a1', notice: 'a1 goes on' } });
  expect(board.shown()).toMatchObject({ ui: { view: 'overview', chosen: 'a1' }, notice: 'a1 goes on' });
});

test('^C is handed on where somebody wants it, and the answer is shown', () => {
  let asked = 0;
  const ask = () => `asked ${++asked} times`;
  open({ interrupt: { does: 'drain', ask } }).press({ is: 'quit' });
  expect(board.shown().notice).toBe('asked 1 times');
  board.press({ is: 'quit' });
  expect(board.shown().notice).toBe('asked 2 times');
});

test('p asks for a pause, and in a paused run for its end', () => {
  const asked: boolean[] = [];
  const pause = (paused: boolean) => {
    asked.push(paused);
    return paused ? 'pauses' : 'goes on';
  };
  write();
  open({ pause }).press({ is: 'text', text: 'p' });
  expect(board.shown().notice).toBe('pauses');
  board.close();
  write({ state: 'paused' });
  open({ pause }).press({ is: 'text', text: 'p' });
  expect(asked).toEqual([true, false]);
});

test('p does nothing where nobody listens', () => {
  open().press({ is: 'text', text: 'p' });
  expect(board.shown().notice).toBeUndefined();
});

test('keys change the view, and who listens hears of it until he stops', () => {
  write();
  let changes = 0;
  const stop = open().subscribe(() => changes++);
  board.press({ is: 'down' });
  board.press({ is: 'enter' });
  expect(board.shown().ui).toEqual({ view: 'agent', chosen: 'a1' });
  expect(changes).toBe(2);
  stop();
  board.press({ is: 'back' });
  expect(changes).toBe(2);
});

test('news comes by itself, and a run that has ended ends a dashboard that waits for it', async () => {
  write();
  open({ untilEnded: true });
  write({ state: 'ended', landed: 12 });
  expect(await board.end).toBe('ended');
  expect(board.shown().scene.snapshot?.landed).toBe(12);
});

test('a run that had ended before it was opened ends it too', async () => {
  write({ state: 'ended' });
  expect(await open({ untilEnded: true }).end).toBe('ended');
});

test('it can be ended from outside, before and after it was opened', async () => {
  const abort = new AbortController();
  open({ signal: abort.signal });
  abort.abort();
  expect(await board.end).toBe('ended');
  board.close();
  expect(await open({ signal: abort.signal }).end).toBe('ended');
});

test('a deed is asked for, and what came of it is shown; an error in its own words', async () => {
  const asked: unknown[] = [];
  const hold = async (deed: unknown) => {
    asked.push(deed);
    if (asked.length > 1) throw new Error('it is gone');
    return 'x: held';
  };
  write({ agents: [agent(1)] });
  open({ deeds: { hold } });
  for (const expected of ['x: held', 'it is gone']) {
    for (const key of [{ is: 'down' }, { is: 'text', text: 'h' }, { is: 'text', text: 'h' }] as const)
      board.press(key);
    expect(board.shown().notice).toBe('hold 1kq3v71z: asked for');
    await new Promise((resolve) => setImmediate(resolve));
    expect(board.shown().notice).toBe(expected);
  }
  expect(asked[0]).toEqual({ do: 'hold', item: '1kq3v71z' });
});

test('the queue is read while somebody looks at it, and only then', () => {
  write();
  const item = newWorkItem({ title: 'first' }, { id: 'one', addedMs: 0 });
  Queue.open(join(home, 'queue')).add(item);
  open();
  expect(board.shown().scene.items).toBeUndefined();
  board.press({ is: 'tab' });
  expect(board.shown().scene.items).toMatchObject([{ title: 'first', place: 'pending' }]);
  board.press({ is: 'enter' });
  expect(board.shown().scene.item).toMatchObject({ attempts: [] });
});
