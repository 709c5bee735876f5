import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ended, Sandbox } from './sandbox.ts';

let box: Sandbox;
beforeEach(() => {
  box = new Sandbox();
});
afterEach(() => box.close());

const run = (agents = 1) => box.harness(['parallel', '--agents', String(agents), '--until-empty']);
const configure = (text: string) => box.write({ '.harness/config.yaml': text });
const turns = () => box.journal().flatMap((one) => (one.is === 'turn-ended' ? [one] : []));

test('what turns cost is told by turn, item, agent, rig, model and day', async () => {
  const one = await box.add('one', '[[cost:1.25]][[write:a.txt|1]]');
  await box.add('two', '[[cost:0.5]][[write:b.txt|1]]');
  expect(await run()).toMatchObject({ code: 0, stderr: '' });
  expect(turns().map(({ costUsd, rig }) => [costUsd, rig])).toEqual([
    [1.25, 'app'],
    [0.5, 'app'],
  ]);
  expect(turns()[0]).toMatchObject({ item: one, agent: 'a1', models: { 'stand-in': { costUsd: 1.25 } } });
  expect(await box.show(one)).toMatchObject({ attempts: [{ costUsd: 1.25, tokens: { output: 1250 } }] });
  const { money } = await box.status();
  expect(money).toMatchObject({
    run: { turns: 2, spent: { costUsd: 1.75 }, agents: { a1: 1.75 }, rigs: { app: 1.75 } },
    today: { spent: { costUsd: 1.75 } },
    budgets: { item: 10, run: null, day: null },
  });
  const said = await box.harness(['status']);
  expect(said.stdout).toMatch(/money: 1.75 USD in this run, 1.75 USD today; 10.50 USD an hour/);
});

test('L06 an item whose budget is reached in mid-turn is stopped in that turn, and begins no other', async () => {
  configure('budget: { item: 2usd }\n');
  const id = await box.add('dear', '[[write:a.txt|1]][[cost:3]][[bash:sleep 60]][[write:b.txt|1]]');
  expect(await run()).toMatchObject({ code: 1, stderr: '' });
  expect(await box.show(id)).toMatchObject({
    place: 'failed',
    reason: 'budget',
    attempts: [{ outcome: 'failed', reason: 'budget', costUsd: 3 }],
  });
  expect(turns()).toMatchObject([{ end: 'interrupted', costUsd: 3 }]);
  await box.harness(['queue', 'retry', id]);
  expect(await run()).toMatchObject({ code: 1 });
  expect(turns()).toHaveLength(1);
  expect(await box.show(id)).toMatchObject({ place: 'failed', attempts: [{}, { reason: 'budget' }] });
});

test("L06 when the run's budget is reached nothing more is begun, and what is left waits uncharged", async () => {
  configure('budget: { run: 2usd }\n');
  const first = await box.add('first', '[[cost:2]][[write:a.txt|1]]');
  const second = await box.add('second', '[[write:b.txt|1]]');
  expect(await run()).toMatchObject({ code: 1 });
  expect(await box.show(first)).toMatchObject({ place: 'done' });
  expect(await box.show(second)).toMatchObject({ place: 'pending', attempts: [] });
  const told = box.journal().filter((one) => one.is === 'budget-used-up');
  expect(told).toMatchObject([{ of: 'run', text: expect.stringContaining('2.00 USD') }]);
  expect(box.journal().find((one) => one.is === 'draining')).toMatchObject({
    why: expect.stringContaining("the run's budget"),
  });
});

test("L06 a correction that the run's budget does not pay for gives the item back uncharged", async () => {
  configure('budget: { run: 2usd }\n');
  const id = await box.add('one', '[[cost:2]][[no-commit]][[turn]][[write:a.txt|1]]');
  await run();
  expect(turns()).toHaveLength(1);
  expect(await box.show(id)).toMatchObject({
    place: 'pending',
    attempts: [{ reason: 'run-budget', charged: false }],
  });
});

test("L06 when the day's budget is reached everybody waits, the tally outlives the run, and a raised budget goes on", async () => {
  configure('budget: { day: 2usd }\n');
  await box.add('first', '[[cost:2]][[write:a.txt|1]]');
  expect(await run()).toMatchObject({ code: 0 });
  const second = await box.add('second', '[[write:b.txt|1]]');
  const going = ended(box.start(['parallel', '--agents', '1', '--until-empty']));
  await box.until(
    'the run is on',
    () => box.journal().filter((one) => one.is === 'run-started').length === 2,
  );
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  expect((await box.status()).problems).toEqual([expect.stringContaining("the day's budget of 2.00 USD")]);
  expect(box.queue.find(second).place).toBe('pending');
  configure('budget: { day: 3usd }\n');
  expect(await going).toMatchObject({ code: 0, stderr: '' });
  expect(box.queue.find(second).place).toBe('done');
  const { days } = JSON.parse(readFileSync(join(box.home, 'state/spending.json'), 'utf8')) as {
    days: Record<string, { turns: number }>;
  };
  expect(Object.values(days)).toMatchObject([{ turns: 2, spent: { costUsd: 2 } }]);
});

test('a prompt that takes more rounds than allowed ends its attempt with that reason, charged', async () => {
  configure('max_attempts: 1\nbudget: { rounds: 3 }\n');
  const id = await box.add('long', '[[bash:true]][[bash:true]][[bash:true]][[bash:true]][[write:a.txt|1]]');
  expect(await run()).toMatchObject({ code: 1 });
  expect(await box.show(id)).toMatchObject({
    place: 'failed',
    reason: 'rounds',
    attempts: [{ reason: 'rounds', charged: true }],
  });
});

test('a session that dies in mid-turn has cost what it named last', async () => {
  await box.add('one', '[[cost:1.5]][[bash:sleep 2.5]][[die]][[write:a.txt|1]]');
  expect(await run()).toMatchObject({ code: 0 });
  expect(turns()).toMatchObject([
    { end: 'died', costUsd: 1.5 },
    { end: 'answered', costUsd: 0 },
  ]);
});
