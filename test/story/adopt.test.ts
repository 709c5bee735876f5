import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { JournalEvent } from '../../src/journal/event.ts';
import { expectAllLanded, expectOrder } from './order.ts';
import { ended, Sandbox } from './sandbox.ts';

let box: Sandbox;
beforeEach(() => {
  box = new Sandbox();
});
afterEach(() => box.close());

const RUN = ['parallel', '--agents', '1', '--until-empty'];
const tree = () => join(box.home, 'worktrees/app/a1');
const inTree = (...args: string[]) =>
  execFileSync('git', ['-C', tree(), ...args], { env: box.env, encoding: 'utf8', stdio: 'pipe' }).trim();
const happened = <K extends JournalEvent['is']>(is: K) =>
  box.journal().filter((one): one is Extract<JournalEvent, { is: K }> => one.is === is);
const go = () => box.write({ '../go': '' });

/** One commit, then something uncommitted, then a tool that waits for the file `go`. */
const inThreeSteps = () =>
  '[[write:one.txt|1]][[commit:one]][[write:two.txt|2]]' +
  `[[bash:echo x >> three.txt; while ! test -e ${box.root}/go; do sleep 0.05; done]][[write:four.txt|4]]`;

/** Starts a run and waits until its agent is in that tool. */
async function inMidTool(args = RUN) {
  const run = box.start(args);
  const end = ended(run);
  await box.happens('session-started');
  await box.until('the agent is in its tool', () => inTree('status', '--porcelain').includes('three.txt'));
  return { end, front: run.pid ?? 0 };
}

/** The conversations on the disk: what each was asked, by uuid, and how often a turn was begun. */
function conversations() {
  const folder = join(box.home, 'state/stand-in/projects');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.jsonl'),
  );
  return files.map((file) => {
    const lines = readFileSync(join(folder, file), 'utf8').split('\n').filter(Boolean);
    const prompts = lines.map((line) => JSON.parse(line)).filter(({ type }) => type === 'user');
    return prompts.filter(({ uuid }) => typeof uuid === 'string').map(({ uuid }) => uuid as string);
  });
}

/** Whatever happens to a coordinator, a lease of its is either adopted or given back. */
function expectOneFate() {
  const fates = box
    .journal()
    .flatMap((one) => (one.is === 'adopted' || one.is === 'reclaimed' ? [`${one.run} ${one.item}`] : []));
  expect(fates).toEqual([...new Set(fates)]);
}

test('a coordinator killed in mid-tool and started again goes on in the same conversation, asked once', async () => {
  const id = await box.add('three steps', inThreeSteps());
  const { end, front } = await inMidTool();
  const head = inTree('rev-parse', 'HEAD');
  for (const pid of [front, await box.coordinator()]) process.kill(pid, 'SIGKILL');
  await end;
  const again = ended(box.start(RUN));
  const { session } = await box.happens('adopted', (event) => event.item === id);
  await box.happens('session-started', (event) => event.resumed === true);
  // Nothing was reset.
  expect(inTree('rev-parse', 'HEAD')).toBe(head);
  expect(inTree('status', '--porcelain')).toContain('two.txt');
  go();
  expect(await again).toMatchObject({ code: 0 });
  expectAllLanded(box, [id]);
  expect(new Set(happened('session-started').map((one) => one.session))).toEqual(new Set([session]));
  expect(happened('claimed')).toHaveLength(1);
  expect(happened('reclaimed')).toEqual([]);
  expect(await box.show(id)).toMatchObject({
    place: 'done',
    attempts: [
      { attempt: 1, outcome: 'adopted' },
      { attempt: 1, outcome: 'landed' },
    ],
  });
  const asked = conversations();
  expect(asked).toHaveLength(1);
  expect(new Set(asked[0]).size).toBe(1);
  expectOneFate();
});

test('it goes on however often the coordinator is killed, up to a limit, then it is begun anew', async () => {
  const id = await box.add('three steps', inThreeSteps());
  const { end, front } = await inMidTool();
  let victims = [front, await box.coordinator()];
  let before = end;
  const fates: string[] = [];
  for (let life = 1; life <= 4; life++) {
    for (const pid of victims) process.kill(pid, 'SIGKILL');
    await before;
    const run = box.start(RUN);
    before = ended(run);
    const starts = life + 1;
    await box.until(`life ${starts} began`, () => happened('run-started').length === starts);
    fates.push(happened('adopted').length === life ? 'adopted' : 'given back');
    await box.until('the agent is at it', () => happened('session-started').length === starts);
    victims = [run.pid ?? 0, await box.coordinator()];
  }
  expect(fates).toEqual(['adopted', 'adopted', 'adopted', 'given back']);
  go();
  await before;
  expectAllLanded(box, [id]);
  expectOneFate();
}, 90_000);

test.each<[string, () => void]>([
  ['HEAD is elsewhere', () => inTree('checkout', '-q', '--detach')],
  [
    'the branch is elsewhere',
    () => {
      const stray = inTree('commit-tree', '-m', 'stray', '-p', 'HEAD', 'HEAD^{tree}');
      const branch = `refs/heads/${inTree('branch', '--show-current')}`;
      execFileSync('git', ['--git-dir', box.depot, 'update-ref', branch, stray]);
    },
  ],
  ['the conversation is gone', () => box.remove('state/stand-in/projects')],
  ['another conversation is on the seat', () => rewriteSession()],
])('it is given back, its work saved, when %s', async (_, happen) => {
  const id = await box.add('three steps', inThreeSteps());
  const { end, front } = await inMidTool();
  for (const pid of [front, await box.coordinator()]) process.kill(pid, 'SIGKILL');
  await end;
  await box.until('nothing of it lives', () => box.alive().length === 0);
  happen();
  go();
  expect(await box.harness(RUN)).toMatchObject({ code: 0 });
  expectAllLanded(box, [id]);
  expect(happened('adopted')).toEqual([]);
  expect(happened('reclaimed')).toMatchObject([{ item: id, reason: 'coordinator-died' }]);
  expect(new Set(happened('session-started').map((one) => one.session)).size).toBe(2);
  expectOneFate();
});

/** As if the seat had gone on with another conversation than the attempt's. */
function rewriteSession(): void {
  const file = join(box.home, 'state/agents/a1/state.json');
  const state = JSON.parse(readFileSync(file, 'utf8'));
  writeFileSync(file, JSON.stringify({ ...state, session: '00000000-0000-4000-8000-000000000000' }));
}

test('an attempt whose seat is not there any more is given back', async () => {
  const first = await box.add('three steps', inThreeSteps());
  const second = await box.add('another', inThreeSteps());
  const { end, front } = await inMidTool(['parallel', '--agents', '2', '--until-empty']);
  await box.until('both are at it', () => happened('session-started').length === 2);
  for (const pid of [front, await box.coordinator()]) process.kill(pid, 'SIGKILL');
  await end;
  go();
  expect(await box.harness(RUN)).toMatchObject({ code: 0 });
  expectAllLanded(box, [first, second]);
  const fates = [...happened('adopted'), ...happened('reclaimed')].map(({ agent }) => agent);
  expect(fates).toContain('a2');
  expect(happened('reclaimed').map(({ agent }) => agent)).toContain('a2');
  expectOneFate();
});

test('an attempt that was being checked goes on with its checks, and its agent is not asked', async () => {
  const check = `while ! test -e ${box.root}/go; do sleep 0.05; done`;
  const id = await box.add('checked', '[[write:a.txt|a]]', '--check', check);
  const run = box.start(RUN);
  const end = ended(run);
  await box.happens('phase', (event) => event.phase === 'verifying');
  for (const pid of [run.pid ?? 0, await box.coordinator()]) process.kill(pid, 'SIGKILL');
  await end;
  go();
  expect(await box.harness(RUN)).toMatchObject({ code: 0 });
  expectAllLanded(box, [id]);
  expect(happened('adopted')).toHaveLength(1);
  expect(happened('session-started')).toHaveLength(1);
  expectOrder(box);
});
