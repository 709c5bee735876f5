import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Sandbox } from './sandbox.ts';

let box: Sandbox;
beforeEach(() => {
  box = new Sandbox();
});
afterEach(() => box.close());

const run = (...options: string[]) => box.harness(['parallel', '--agents', '1', '--until-empty', ...options]);
const onTarget = (file: string, target = 'harness/integration') => box.git('show', `${target}:${file}`);

/** The first-parent values that the target had, newest first. */
const values = () => box.git('log', '--first-parent', '--format=%s', 'harness/integration').split('\n');

test('what the user commits to the base is in the tree of the next agent, and on the target', async () => {
  await box.add('one', '[[write:one.txt|1]][[commit]]');
  expect(await run()).toMatchObject({ code: 0 });
  box.write({ 'fix.txt': 'fixed' });
  box.git('add', '-A');
  box.git('commit', '-qm', 'a fix');
  await box.add('two', '[[bash:cp fix.txt seen.txt]][[commit]]');
  expect(await run()).toMatchObject({ code: 0 });
  expect(onTarget('seen.txt')).toBe('fixed');
  expect(values()).toEqual(['Merge: two', 'Merge main into harness/integration', 'Merge: one', 'first']);
  expect(box.git('log', '-1', '--format=%s', 'main')).toBe('a fix');
});

test('a base that breaks the checks is not merged, which is a problem that people see; items go on', async () => {
  box.write({ '.harness/config.yaml': 'rigs:\n  app:\n    checks: ["test ! -e broken"]\n' });
  box.git('add', '-A');
  box.git('commit', '-qm', 'settings');
  await box.add('one', '[[write:one.txt|1]][[commit]]');
  expect(await run()).toMatchObject({ code: 0 });
  box.write({ broken: 'x' });
  box.git('add', '-A');
  box.git('commit', '-qm', 'breaks it');
  await box.add('two', '[[write:two.txt|1]][[commit]]');
  expect(await run()).toMatchObject({ code: 0 });
  expect(values()).toEqual(['Merge: two', 'Merge: one', 'settings', 'first']);
  const refused = box.journal().filter((one) => one.is === 'publish-refused');
  expect(refused).toHaveLength(1);
  expect(refused[0]?.reason).toMatch(
    /^app: main in .* is at \w+, and merged with what landed here, test ! -e broken fails$/,
  );
});

test('a base that conflicts with what landed, or is gone, is told in a sentence; items go on', async () => {
  await box.add('one', '[[write:README.md|ours]][[commit]]');
  expect(await run()).toMatchObject({ code: 0 });
  box.write({ 'README.md': 'theirs' });
  box.git('commit', '-qam', 'conflicting');
  await box.add('two', '[[write:two.txt|1]][[commit]]');
  expect(await run()).toMatchObject({ code: 0 });
  const reasons = () => box.journal().flatMap((one) => (one.is === 'publish-refused' ? [one.reason] : []));
  expect(reasons()).toEqual([
    expect.stringMatching(/conflicts with what landed here in README.md; merge the two/),
  ]);
  expect(onTarget('README.md')).toBe('ours');
  box.git('switch', '-q', '-c', 'other');
  box.git('branch', '-qD', 'main');
  await box.add('three', '[[write:three.txt|1]][[commit]]');
  const ran = await run();
  expect(ran).toMatchObject({ code: 0 });
  expect(reasons().at(-1)).toMatch(/base branch main is gone from .*; bring it back/);
  expect(onTarget('three.txt')).toBe('1');
});

test('a rewritten base is merged as it is now, and what it dropped is told', async () => {
  box.git('commit', '-q', '--allow-empty', '-m', 'second');
  await box.add('one', '[[write:one.txt|1]][[commit]]');
  expect(await run()).toMatchObject({ code: 0 });
  box.write({ 'b.txt': 'b' });
  box.git('add', '-A');
  box.git('commit', '-q', '--amend', '-m', 'second, rewritten');
  await box.add('two', '[[bash:cp b.txt seen.txt]][[commit]]');
  expect(await run()).toMatchObject({ code: 0 });
  expect(onTarget('seen.txt')).toBe('b');
  const troubles = box.journal().flatMap((one) => (one.is === 'trouble' ? [one.what] : []));
  expect(troubles).toEqual([expect.stringMatching(/main in .* was rewritten/)]);
});

test('two homes on one repository: who loses the swap takes the other in and lands on top; both are kept', async () => {
  const other = { HARNESS_HOME: join(box.root, 'other') };
  const ids: string[] = [];
  for (let n = 0; n < 6; n++) {
    const home = n % 2 === 0 ? {} : other;
    const args = ['queue', 'add', `item ${n}`, '--body', `[[write:${n}.txt|${n}]][[commit]]`, '--json'];
    const added = await box.harness(args, { env: home });
    ids.push((JSON.parse(added.stdout) as { id: string }).id);
  }
  const both = ['parallel', '--agents', '2', '--until-empty'];
  const ran = await Promise.all([box.harness(both), box.harness(both, { env: other })]);
  expect(ran.map(({ code }) => code)).toEqual([0, 0]);
  expect(box.landings()).toEqual(Object.fromEntries(ids.map((id) => [id, 1])));
  for (let n = 0; n < 6; n++) expect(onTarget(`${n}.txt`)).toBe(String(n));
});

test('the target may be the branch that is checked out: its clean tree goes with it, a dirty one waits', async () => {
  box.write({ '.harness/config.yaml': 'rigs:\n  app:\n    target: main\n', '.gitignore': '.harness\n' });
  box.git('add', '-A');
  box.git('commit', '-qm', 'settings');
  await box.add('one', '[[write:one.txt|1]][[commit]]');
  expect(await run()).toMatchObject({ code: 0 });
  expect(box.git('status', '--porcelain')).toBe('');
  expect(existsSync(join(box.repository, 'one.txt'))).toBe(true);
  writeFileSync(join(box.repository, 'README.md'), 'in the middle of something');
  const id = await box.add('two', '[[write:two.txt|1]][[commit]]');
  expect(await run()).toMatchObject({ code: 0 });
  expect(await box.show(id)).toMatchObject({ place: 'done' });
  expect((await box.status()).problems).toEqual([
    expect.stringMatching(/main is checked out in .* with uncommitted changes/),
  ]);
  expect(existsSync(join(box.repository, 'two.txt'))).toBe(false);
  box.git('checkout', '-q', 'README.md');
  expect(await run()).toMatchObject({ code: 0 });
  expect(existsSync(join(box.repository, 'two.txt'))).toBe(true);
  expect(box.git('branch', '--list', 'harness/*')).toBe('');
});

test('publish: none keeps the target to itself, publish: push brings it to the remote', async () => {
  box.git('init', '-q', '--bare', join(box.root, 'remote.git'));
  box.git('remote', 'add', 'origin', join(box.root, 'remote.git'));
  const config = (publish: string) =>
    box.write({ '.harness/config.yaml': `rigs:\n  app:\n    publish: ${publish}\n` });
  config('none');
  await box.add('one', '[[write:one.txt|1]][[commit]]');
  expect(await run()).toMatchObject({ code: 0 });
  expect(box.git('branch', '--list', 'harness/*')).toBe('');
  config('push');
  expect(await run()).toMatchObject({ code: 0 });
  const there = box.git('ls-remote', 'origin', 'refs/heads/harness/integration');
  expect(there).toContain(box.git('rev-parse', 'harness/integration'));
});
