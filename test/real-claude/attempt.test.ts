import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { SECTIONS } from '../../src/agent/planning.ts';
import { HarnessWorld } from './harness-world.ts';

let world: HarnessWorld;
beforeEach(async () => {
  world = await HarnessWorld.make();
});
afterEach(() => world.close());

function configure(text: string): void {
  mkdirSync(join(world.repository, '.harness'), { recursive: true });
  writeFileSync(join(world.repository, '.harness/config.yaml'), text);
}

const run = () => world.harness('parallel', '--agents', '1', '--until-empty');
const phases = () => world.journal().flatMap((one) => (one.is === 'phase' ? [one.phase] : []));
const verdicts = () =>
  world
    .journal()
    .flatMap((one) => (one.is === 'verdict' ? [`${one.verdict} ${one.reason ?? ''}`.trim()] : []));

const PLAN = `Triage: clear\\n\\n${SECTIONS.map((name, at) => `## ${at + 1}. ${name}\\n\\nThe color is #c0ffee.`).join('\\n\\n')}`;

test('one model plans and another does the work, in one conversation that knows the plan', async () => {
  configure('models: { plan: opus, implement: sonnet }\n');
  const body =
    `[[write:early.txt|x]][[next]][[text:${PLAN}]]` +
    '[[work]][[bash:echo done > a.txt]][[next]][[commit:Do it]][[next]][[text:done]]';
  const id = await world.add('planned', body, '--plan', 'always');
  expect(await run()).toMatchObject({ code: 0, stderr: '' });
  expect(phases()).toEqual(['preparing', 'orienting', 'planning', 'implementing', 'verifying']);
  expect(verdicts()).toEqual(['accepted', 'accepted', 'accepted']);
  const asked = world.asked();
  const models = asked.map(({ model }) => /opus|sonnet/.exec(model)?.[0]);
  expect(new Set(asked.map(({ session }) => session)).size).toBe(1);
  // The plan was made by one, and all that changed the tree was done by the other.
  expect(models.indexOf('sonnet')).toBeGreaterThan(0);
  expect(models.slice(models.indexOf('sonnet'))).toEqual(
    models.slice(models.indexOf('sonnet')).map(() => 'sonnet'),
  );
  expect(models.slice(0, models.indexOf('sonnet'))).not.toContain('sonnet');
  const last = JSON.stringify(asked.at(-1)?.messages);
  expect(last).toContain('Get to know this repository');
  expect(last.split('The color is #c0ffee').length).toBeGreaterThan(SECTIONS.length);
  // What it tried to write while it planned was refused by the CLI itself.
  expect(git('ls-tree', '--name-only', 'harness/integration')).not.toContain('early.txt');
  expect(world.landings()).toEqual([id]);
});

const git = (...args: string[]) =>
  execFileSync('git', args, { cwd: world.repository, env: world.env, encoding: 'utf8' });

test('a check that fails passes after the correction, and both verdicts are in the journal', async () => {
  const body =
    '[[bash:echo wrong > a.txt]][[next]][[commit:First]][[next]][[text:done]]' +
    '[[turn]][[bash:echo right > a.txt]][[next]][[commit:Second]][[next]][[text:now it is]]';
  await world.add(
    'correct me',
    body,
    '--check',
    'grep -q right a.txt || { echo "not ok 1 - a.txt is right"; exit 1; }',
  );
  expect(await run()).toMatchObject({ code: 0, stderr: '' });
  expect(verdicts()).toEqual(['correct check-failed', 'accepted']);
  expect(JSON.stringify(world.asked().at(-1)?.messages)).toContain('not ok 1 - a.txt is right');
});

test('a commit-less "done" is refused, nudged with what it claimed, and then committed', async () => {
  const body =
    '[[bash:echo x > a.txt]][[next]][[text:All changes are committed.]]' +
    '[[turn]][[commit:Really]][[next]][[text:now they are]]';
  const id = await world.add('claims', body);
  expect(await run()).toMatchObject({ code: 0, stderr: '' });
  expect(phases()).toEqual(['preparing', 'implementing', 'verifying', 'nudged', 'verifying']);
  expect(verdicts()).toEqual(['correct false-claim', 'accepted']);
  expect(JSON.stringify(world.asked().at(-1)?.messages)).toMatch(
    /You answered: .{0,4}All changes are committed/,
  );
  expect(world.landings()).toEqual([id]);
});

test('a commit on another branch is out of bounds, and lands only when it is on its own', async () => {
  const body =
    '[[bash:git switch -qc elsewhere && echo x > a.txt]][[next]][[commit:Astray]][[next]][[text:done]]' +
    '[[turn]][[bash:git switch -q - && git merge -q elsewhere]][[next]][[text:brought back]]';
  const id = await world.add('astray', body);
  expect(await run()).toMatchObject({ code: 0, stderr: '' });
  expect(verdicts()).toEqual(['out-of-bounds wrong-branch', 'accepted']);
  expect(world.landings()).toEqual([id]);
});

test('a commit that moves the target is out of bounds, ends the attempt, and never gets there', async () => {
  const past = 'git -c core.hooksPath=/dev/null update-ref refs/heads/harness/integration HEAD';
  configure('max_attempts: 1\n');
  await world.add(
    'evil',
    `[[bash:echo evil > evil.txt]][[next]][[commit:Evil]][[next]][[bash:${past}]][[next]][[text:done]]`,
  );
  expect(await run()).toMatchObject({ code: 1 });
  expect(verdicts()).toEqual(['out-of-bounds out-of-bounds']);
  expect(world.landings()).toEqual([]);
});
