import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { awaitReply, leaveRequest, replyWith, takeRequests } from '../../src/coordinator/control.ts';

let state: string;
beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), 'harness-control-'));
});
afterEach(() => rmSync(state, { recursive: true, force: true }));

test('a request is taken once, by the run that it names', () => {
  const id = leaveRequest(state, 'r1', 'hold', { item: 'w1' });
  leaveRequest(state, 'r2', 'hold', { item: 'w1' });
  expect(takeRequests(state, 'r1')).toMatchObject([{ id, run: 'r1', verb: 'hold', item: 'w1' }]);
  expect([takeRequests(state, 'r1'), takeRequests(state, 'r2')]).toEqual([[], []]);
});

test.each([
  ['throws', () => JSON.parse('{') as never],
  ['rejects', async () => JSON.parse('{') as never],
])('a request whose deed %s is answered with what went wrong', async (_, act) => {
  const id = leaveRequest(state, 'r1', 'attach', { agent: 'a1' });
  const [request] = takeRequests(state, 'r1');
  await replyWith(state, request as NonNullable<typeof request>, act);
  expect(await awaitReply(state, id, 1_000)).toEqual({ ok: false, text: expect.stringContaining('JSON') });
});

test('an answer that cannot be written does not reject', async () => {
  leaveRequest(state, 'r1', 'attach', { agent: 'a1' });
  const [request] = takeRequests(state, 'r1');
  rmSync(state, { recursive: true });
  await expect(
    replyWith(state, request as NonNullable<typeof request>, () => ({ ok: true, text: 'done' })),
  ).resolves.toBeUndefined();
});
