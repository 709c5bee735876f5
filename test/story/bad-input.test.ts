import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { fingerprint } from '../helpers/temp-repo.ts';
import { CLI, ended, Sandbox } from './sandbox.ts';

let box: Sandbox;
beforeEach(() => {
  box = new Sandbox();
});
afterEach(() => box.close());

const ONE_LINE = /^harness: [^\n]+\n$/;

/** Runs a command that must be refused: one line that says why, and nothing anywhere has changed. */
async function refused(
  args: string[],
  code: number,
  why: RegExp,
  { cwd = '', input = '' }: { cwd?: string; input?: string | Buffer } = {},
): Promise<void> {
  const before = { repository: fingerprint(box.repository), others: others() };
  const ran = await box.harness(args, { cwd: join(box.root, cwd || 'app'), input });
  expect(ran).toMatchObject({ code, stdout: '', stderr: expect.stringMatching(ONE_LINE) });
  expect(ran.stderr).toMatch(why);
  expect({ repository: fingerprint(box.repository), others: others() }).toEqual(before);
}

/** Everything outside of the repository: homes above all. */
const others = () =>
  readdirSync(box.root, { recursive: true, encoding: 'utf8' }).filter((name) => !/^app(\/|$)/.test(name));

const initIn = (name: string, ...args: string[]) => {
  mkdirSync(join(box.root, name));
  execFileSync('git', ['init', '-q', ...args, join(box.root, name)], { env: box.env });
};

test.each(['queue add title', 'queue list', 'queue show x', 'parallel', 'status', 'stop', 'pause'])(
  'outside of a git repository: %s',
  async (words) => {
    const args = words.split(' ');
    await refused(args, 2, /is not in a git repository; go to one, or name a home with --home DIR/, {
      cwd: 'home',
    });
  },
);

test('a repository without a commit has nothing to start from', async () => {
  initIn('empty');
  await refused(['parallel'], 2, /no commit/, { cwd: 'empty' });
});

test('a bare repository has no work tree', async () => {
  initIn('bare', '--bare');
  await refused(['parallel'], 2, /not in a git repository|bare/, { cwd: 'bare' });
});

test('a detached HEAD names no base branch', async () => {
  box.git('switch', '-q', '--detach');
  await refused(['parallel'], 2, /HEAD/);
});

test('the target branch cannot be checked out', async () => {
  box.git('switch', '-q', '-c', 'harness/integration');
  await refused(['parallel'], 2, /harness\/integration/);
});

test('an agent program that is missing is named', async () => {
  box.env.HARNESS_AGENT_COMMAND = '';
  box.env.PATH = '/usr/bin:/bin';
  await refused(['parallel'], 3, /the agent program claude was not found on PATH; install Claude Code/);
});

test('HARNESS_AGENT_COMMAND that is no JSON array', async () => {
  box.env.HARNESS_AGENT_COMMAND = 'claude';
  await refused(['parallel'], 2, /HARNESS_AGENT_COMMAND: agent.command: not a JSON array/);
});

describe('commands that name what is not there', () => {
  test.each([
    [['queue', 'add', 'title', '--rig', 'nowhere'], 2, /no rig is called nowhere/],
    [['queue', 'show', 'nothing'], 2, /there are no work items in .* yet; add one/],
    [['queue', 'show', '\u001b[31m../x'], 2, /there are no work items/],
    [['queue', 'add', 'title', '--body-file', 'nowhere.md'], 2, /--body-file nowhere.md: cannot be read/],
    [['stop'], 1, /nothing runs here; start it with harness parallel/],
    [['drain'], 1, /nothing runs here; start it with harness parallel/],
    [['--home', 'nowhere/at/all', 'queue', 'show', 'x'], 2, /there are no work items/],
  ])('%j', (args, code, why) => refused(args, code, why));
});

describe('items that cannot be', () => {
  test.each([
    [['queue', 'add', ''], /title/],
    [['queue', 'add', ' \n\t '], /title/],
    [['queue', 'add', 'two\nlines'], /the title has a line break/],
    [['queue', 'add', '\u001b[31m\u001b[0m\u0007'], /title/],
    [['queue', 'add', 'x'.repeat(201)], /title/],
    [['queue', 'add', 'title', '--id', '../../etc/passwd'], /id/],
    [['queue', 'add', 'title', '--id', '-rf'], /id/],
    [['queue', 'add', 'title', '--id', 'Ümläut'], /id/],
    [['queue', 'add', 'title', '--id', 'a'.repeat(65)], /id/],
    [['queue', 'add', 'title', '--id', ''], /id/],
    [['queue', 'add', 'title', '--check', ''], /check/],
    [['queue', 'add', 'title', '--priority', 'highest'], /highest.*urgent, high, normal/],
    [['queue', 'add', 'title', '--body', 'x', '--body-file', 'y'], /exclude each other/],
    [['queue', 'add'], /title/],
    [['queue', 'add', '-rf'], /-rf/],
    [['queue', 'add', 'one', 'two'], /too many arguments/],
    [['queue', 'ad', 'one'], /unknown command 'ad'.*add/],
    [['parallel', '--agents', '0'], /--agents 0: must be a whole number from 1 to 100/],
    [['parallel', '--agents', 'three'], /--agents three/],
    [['parallel', '--agent', '3'], /unknown option '--agent'.*--agents/],
  ])('%j', (args, why) => refused(args, 2, why));

  test('X03: a body over 1 MiB, from a file and from standard input', async () => {
    const big = 'x'.repeat(1024 * 1024 + 1);
    writeFileSync(join(box.root, 'big.md'), big);
    await refused(['queue', 'add', 'title', '--body-file', '../big.md'], 2, /1048576/);
    await refused(['queue', 'add', 'title', '--body-file', '-'], 2, /1048576/, { input: big });
  });

  test('an unknown id where there are items', async () => {
    await box.add('one', 'body');
    await refused(
      ['queue', 'show', '\u001b[31m../x'],
      2,
      /there is no work item "\.\.\/x"; harness queue list shows all/,
    );
  });

  test('an id that belongs to another item', async () => {
    await box.add('one', 'body', '--id', 'mine');
    await refused(['queue', 'add', 'another', '--id', 'mine'], 2, /mine/);
  });
});

test('a broken configuration is shown by line and column, all of it, and nothing is begun', async () => {
  box.write({ '.harness/config.yaml': 'agents: many\nretyr: {}\n' });
  const ran = await box.harness(['parallel']);
  expect(ran).toMatchObject({ code: 2, stdout: '' });
  expect(ran.stderr).toMatch(
    /config.yaml:1:1: agents: .*\n.*config.yaml:2:1: retyr: there is no such setting; did you mean retry\?\n$/,
  );
  expect(existsSync(join(box.root, 'state'))).toBe(false);
});

test('X03: a body from standard input may take its time', async () => {
  const child = box.start(['queue', 'add', 'slow', '--body-file', '-', '--json']);
  const end = ended(child);
  await new Promise((r) => setTimeout(r, 500));
  child.stdin?.write('first ');
  await new Promise((r) => setTimeout(r, 200));
  child.stdin?.end('second');
  const { code, stdout } = await end;
  expect(code).toBe(0);
  expect(await box.show((JSON.parse(stdout) as { id: string }).id)).toMatchObject({ body: 'first second' });
});

test('X03: bytes that are no text, nothing at all, and no standard input', async () => {
  const add = ['queue', 'add', 'title', '--body-file', '-', '--json'];
  const idOf = ({ stdout }: { stdout: string }) => (JSON.parse(stdout) as { id: string }).id;
  await refused(add, 2, /the body holds a NUL byte; only text can be given/, { input: 'a\0b' });
  await refused(add, 2, /--body-file -: cannot be read \(it is not UTF-8 text\)/, {
    input: Buffer.from([0x61, 0xff, 0xfe]),
  });
  const empty = await box.harness(add);
  expect(empty).toMatchObject({ code: 0, stderr: '' });
  expect((await box.show(idOf(empty))).body).toBe('');
  const child = spawn('sh', ['-c', 'exec "$0" "$@" <&-', process.execPath, CLI, ...add], {
    cwd: box.repository,
    env: box.env,
  });
  expect(await ended(child)).toMatchObject({ code: 0, stderr: '' });
});

test('X03: an add that is killed at any moment has added the whole item or nothing, and one that said yes has added it', async () => {
  const body = 'x'.repeat(100_000);
  const said: string[] = [];
  for (let ms = 60; ms <= 300; ms += 20) {
    const child = box.start(['queue', 'add', `after ${ms} ms`, '--body', body, '--json']);
    setTimeout(() => child.kill('SIGKILL'), ms);
    const { stdout } = await ended(child);
    if (stdout) said.push((JSON.parse(stdout) as { id: string }).id);
  }
  expect(await box.harness(['queue', 'add', 'last'])).toMatchObject({ code: 0 });
  const ids = (await box.list()).map(({ id }) => id);
  expect(ids).toEqual(expect.arrayContaining(said));
  for (const id of ids.slice(0, -1)) expect((await box.show(id)).body).toBe(body);
});

test('odd titles and bodies are kept as data, and shown without what a terminal would obey', async () => {
  const body = '\u001b]0;title\u0007 $(touch /tmp/x) `id` \u202e';
  const titles = ['--', '-rf /', '../../etc/passwd', '\u001b[31mred\u001b[0m', '$(id) `id`; rm -rf'];
  for (const title of titles) {
    expect(await box.harness(['queue', 'add', '--body', body, '--', title])).toMatchObject({
      code: 0,
      stderr: '',
    });
  }
  const list = await box.harness(['queue', 'list']);
  // oxlint-disable-next-line no-control-regex
  expect(list.stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f\u202e]/);
  expect((await box.list()).map(({ title }) => title)).toEqual([
    '--',
    '-rf /',
    '../../etc/passwd',
    'red',
    '$(id) `id`; rm -rf',
  ]);
  expect(await box.harness(['parallel', '--agents', '2', '--until-empty'])).toMatchObject({
    code: 0,
    stderr: '',
  });
  const landed = box.git('log', '--format=%s', '--merges', 'harness/integration').split('\n');
  expect(landed).toContain('Merge: ../../etc/passwd');
});
