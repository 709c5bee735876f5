import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Sandbox } from './sandbox.ts';

let box: Sandbox;
beforeEach(() => {
  box = new Sandbox();
});
afterEach(() => box.close());

const run = (agents = 1) => box.harness(['parallel', '--agents', String(agents), '--until-empty']);
const phases = () => box.journal().flatMap((one) => (one.is === 'phase' ? [one.phase] : []));
const happened = (is: string) => box.journal().filter((one) => one.is === is);

test('A03 an agent that is killed in mid-turn goes on in the same conversation and the same attempt', async () => {
  const id = await box.add('cut off', '[[bash:echo one >> a.txt]][[die]][[bash:echo two >> a.txt]]');
  expect(await run()).toMatchObject({ code: 0, stderr: '' });
  expect(box.git('show', 'harness/integration:a.txt')).toBe('one\ntwo');
  expect(await box.show(id)).toMatchObject({ place: 'done', attempts: [{ attempt: 1, outcome: 'landed' }] });
  expect(phases()).toEqual(['preparing', 'implementing', 'recovering', 'recovering', 'verifying']);
  const started = happened('session-started');
  expect(started).toHaveLength(2);
  expect(new Set(started.map((one) => 'session' in one && one.session)).size).toBe(1);
  expect(started[1]).toMatchObject({ resumed: true });
  expect(happened('session-ended')[0]).toMatchObject({ signal: 'SIGKILL', code: null });
});

test('A06, C12: an item that kills every session is charged and fails before agents are parked', async () => {
  const poison = await box.add('poison', '[[die:always]]');
  const fine = await box.add('fine', '[[write:fine.txt|1]]');
  expect(await run()).toMatchObject({ code: 1 });
  expect(await box.show(poison)).toMatchObject({ place: 'failed', reason: 'session-died' });
  expect(await box.show(fine)).toMatchObject({ place: 'done' });
  expect(happened('agent-parked')).toEqual([]);
  expect(happened('dies-often').length).toBeLessThanOrEqual(1);
}, 120_000);

test('A10 a conversation that is lost is taken over by a new one that is told what is there', async () => {
  const body = '[[write:half.txt|1]][[commit:half of it]][[die:forget]][[anew]][[write:whole.txt|1]]';
  const id = await box.add('lost', body);
  expect(await run()).toMatchObject({ code: 0 });
  expect(await box.show(id)).toMatchObject({ place: 'done', attempts: [{ attempt: 1 }] });
  expect(happened('session-replaced')).toMatchObject([{ cause: expect.stringContaining('SIGKILL') }]);
  expect(box.git('show', 'harness/integration:half.txt')).toBe('1');
});

test("the agent's tally of deaths is kept in its folder", async () => {
  await box.add('cut off', '[[die]]');
  await run();
  const file = join(box.home, 'state/agents/a1/restarts.json');
  expect(JSON.parse(readFileSync(file, 'utf8')).deaths).toHaveLength(1);
});
