import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { replaceFile } from '../../src/durable.ts';
import { Board } from '../../src/dashboard/board.ts';
import type { BoardSetup } from '../../src/dashboard/board.ts';
import { snapshot } from './scene-fixture.ts';

let state: string;
let board: Board;
beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), 'harness-board-'));
});
afterEach(() => {
  board.close();
  rmSync(state, { recursive: true });
});

const open = (setup: Omit<BoardSetup, 'state'> = {}): Board => (board = new Board({ state, ...setup }));
const write = (more: Parameters<typeof snapshot>[0] = {}) =>
  replaceFile(join(state, 'snapshot.json'), JSON.stringify(snapshot(more)));

test('q leaves, and so does ^C where nobody else wants it', async () => {
  open().press('leave');
  expect(await board.end).toBe('left');
  board.close();
  open().press('interrupt');
  expect(await board.end).toBe('left');
});

test('^C is handed on where somebody wants it, and the answer is shown', () => {
  let asked = 0;
  const ask = () => `asked ${++asked} times`;
  open({ interrupt: { does: 'drain', ask } }).press('interrupt');
  expect(board.shown().notice).toBe('asked 1 times');
  board.press('interrupt');
  expect(board.shown().notice).toBe('asked 2 times');
});

test('p asks for a pause, and in a paused run for its end', () => {
  const asked: boolean[] = [];
  const pause = (paused: boolean) => {
    asked.push(paused);
    return paused ? 'pauses' : 'goes on';
  };
  write();
  open({ pause }).press('pause');
  expect(board.shown().notice).toBe('pauses');
  board.close();
  write({ state: 'paused' });
  open({ pause }).press('pause');
  expect(asked).toEqual([true, false]);
});

test('p does nothing where nobody listens', () => {
  open().press('pause');
  expect(board.shown().notice).toBeUndefined();
});

test('keys change the view, and who listens hears of it until he stops', () => {
  write();
  let changes = 0;
  const stop = open().subscribe(() => changes++);
  board.press('down');
  board.press('enter');
  expect(board.shown().ui).toEqual({ view: 'agent', chosen: 'a1' });
  expect(changes).toBe(2);
  stop();
  board.press('back');
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
