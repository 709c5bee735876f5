import { spawn } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { expectAllLanded } from './order.ts';
import { ended, Sandbox } from './sandbox.ts';

let box: Sandbox;
beforeEach(() => {
  box = new Sandbox();
});
afterEach(() => box.close());

const wait = () => `[[write:slow.txt|1]][[bash:while ! test -e ${box.root}/go; do sleep 0.05; done]]`;

/** Starts a run and waits until its agent is in mid-turn. */
async function inMidTurn() {
  const run = box.start(['parallel', '--agents', '1', '--until-empty']);
  const end = ended(run);
  await box.until('half is done', () => existsSync(join(box.home, 'worktrees/app/a1/slow.txt')));
  return { run, end };
}

test('K03: a second coordinator on the same home is refused, also while the first one is stopped', async () => {
  const id = await box.add('slow', wait());
  const { end } = await inMidTurn();
  const pid = await box.coordinator();
  const refused = {
    code: 3,
    stderr: expect.stringMatching(/^harness: .* is held by run r\w+ \(pid \d+, .*\n$/),
  };
  expect(await box.harness(['parallel', '--until-empty'])).toMatchObject(refused);
  process.kill(pid, 'SIGSTOP');
  expect(await box.harness(['parallel', '--until-empty'])).toMatchObject(refused);
  process.kill(pid, 'SIGCONT');
  box.write({ '../go': '' });
  expect(await end).toMatchObject({ code: 0, stderr: '' });
  expectAllLanded(box, [id]);
});

test('K03: of five that start at once one coordinates, the others are refused', async () => {
  const id = await box.add('slow', wait());
  const all = Array.from({ length: 5 }, () =>
    ended(box.start(['parallel', '--agents', '1', '--until-empty'])),
  );
  await box.until('half is done', () => existsSync(join(box.home, 'worktrees/app/a1/slow.txt')));
  box.write({ '../go': '' });
  const codes = (await Promise.all(all)).map(({ code }) => code);
  expect(codes.toSorted((one, other) => Number(one) - Number(other))).toEqual([0, 3, 3, 3, 3]);
  expectAllLanded(box, [id]);
});

test('C08: a coordinator that stood still past the stale time goes on where it was', async () => {
  const id = await box.add('slow', wait());
  const { end } = await inMidTurn();
  const pid = await box.coordinator();
  process.kill(pid, 'SIGSTOP');
  await new Promise((r) => setTimeout(r, 4_000));
  process.kill(pid, 'SIGCONT');
  box.write({ '../go': '' });
  expect(await end).toMatchObject({ code: 0, stderr: '' });
  expectAllLanded(box, [id]);
  expect(await box.show(id)).toMatchObject({ attempts: [{ attempt: 1, outcome: 'landed' }] });
});

test('a coordinator that hangs is ended by its front and started again', async () => {
  const id = await box.add('slow', wait());
  const { end } = await inMidTurn();
  process.kill(await box.coordinator(), 'SIGSTOP');
  box.write({ '../go': '' });
  const ran = await end;
  expect(ran).toMatchObject({ code: 0, stderr: '' });
  expect(ran.stdout).toMatch(/has not moved for 5 s; it is ended and started again/);
  expectAllLanded(box, [id]);
});

test('C03: the lease of a dead run that turns up is taken back when it is stale, and its zombie is fenced', async () => {
  const run = box.start(['parallel', '--agents', '1']);
  const end = ended(run);
  await box.happens('run-started');
  const { queue } = box;
  const item = queue.addNew({ title: 'taken', body: '[[write:a.txt|1]]', priority: 'normal', checks: [] });
  const lease = await box.until('the zombie is quicker', () => {
    const entry = queue.entries('pending')[0];
    return entry && queue.claim(entry, { agent: 'a7', run: 'rdead' });
  });
  await box.happens('reclaimed', ({ reason }) => reason === 'stale');
  expect([queue.renew(lease), queue.finish(lease, 'landed')]).toEqual([false, false]);
  await box.happens('landed');
  expect(await box.harness(['stop'])).toMatchObject({ code: 0 });
  expect(await end).toMatchObject({ code: 0 });
  expectAllLanded(box, [item.id]);
  expect(queue.find(item.id)).toMatchObject({ place: 'done', attempt: 2, charged: 0 });
});

test('K11: lock files that a killed git left in the depot do not stand in the way', async () => {
  const ids = [await box.add('one', '[[write:a.txt|1]]')];
  expect(await box.harness(['parallel', '--agents', '1', '--until-empty'])).toMatchObject({ code: 0 });
  for (const name of [
    'refs/heads/harness/integration',
    'packed-refs',
    'config',
    'worktrees/a1/index',
    'HEAD',
  ]) {
    writeFileSync(join(box.depot, `${name}.lock`), '');
  }
  ids.push(await box.add('two', '[[write:b.txt|1]]'));
  expect(await box.harness(['parallel', '--agents', '1', '--until-empty'])).toMatchObject({
    code: 0,
    stderr: '',
  });
  expectAllLanded(box, ids);
});

test('what an earlier run left running is ended at the next start, and nothing else is', async () => {
  const id = await box.add('one', '[[write:a.txt|1]]');
  const mine = spawn('sleep', ['60'], { env: { ...box.env, HARNESS_RUN: 'rother.a1' } });
  const run = box.start(['parallel', '--agents', '1']);
  const first = ended(run);
  const { run: name } = await box.happens('run-started');
  const options = { env: { ...box.env, HARNESS_RUN: `${name}.a1.command` }, detached: true };
  const left = spawn('sh', ['-c', 'trap "" TERM; setsid sleep 60 & wait'], options);
  const hidden = spawn('sleep', ['60'], { env: {}, cwd: join(box.home, 'worktrees/app'), detached: true });
  for (const pid of [run.pid ?? 0, await box.coordinator()]) process.kill(pid, 'SIGKILL');
  await first;
  const ran = await box.harness(['parallel', '--agents', '1', '--until-empty']);
  expect(ran).toMatchObject({ code: 0 });
  expect(ran.stdout).toMatch(/recovered: ended 3 processes of an earlier run/);
  expect([left.signalCode, hidden.signalCode, mine.signalCode]).toEqual(['SIGKILL', 'SIGKILL', null]);
  mine.kill('SIGKILL');
  expectAllLanded(box, [id]);
});
