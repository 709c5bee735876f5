import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Sandbox } from './sandbox.ts';

let box: Sandbox;
beforeEach(() => {
  box = new Sandbox();
});
afterEach(() => box.close());

const agents = async () => (await box.status()).agents.map(({ agent, state }) => `${agent} ${state}`);
const claims = (agent: string) => box.journal().filter((one) => one.is === 'claimed' && one.agent === agent);

async function end(run: ReturnType<Sandbox['start']>): Promise<void> {
  await box.harness(['stop']);
  await box.until('the run has ended', () => run.exitCode !== null);
}

test('a run is scaled up at once and down by draining, and a killed coordinator keeps to that', async () => {
  const long = '[[sleep:3]][[write:long.txt|x]]';
  await box.add('long', long);
  const run = box.start(['parallel', '--agents', '1']);
  await box.happens('claimed');
  expect(await box.harness(['scale', '3'])).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('3 agents'),
  });
  for (const n of [1, 2, 3]) await box.add(`item ${n}`, `[[sleep:2]][[write:${n}.txt|x]]`);
  await box.until('all three work', () => claims('a2').length > 0 && claims('a3').length > 0);
  expect((await box.harness(['scale', '1'])).stdout).toMatch(/1 agents; 2 finish what they have first/);
  expect(await agents()).toHaveLength(3);
  await box.until(
    'what they had has landed',
    () => box.journal().filter(({ is }) => is === 'landed').length === 4,
  );
  await expect.poll(agents).toEqual(['a1 free']);
  await box.harness(['scale', '2']);
  process.kill(await box.coordinator(), 'SIGKILL');
  const { agents: kept } = await box.happens('run-started', ({ after }) => after === 'restarted');
  expect(kept).toBe(2);
  for (const wrong of ['0', 'x', '101'])
    expect(await box.harness(['scale', wrong])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('1 to 100'),
    });
  await end(run);
  expect((await box.harness(['scale', '2'])).code).toBe(1);
});

test('one agent is paused and goes on, by the command as by a file; the others work', async () => {
  const run = box.start(['parallel', '--agents', '2']);
  await box.happens('run-started');
  expect((await box.harness(['pause', 'a1'])).stdout).toMatch(/^a1 is paused/);
  await box.happens('agent-paused', ({ agent }) => agent === 'a1');
  for (const n of [1, 2, 3]) await box.add(`item ${n}`, `[[write:${n}.txt|x]]`);
  await box.until('a2 did it all', () => box.journal().filter(({ is }) => is === 'landed').length === 3);
  expect(claims('a1')).toEqual([]);
  expect(await agents()).toEqual(['a1 paused', 'a2 free']);
  await box.harness(['resume', 'a1']);
  writeFileSync(join(box.home, 'state/control/pause-a2'), '');
  await box.happens('agent-paused', ({ agent }) => agent === 'a2');
  await box.add('item 4', '[[write:4.txt|x]]');
  await box.until('a1 does it', () => claims('a1').length === 1);
  expect(await box.harness(['pause', '../x'])).toMatchObject({ code: 2 });
  await end(run);
});

test('touch of the pause file is noticed within a second, and so is its end', async () => {
  const run = box.start(['parallel', '--agents', '1'], { HARNESS_TIME_SCALE: '1' });
  await box.happens('run-started');
  const file = join(box.home, 'state/control/pause');
  const asked = Date.now();
  writeFileSync(file, '');
  const { at } = await box.happens('paused');
  expect(Date.parse(at) - asked).toBeLessThan(2_000);
  await end(run);
});

test('D01: with a full disk nothing new is begun, one alert says so, and it goes on by itself', async () => {
  const config = join(box.repository, '.harness/config.yaml');
  box.write({ '.harness/config.yaml': 'health: { disk: 900000GiB }\n' });
  const id = await box.add('waits', '[[write:1.txt|x]]');
  const run = box.start(['parallel', '--agents', '1']);
  const { why } = await box.happens('starts-closed');
  expect(why).toMatch(/of disk are free, and .* must be \(health.disk\)/);
  expect((await box.status()).problems).toEqual([expect.stringContaining('nothing new is started')]);
  expect(box.journal().some(({ is }) => is === 'claimed')).toBe(false);
  writeFileSync(config, 'health: { disk: 1MiB }\n');
  await box.happens('landed', ({ item }) => item === id);
  const alerts = box.journal().filter(({ is }) => is === 'alert' || is === 'alert-over');
  expect(alerts.filter((one) => 'cause' in one && one.cause === 'starts-closed').map(({ is }) => is)).toEqual(
    ['alert', 'alert-over'],
  );
  await end(run);
});

test('a run with an empty queue starts no session, whatever time passes', async () => {
  // Four seconds at this scale are more than an hour of the harness' own intervals.
  const run = box.start(['parallel', '--agents', '3'], { HARNESS_TIME_SCALE: '1000' });
  await box.happens('run-started');
  await new Promise((done) => setTimeout(done, 4_000));
  expect(box.journal().filter(({ is }) => is === 'session-started' || is === 'turn-ended')).toEqual([]);
  expect((await box.status()).numbers).toMatchObject({ turns: 0, costUsd: 0 });
  await end(run);
});
