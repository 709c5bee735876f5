import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { expectAllLanded, expectOrder } from './order.ts';
import { ended, Sandbox } from './sandbox.ts';

let box: Sandbox;
beforeEach(() => {
  box = new Sandbox();
});
afterEach(() => box.close());

/** Two items, the first of which takes as long as it takes until the file `go` is in the sandbox. */
async function twoItems(): Promise<[string, string]> {
  const wait = `while ! test -e ${box.root}/go; do sleep 0.05; done`;
  const first = await box.add('first', `[[write:first.txt|1]][[bash:${wait}]]`, '--priority', 'high');
  return [first, await box.add('second', '[[write:second.txt|2]]')];
}

const go = () => box.write({ '../go': '' });

/** Starts a run with one agent and waits until it works on the first item. */
async function working(...options: string[]) {
  const run = box.start(['parallel', '--agents', '1', ...options]);
  const end = ended(run);
  await box.until('the first item is half done', () =>
    existsSync(join(box.home, 'worktrees/app/a1/first.txt')),
  );
  return { run, end };
}

const places = async () => Object.fromEntries((await box.list()).map(({ id, place }) => [id, place]));

test('K04: ^C finishes what runs, starts nothing new, and ends with 130', async () => {
  const [first, second] = await twoItems();
  const { run, end } = await working('--until-empty');
  run.kill('SIGINT');
  await box.happens('draining');
  go();
  expect(await end).toMatchObject({ code: 130, stderr: '' });
  expect(await places()).toEqual({ [first]: 'done', [second]: 'pending' });
  expect(box.landings()).toEqual({ [first]: 1 });
  expectOrder(box);
});

test('K04: a second ^C stops now: leases back, work saved, nothing left running', async () => {
  const [first, second] = await twoItems();
  const { run, end } = await working('--until-empty');
  run.kill('SIGINT');
  await box.happens('draining');
  run.kill('SIGINT');
  expect(await end).toMatchObject({ code: 130, stderr: '' });
  expect(await places()).toEqual({ [first]: 'pending', [second]: 'pending' });
  expect(await box.show(first)).toMatchObject({
    attempts: [
      { attempt: 1, reason: 'interrupted', charged: false, rescued: `refs/harness/rescue/${first}.1` },
    ],
  });
  expectOrder(box);
  go();
  expect(await box.harness(['parallel', '--agents', '1', '--until-empty'])).toMatchObject({ code: 0 });
  expectAllLanded(box, [first, second]);
});

test('^C while the home is still put in order ends the run as well', async () => {
  await twoItems();
  go();
  const run = box.start(['parallel', '--agents', '1', '--until-empty']);
  const end = ended(run);
  await box.coordinator();
  run.kill('SIGINT');
  expect(await end).toMatchObject({ code: 130, stderr: '' });
  expectOrder(box);
});

test('K04: SIGTERM to the coordinator drains, a second one stops', async () => {
  const [first, second] = await twoItems();
  const { end } = await working();
  const pid = await box.coordinator();
  process.kill(pid, 'SIGTERM');
  await box.happens('draining', ({ why }) => why === 'SIGTERM');
  process.kill(pid, 'SIGTERM');
  await box.happens('stopping');
  expect(await end).toMatchObject({ code: 0, stderr: '' });
  expect(await places()).toEqual({ [first]: 'pending', [second]: 'pending' });
  expectOrder(box);
});

test('K04: a closed terminal (SIGHUP) ends the front only; harness drain from another one ends the run', async () => {
  const [first, second] = await twoItems();
  const { run, end } = await working();
  const pid = await box.coordinator();
  process.kill(pid, 'SIGHUP');
  run.kill('SIGHUP');
  expect(await end).toMatchObject({ code: 0 });
  expect(await box.status()).toMatchObject({ state: 'running', pid });
  go();
  await box.happens('landed', ({ item }) => item === second);
  expect(await box.harness(['drain'])).toMatchObject({ code: 0, stderr: '' });
  await box.until('the coordinator has ended', () => box.alive().length === 0);
  expectAllLanded(box, [first, second]);
});

test('K06: a reader that goes away does not end the run', async () => {
  const [first, second] = await twoItems();
  const { run, end } = await working('--until-empty');
  run.stdout?.destroy();
  go();
  await end;
  await box.happens('run-ended');
  await box.until('nothing runs', () => box.alive().length === 0);
  expectAllLanded(box, [first, second]);
});

test('a front that is killed leaves the run going; harness stop ends it', async () => {
  const [first, second] = await twoItems();
  const { run, end } = await working();
  run.kill('SIGKILL');
  await end;
  expect(await box.harness(['stop'])).toMatchObject({ code: 0, stderr: '' });
  expect(await places()).toEqual({ [first]: 'pending', [second]: 'pending' });
  expect(readFileSync(join(box.home, 'state/run.json'), 'utf8')).toContain('"endedAt"');
  expectOrder(box);
});
