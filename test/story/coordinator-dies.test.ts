import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { expectAllLanded } from './order.ts';
import { ON_EVENT, preload } from './preload.ts';
import { ended, Sandbox } from './sandbox.ts';

let box: Sandbox;
beforeEach(() => {
  box = new Sandbox();
});
afterEach(() => box.close());

const parallel = (...options: string[]) =>
  box.harness(['parallel', '--agents', '1', '--until-empty', ...options]);
const happened = (is: string) => box.journal().filter((event) => event.is === is);

test('K02: a coordinator that is killed at its first event, its second, its third … gets there, and lands each item once', {
  timeout: 120_000,
}, async () => {
  const ids = [await box.add('one', '[[write:1.txt|1]]'), await box.add('two', '[[write:2.txt|2]]')];
  writeFileSync(join(box.root, 'lives'), '');
  preload(
    box,
    `fs.appendFileSync(root + '/lives', '.');
  let left = fs.statSync(root + '/lives').size;
  const happens = () => { if (--left === 0) process.kill(process.pid, 'SIGKILL'); };
  ${ON_EVENT}`,
  );
  // Its front gives up after some deaths in a row; people start it again.
  let code: number | null = null;
  for (let starts = 0; code !== 0 && starts < 20; starts++) code = (await parallel()).code;
  expect(code).toBe(0);
  expect(readFileSync(join(box.root, 'lives'), 'utf8').length).toBeGreaterThan(10);
  expectAllLanded(box, ids);
});

test('K07: an error that nobody caught gives the items back and ends the agents; the front starts anew, and the item lands', async () => {
  const id = await box.add('one', '[[write:half.txt|half]][[sleep:1]][[write:1.txt|1]]');
  preload(
    box,
    `const happens = ({ phase }) => {
    if (phase !== 'implementing' || fs.existsSync(root + '/threw')) return;
    fs.writeFileSync(root + '/threw', '');
    setTimeout(() => { throw new Error('a bug'); }, 500);
  };
  ${ON_EVENT}`,
  );
  const { code, stdout } = await parallel();
  expect({ code, stdout }).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/unexpected error: a bug/),
  });
  expect(await box.show(id)).toMatchObject({
    attempts: [{ attempt: 1, reason: 'interrupted', charged: false }, { attempt: 2 }],
  });
  expectAllLanded(box, [id]);
});

test('K08: a coordinator that runs out of memory is started again, and the item lands once', async () => {
  const id = await box.add('one', '[[sleep:1]][[write:1.txt|1]]');
  preload(
    box,
    `const happens = ({ phase }) => {
    if (phase !== 'implementing' || fs.existsSync(root + '/fell')) return;
    fs.writeFileSync(root + '/fell', '');
    for (const all = []; ; ) all.push(new Array(1e5).fill(all.length));
  };
  ${ON_EVENT}`,
  );
  box.env.NODE_OPTIONS += ' --max-old-space-size=64';
  const { code, stdout } = await parallel();
  expect(stdout).toMatch(/the coordinator died \(SIG(ABRT|TRAP)\); it is started again/);
  expect({ code, fell: existsSync(join(box.root, 'fell')) }).toEqual({ code: 0, fell: true });
  expect(happened('run-started')).toHaveLength(2);
  expectAllLanded(box, [id]);
});

test('K11: what a run left that ended with the machine is nobody alive, and is taken over', async () => {
  const id = await box.add('one', '[[write:1.txt|1]]');
  expect(await parallel()).toMatchObject({ code: 0 });
  const file = join(box.home, 'state/run.json');
  const { endedAt: _ended, exitCode: _code, ...run } = JSON.parse(readFileSync(file, 'utf8'));
  // Its number belongs to somebody else now: to this test.
  writeFileSync(file, JSON.stringify({ ...run, pid: process.pid, boot: '0'.repeat(36) }));
  writeFileSync(join(box.depot, 'packed-refs.lock'), '');
  expect(await box.status()).toMatchObject({ state: 'died' });
  const next = await box.add('two', '[[write:2.txt|2]]');
  expect(await parallel()).toMatchObject({ code: 0, stderr: '' });
  expectAllLanded(box, [id, next]);
});

test('K12: a machine that has no process or file left to give is told once, charges nothing, and the item lands later', async () => {
  const id = await box.add('one', '[[write:1.txt|1]]');
  const end = ended(box.start(['parallel', '--agents', '1']));
  await box.happens('landed');
  await box.until('it is published', () => box.landings()[id] === 1);
  const pid = await box.coordinator();
  const before = execFileSync('prlimit', ['--pid', `${pid}`, '--nofile', '--noheadings', '-o', 'SOFT']);
  execFileSync('prlimit', ['--pid', `${pid}`, '--nofile=20:']);
  const next = await box.add('two', '[[write:2.txt|2]]');
  await new Promise((r) => setTimeout(r, 3_000));
  expect(happened('landed')).toHaveLength(1);
  execFileSync('prlimit', ['--pid', `${pid}`, `--nofile=${before.toString().trim()}:`]);
  await box.happens('landed', ({ item }) => item === next);
  expect(await box.harness(['drain'])).toMatchObject({ code: 0 });
  expect(await end).toMatchObject({ code: 0 });
  const { attempts } = await box.show(next);
  expect(attempts.filter((one) => one.charged)).toEqual([]);
  expect(happened('trouble').length).toBeLessThan(4);
  expectAllLanded(box, [id, next]);
});
