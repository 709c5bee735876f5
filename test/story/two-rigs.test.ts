import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Sandbox } from './sandbox.ts';

let box: Sandbox;
let home: string;
beforeEach(() => {
  box = new Sandbox();
  home = join(box.root, 'home-of-both');
  mkdirSync(home);
});
afterEach(() => box.close());

/** A second repository beside the first. */
function makeApi(): (...args: string[]) => string {
  const path = join(box.root, 'api');
  const git = (...args: string[]) =>
    execFileSync('git', ['-C', path, ...args], { env: box.env, encoding: 'utf8' }).trim();
  mkdirSync(path);
  git('init', '-q', '-b', 'trunk');
  git('config', 'user.name', 'A User');
  git('config', 'user.email', 'user@example.com');
  writeFileSync(join(path, 'package-lock.json'), '{}');
  git('add', '-A');
  git('commit', '-q', '-m', 'first');
  return git;
}

test('two rigs in one home: each has its own target, set-up, checks, strategy and limit', async () => {
  const api = makeApi();
  const log = join(box.root, 'set-up.log');
  writeFileSync(
    join(home, 'config.yaml'),
    `home: .
corrections: 0
max_attempts: 1
rigs:
  web: { path: ../app, strategy: squash, checks: [test -f README.md] }
  api: { path: ../api, strategy: rebase, target: trunk, setup: "echo api >> ${log}", checks: [test -f package-lock.json] }
limits: { rigs: { api: 1 } }
`,
  );
  const harness = (args: string[]) => box.harness(args, { cwd: home });
  const add = async (title: string, rig: string, body: string) => {
    const ran = await harness(['queue', 'add', title, '--rig', rig, '--body', body, '--json']);
    expect(ran).toMatchObject({ code: 0, stderr: '' });
    return (JSON.parse(ran.stdout) as { id: string }).id;
  };
  const ids = [
    await add('page', 'web', '[[write:page.html|1]][[commit:Page]][[write:page.css|1]]'),
    await add('route', 'api', '[[write:route.js|1]][[commit:Route]][[write:route.test.js|1]]'),
    await add('model', 'api', '[[write:model.js|1]]'),
    await add('logo', 'web', '[[write:logo.svg|1]]'),
  ];
  const ran = await harness(['parallel', '--agents', '3', '--until-empty']);
  expect(ran).toMatchObject({ code: 0, stderr: '' });
  const list = JSON.parse((await harness(['queue', 'list', '--json'])).stdout) as {
    id: string;
    place: string;
  }[];
  expect(list.map(({ id, place }) => `${id} ${place}`).toSorted()).toEqual(
    ids.map((id) => `${id} done`).toSorted(),
  );
  // web: one commit an item on harness/integration; api: commit by commit on the branch that is checked out.
  const subjects = (git: (...args: string[]) => string, branch: string) =>
    git('log', '--format=%s', branch).split('\n');
  const web = (...args: string[]) => box.git(...args);
  expect(subjects(web, 'harness/integration').toSorted()).toEqual(['first', 'logo', 'page']);
  expect(subjects(api, 'trunk')).toHaveLength(4);
  expect(subjects(api, 'trunk')).toContain('Route');
  expect(api('rev-list', '--merges', 'trunk')).toBe('');
  expect(api('ls-files')).toBe('model.js\npackage-lock.json\nroute.js\nroute.test.js');
  expect(web('ls-tree', '--name-only', 'harness/integration')).toBe(
    'README.md\nlogo.svg\npage.css\npage.html',
  );
  expect(web('rev-parse', 'main')).toBe(web('rev-list', '--max-parents=0', 'main'));
});
