import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { HarnessWorld } from './harness-world.ts';

let world: HarnessWorld;
beforeEach(async () => {
  world = await HarnessWorld.make();
});
afterEach(() => world.close());

test('six items through two agents land, in one growing conversation for each agent', async () => {
  const ids: string[] = [];
  for (const n of [1, 2, 3, 4, 5, 6]) {
    const body = `[[bash:echo ${n} > item-${n}.txt]][[next]][[commit:Do item ${n}]][[next]][[text:item ${n} is done]]`;
    ids.push(await world.add(`item ${n}`, body, '--check', `test "$(cat item-${n}.txt)" = ${n}`));
  }
  const ran = await world.harness('parallel', '--agents', '2', '--until-empty');
  expect(ran).toMatchObject({ code: 0, stderr: '' });
  expect(world.landings()).toEqual(ids.toSorted());
  const started = world.journal().flatMap((one) => (one.is === 'session-started' ? [one.session] : []));
  expect(started).toHaveLength(2);
  const conversations = Map.groupBy(world.asked(), ({ session }) => session);
  expect([...conversations.keys()].toSorted()).toEqual(started.toSorted());
  for (const requests of conversations.values()) {
    const lengths = requests.map(({ messages }) => messages.length);
    expect(lengths).toEqual(lengths.toSorted((one, other) => one - other));
    const prompts = new Set(JSON.stringify(requests.at(-1)?.messages).match(/Do item \d/g));
    expect(prompts.size).toBeGreaterThan(1);
  }
});

test('a check that fails is corrected in the same conversation', async () => {
  const body =
    '[[bash:echo wrong > a.txt]][[next]][[commit:First]][[next]][[text:done]]' +
    '[[turn]][[bash:echo right > a.txt]][[next]][[commit:Second]][[next]][[text:now it is]]';
  await world.add(
    'correct me',
    body,
    '--check',
    'grep -q right a.txt || { echo "a.txt says $(cat a.txt)"; exit 1; }',
  );
  expect(await world.harness('parallel', '--agents', '1', '--until-empty')).toMatchObject({
    code: 0,
    stderr: '',
  });
  const phases = world.journal().flatMap((one) => (one.is === 'phase' ? [one.phase] : []));
  expect(phases).toEqual(['preparing', 'implementing', 'verifying', 'correcting', 'verifying']);
  expect(new Set(world.asked().map(({ session }) => session)).size).toBe(1);
  expect(JSON.stringify(world.asked().at(-1)?.messages)).toContain('a.txt says wrong');
});

test('front and coordinator are killed in mid-tool: CLI and tool go too, and the item lands once', async () => {
  const go = join(world.folder, 'go');
  const wait = `echo half > half.txt; test -e ${go} || exec node -e 'setTimeout(() => {}, 100000)'`;
  const id = await world.add('killed', `[[bash:${wait}]][[next]][[commit:Whole]][[next]][[text:done]]`);
  const front = world.start('parallel', '--agents', '1', '--until-empty');
  const tool = await world.until('the tool runs', () =>
    world.marked().find(({ command }) => command.includes('setTimeout')),
  );
  const coordinator = world.journal().find((one) => one.is === 'run-started');
  front.child.kill('SIGKILL');
  process.kill(coordinator?.pid ?? 0, 'SIGKILL');
  await front.end;
  await world.until('CLI and tool are gone', () => world.marked().length === 0, 5_000);
  expect(tool.command).toContain('node');
  writeFileSync(go, '');
  expect(await world.harness('parallel', '--agents', '1', '--until-empty')).toMatchObject({
    code: 0,
    stderr: '',
  });
  expect(world.landings()).toEqual([id]);
  const rescued = world.journal().filter((one) => one.is === 'rescued');
  expect(rescued).toMatchObject([{ item: id, attempt: 1, ref: `refs/harness/rescue/${id}.1` }]);
});

test('a tool outside of the list is denied and told so, and the turn goes on', async () => {
  mkdirSync(join(world.repository, '.harness'));
  writeFileSync(join(world.repository, '.harness/config.yaml'), 'permissions: { tools: [Bash] }\n');
  const body =
    `[[write:${world.folder}/outside.txt|no]][[next]][[bash:echo yes > a.txt]][[next]]` +
    '[[commit:Without it]][[next]][[text:done]]';
  const id = await world.add('denied', body);
  expect(await world.harness('parallel', '--agents', '1', '--until-empty')).toMatchObject({
    code: 0,
    stderr: '',
  });
  expect(world.landings()).toEqual([id]);
  expect(JSON.stringify(world.asked().at(-1)?.messages)).toMatch(/"is_error":true/);
  expect(() => readFileSync(join(world.folder, 'outside.txt'))).toThrow(/ENOENT/);
});

test('without claude on the PATH nothing is begun', async () => {
  await world.add('waits', 'for better times');
  world.env.PATH = '/usr/bin:/bin';
  const ran = await world.harness('parallel', '--agents', '1', '--until-empty');
  expect(ran).toMatchObject({ code: 3, stdout: '' });
  expect(ran.stderr).toMatch(
    /^harness: the agent program claude was not found on PATH; install Claude Code[^\n]*\n$/,
  );
  expect(world.asked()).toEqual([]);
});
