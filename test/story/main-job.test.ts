import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Sandbox } from './sandbox.ts';

let box: Sandbox;
beforeEach(() => {
  box = new Sandbox();
});
afterEach(() => box.close());

/** What must stay as it was in the user's repository: refs other than the target, index, config, hooks, stash, work tree. */
function fingerprint(): Record<string, string> {
  const gitDir = join(box.repository, '.git');
  const hash = (file: string) => createHash('sha256').update(readFileSync(file)).digest('hex');
  const files = (folder: string): string[] =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .map((name) => join(folder, name))
      .filter((file) => statSync(file).isFile());
  const watched = [
    ...files(join(gitDir, 'hooks')),
    join(gitDir, 'index'),
    join(gitDir, 'config'),
    join(gitDir, 'HEAD'),
  ];
  return {
    ...Object.fromEntries(watched.map((file) => [file, hash(file)])),
    refs: box
      .git('for-each-ref', '--format=%(refname) %(objectname)')
      .replaceAll(/^refs\/heads\/harness\/integration .*\n?/gm, ''),
    gitFolder: readdirSync(gitDir).toSorted().join(' '),
    tree: box.git('status', '--porcelain', '--ignored'),
  };
}

test('eight items through three agents land exactly once, in three sessions', async () => {
  box.git('stash', 'list');
  const ids = [];
  for (let n = 1; n <= 8; n++) {
    const check = `test "$(cat item-${n}.txt)" = "done ${n}"`;
    ids.push(
      await box.add(
        `item ${n}`,
        `[[write:item-${n}.txt|done ${n}]][[commit:do item ${n}]]`,
        '--check',
        check,
      ),
    );
  }
  const before = fingerprint();
  const ran = await box.harness(['parallel', '--agents', '3', '--until-empty']);
  expect(ran).toMatchObject({ code: 0, stderr: '' });
  expect(ran.stdout).toMatch(/^agents: stand-in agent, no model is called$/m);
  expect(ran.stdout).toMatch(/8 landed, 0 failed/);
  expect(box.landings()).toEqual(Object.fromEntries(ids.map((id) => [id, 1])));
  expect((await box.list()).map((one) => one.place)).toEqual(Array.from({ length: 8 }, () => 'done'));
  const sessions = box.journal().filter((one) => one.is === 'session-started');
  expect(new Set(sessions.map((one) => one.session)).size).toBe(3);
  expect(sessions).toHaveLength(3);
  expect(fingerprint()).toEqual(before);
  expect(box.git('show', 'harness/integration:item-8.txt')).toBe('done 8');
});

test('a check that fails first is corrected in the same session and then passes', async () => {
  const body = '[[write:a.txt|wrong]][[commit:first]][[turn]][[write:a.txt|right]][[commit:second]]';
  const id = await box.add(
    'correct me',
    body,
    '--check',
    'grep -q right a.txt || { echo "a.txt is $(cat a.txt)"; exit 1; }',
  );
  expect(await box.harness(['parallel', '--agents', '1', '--until-empty'])).toMatchObject({ code: 0 });
  const phases = box
    .journal()
    .filter((one) => one.is === 'phase')
    .map((one) => one.phase);
  expect(phases).toEqual(['preparing', 'implementing', 'verifying', 'correcting', 'verifying']);
  expect(box.journal().filter((one) => one.is === 'session-started')).toHaveLength(1);
  expect(await box.show(id)).toMatchObject({ place: 'done', attempts: [{ attempt: 1, outcome: 'landed' }] });
});

test('a commit-less "done" is refused, and the attempt fails with its evidence when it stays that way', async () => {
  const id = await box.add(
    'talk only',
    '[[write:a.txt|x]][[no-commit]][[turn]][[no-commit]][[turn]][[no-commit]]',
  );
  const ran = await box.harness(['parallel', '--agents', '1', '--until-empty']);
  expect(ran).toMatchObject({ code: 1 });
  expect(ran.stdout).toMatch(/0 landed, 1 failed/);
  const item = await box.show(id);
  expect(item).toMatchObject({ place: 'failed', reason: 'no-commits' });
  expect(item.attempts.map((one) => one.reason)).toEqual(['no-commits', 'no-commits', 'no-commits']);
  expect(item.attempts[0]).toMatchObject({
    charged: true,
    finding: expect.stringContaining('There are no commits'),
  });
  expect(box.landings()).toEqual({});
});
