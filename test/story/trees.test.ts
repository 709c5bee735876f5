import { randomBytes } from 'node:crypto';
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

const configure = (text: string) => box.write({ '.harness/config.yaml': text });

test('work trees are listed with their sizes, and removed without losing anything', async () => {
  configure(
    `max_attempts: 1\ncorrections: 0\nrigs: { app: { teardown: "echo $HARNESS_PORT $PWD >> ${box.root}/torn" } }\n`,
  );
  const good = await box.add('good', '[[write:a.txt|1]]');
  const bad = await box.add(
    'bad',
    `[[write:half.txt|half done]]${'[[no-commit]][[turn]]'.repeat(4)}[[no-commit]]`,
  );
  await box.harness(['parallel', '--agents', '2', '--until-empty']);
  const listed = JSON.parse((await box.harness(['worktree', 'list', '--json'])).stdout) as Record<
    string,
    unknown
  >[];
  const trees = listed.filter(({ use }) => use === 'agent');
  expect(trees.length).toBeGreaterThan(0);
  for (const { bytes, use } of listed) if (use !== 'temporary') expect(bytes).toBeGreaterThan(0);
  expect(listed.find(({ use }) => use === 'depot')).toBeDefined();
  const cleaned = await box.harness(['worktree', 'clean', '--json']);
  expect(cleaned).toMatchObject({ code: 0, stderr: '' });
  const { removed, left } = JSON.parse(cleaned.stdout) as { removed: string[]; left: string[] };
  expect(removed.filter((path) => existsSync(path))).toEqual([]);
  expect({ count: removed.length, left }).toEqual({
    count: listed.filter(({ use }) => use === 'agent' || use === 'checks').length,
    left: [],
  });
  expect(readFileSync(join(box.root, 'torn'), 'utf8').split('\n').filter(Boolean)).toHaveLength(
    removed.length,
  );
  expect((await box.harness(['recover', bad, '--show'])).stdout).toMatch(/^\+half done$/m);
  expect(box.landings()).toEqual({ [good]: 1 });
  const more = await box.add('more', '[[write:b.txt|1]]');
  expect(await box.harness(['parallel', '--agents', '2', '--until-empty'])).toMatchObject({ stderr: '' });
  expect(box.landings()).toEqual({ [good]: 1, [more]: 1 });
  expectOrder(box);
});

test('trees that agents work in are not removed', async () => {
  await box.add('one', '[[sleep:60]]');
  const end = ended(box.start(['parallel', '--agents', '1']));
  await box.happens('session-started');
  const ran = await box.harness(['worktree', 'clean']);
  expect(ran).toMatchObject({ code: 1, stdout: '' });
  expect(ran.stderr).toMatch(/agents work in these trees now/);
  await box.harness(['stop']);
  await end;
});

test('trees that take more than their cap keep new work waiting, which is said, until the cap is raised', async () => {
  box.write({ 'big.txt': randomBytes(3 << 20).toString('base64') });
  box.git('add', '-A');
  box.git('commit', '-qm', 'big');
  configure('disk: { most: 1MiB }\n');
  const ids = [
    await box.add('one', '[[sleep:2]][[write:a.txt|1]]'),
    await box.add('two', '[[write:b.txt|1]]'),
  ];
  const end = ended(box.start(['parallel', '--agents', '1', '--until-empty']));
  const { why } = await box.happens('disk-short');
  expect(why).toMatch(/worktrees takes .* \(disk.most: 1 MiB\)$/);
  await expect.poll(async () => (await box.status()).problems, { timeout: 10_000 }).toContain(why);
  await new Promise((r) => setTimeout(r, 4_000));
  // The first may have been begun before it was known what the trees take.
  expect(box.journal().filter(({ is }) => is === 'claimed').length).toBeLessThan(2);
  configure('disk: { most: 1GiB }\n');
  await box.happens('disk-free');
  expect(await end).toMatchObject({ code: 0 });
  expectAllLanded(box, ids);
});
