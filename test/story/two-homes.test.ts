import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ended, Sandbox } from './sandbox.ts';

let box: Sandbox;
beforeEach(() => {
  box = new Sandbox();
});
afterEach(() => box.close());

const homeOf = (name: string) => ({ HARNESS_HOME: join(box.root, name) });
const PARALLEL = ['parallel', '--agents', '1', '--until-empty'];

const add = async (home: string, title: string, body: string) => {
  const ran = await box.harness(['queue', 'add', title, '--body', body, '--json'], { env: homeOf(home) });
  return (JSON.parse(ran.stdout) as { id: string }).id;
};

test('two homes publish to one repository: the loser takes in what the winner landed, and lands on top', async () => {
  const slow = await add(
    'east',
    'slow',
    `[[write:e.txt|1]][[bash:while ! test -e ${box.root}/go; do sleep 0.05; done]]`,
  );
  const east = ended(box.start(PARALLEL, homeOf('east')));
  await box.until('east is in mid-turn', () => existsSync(join(box.root, 'east/worktrees/app/a1/e.txt')));
  const quick = await add('west', 'quick', '[[write:w.txt|1]]');
  expect(await box.harness(PARALLEL, { env: homeOf('west') })).toMatchObject({ code: 0, stderr: '' });
  expect(box.landings()).toEqual({ [quick]: 1 });
  box.write({ '../go': '' });
  const ran = await east;
  expect(ran).toMatchObject({ code: 0, stderr: '' });
  expect(ran.stdout).not.toMatch(/not published/);
  expect(box.landings()).toEqual({ [quick]: 1, [slow]: 1 });
  expect(box.git('ls-tree', '--name-only', 'harness/integration').split('\n')).toEqual([
    'README.md',
    'e.txt',
    'w.txt',
  ]);
});

test('two homes that run at the same time lose nothing', async () => {
  const names = ['one', 'two', 'three'].flatMap((name) => [`east-${name}`, `west-${name}`]);
  const ids = [];
  for (const name of names) {
    ids.push(await add(name.slice(0, 4), name, `[[write:${name}.txt|1]]`));
  }
  const both = ['east', 'west'].map((home) => ended(box.start(PARALLEL, homeOf(home))));
  expect(await Promise.all(both)).toMatchObject([{ code: 0 }, { code: 0 }]);
  expect(box.landings()).toEqual(Object.fromEntries(ids.map((id) => [id, 1])));
});

test('what another home published is not taken in when the checks fail on the result, and that is said', async () => {
  const check = 'test ! -e e.txt -o ! -e w.txt';
  box.write({
    '../east/config.yaml': `rigs: { app: { path: ${box.repository}, checks: [${JSON.stringify(check)}] } }\nexchange: 24h\n`,
  });
  const slow = await add(
    'east',
    'slow',
    `[[write:e.txt|1]][[bash:while ! test -e ${box.root}/go; do sleep 0.05; done]]`,
  );
  const east = ended(box.start(PARALLEL, homeOf('east')));
  await box.until('east is in mid-turn', () => existsSync(join(box.root, 'east/worktrees/app/a1/e.txt')));
  const quick = await add('west', 'quick', '[[write:w.txt|1]]');
  expect(await box.harness(PARALLEL, { env: homeOf('west') })).toMatchObject({ code: 0 });
  box.write({ '../go': '' });
  expect((await east).stdout).toMatch(/not published: app: /);
  expect(box.landings()).toEqual({ [quick]: 1 });
  const status = await box.harness(['status', '--json'], { env: homeOf('east') });
  expect(JSON.parse(status.stdout)).toMatchObject({
    queue: { done: 1 },
    problems: [/^app: .* was moved to .* by somebody else/].map((x) => expect.stringMatching(x)),
  });
  expect(slow).not.toBe(quick);
});
