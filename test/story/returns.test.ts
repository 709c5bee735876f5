import { afterEach, beforeEach, expect, test } from 'vitest';
import { expectAllLanded, expectOrder } from './order.ts';
import { ended, Sandbox } from './sandbox.ts';

let box: Sandbox;
beforeEach(() => {
  box = new Sandbox();
});
afterEach(() => box.close());

const parallel = (agents: number) => ['parallel', '--agents', String(agents), '--until-empty'];
const configure = (text: string) => box.write({ '.harness/config.yaml': text });
const of = (is: string) => box.journal().filter((one) => one.is === is);
const sessions = (id: string) => box.queue.records(id).map(({ session }) => session);

/** Waits in a turn until both agents are there, so that both begin from the same target. */
const meet = (name: string) =>
  `[[bash:touch ${box.root}/${name}; while ! test -e ${box.root}/a -a -e ${box.root}/b; do sleep 0.02; done]]`;

/** Two items that change one line, both ready before the first of them lands. */
async function rivals(resolve: (mine: string) => string, check = 'sleep 1'): Promise<string[]> {
  const item = (mine: string) =>
    box.add(mine, `${meet(mine)}[[edit:README.md|an app|${mine}]]${resolve(mine)}`, '--check', check);
  return [await item('a'), await item('b')];
}

test('W12: two ready items that change one line: the one that loses is resolved by its author in its conversation', async () => {
  const ids = await rivals(() => '[[turn]][[resolve:README.md|a and b\\n]]');
  expect(await box.harness(parallel(2))).toMatchObject({ code: 0, stderr: '' });
  expectAllLanded(box, ids);
  expect(box.git('show', 'harness/integration:README.md')).toBe('a and b');
  const [back] = of('returned');
  expect(of('returned')).toMatchObject([{ reason: 'conflict', attempt: 1 }]);
  expect(of('given-back')).toEqual([]);
  expect(of('claimed')).toHaveLength(2);
  const { item = '', agent = '' } = back as { item?: string; agent?: string };
  const [record] = box.queue.records(item);
  expect(record).toMatchObject({ attempt: 1, agent, returns: 1, outcome: 'landed' });
  const started = of('session-started') as { agent?: string; session?: string }[];
  expect(started.filter((one) => one.agent === agent)).toMatchObject([{ session: record?.session }]);
});

test('a check that fails only with what landed meanwhile goes back to the author as well', async () => {
  const check = 'sleep 1; ! test -e a.txt -a -e b.txt || test -e both.txt';
  const item = (mine: string) =>
    box.add(mine, `${meet(mine)}[[write:${mine}.txt|1]][[turn]][[resolve:both.txt|1]]`, '--check', check);
  const ids = [await item('a'), await item('b')];
  expect(await box.harness(parallel(2))).toMatchObject({ code: 0, stderr: '' });
  expectAllLanded(box, ids);
  expect(of('returned')).toMatchObject([{ reason: 'check-failed' }]);
  expect(box.git('ls-tree', '--name-only', 'harness/integration')).toBe('README.md\na.txt\nb.txt\nboth.txt');
});

test('an author that works on something else resolves at its next boundary, before it begins anything new', async () => {
  const gate = `[[bash:while ! test -e ${box.root}/go; do sleep 0.02; done]]`;
  const slow = await box.add(
    'slow',
    '[[edit:README.md|an app|slow]][[turn]][[resolve:README.md|both\\n]]',
    '--check',
    `test -e ${box.root}/landed || { touch ${box.root}/waits; while ! test -e ${box.root}/landed; do sleep 0.02; done; }`,
  );
  const fast = await box.add('fast', `${gate}[[edit:README.md|an app|fast]]`);
  const next = await box.add('next', '[[sleep:2]][[write:next.txt|1]]', '--priority', 'low');
  const last = await box.add('last', '[[write:last.txt|1]]', '--priority', 'low');
  const end = ended(box.start(parallel(2)));
  await box.until('the slow one is being checked', () => box.draft('README.md') && of('phase').length > 2);
  box.write({ '../go': '' });
  await box.happens('landed', ({ item }) => item === fast);
  box.write({ '../landed': '' });
  expect(await end).toMatchObject({ code: 0, stderr: '' });
  expectAllLanded(box, [slow, fast, next, last]);
  expect(box.git('show', 'harness/integration:README.md')).toBe('both');
});

test('without corrections it is given back uncharged, and the next attempt is told what this one had changed', async () => {
  configure('corrections: 0\n');
  const seen = `[[attempt:2]][[write:README.md|a and b\\n]]`;
  const ids = await rivals((mine) => `[[attempt:2]]${seen.replace('[[attempt:2]]', '')}[[say:${mine}]]`);
  expect(await box.harness(parallel(2))).toMatchObject({ code: 0, stderr: '' });
  expectAllLanded(box, ids);
  expect(of('returned')).toEqual([]);
  const [given] = of('given-back') as { item?: string; charged?: boolean; reason?: string }[];
  expect(given).toMatchObject({ reason: 'conflict', charged: false });
  const [first] = box.queue.records(given?.item ?? '');
  expect(first?.finding).toMatch(
    /Your side:\n {2}\w+ .*\nThe other side, what landed since you began:\n {2}\w+ Merge: /,
  );
  expect(first?.finding).toMatch(/^\+[ab]$/m);
  expect(sessions(given?.item ?? '')).toHaveLength(2);
});

test('an author that dies over its conflict is not the end: a fresh attempt begins from the new target', async () => {
  configure('retry: { first: 1s, most: 1s }\n');
  const anew = '[[turn]][[die:always]][[attempt:2]][[write:README.md|a and b\\n]]';
  const item = (mine: string) =>
    box.add(mine, `[[attempt:1]]${meet(mine)}[[edit:README.md|an app|${mine}]]${anew}`, '--check', 'sleep 1');
  const ids = [await item('a'), await item('b')];
  expect(await box.harness(parallel(2))).toMatchObject({ code: 0, stderr: '' });
  expectAllLanded(box, ids);
  expect(of('returned')).toHaveLength(1);
  expect(of('given-back')).toMatchObject([{ reason: 'session-died' }]);
  expect(box.git('show', 'harness/integration:README.md')).toBe('a and b');
});

test('the coordinator is killed while an author resolves: nothing is lost, nothing lands twice', async () => {
  const ids = await rivals(
    () => '[[turn]][[resolve:README.md|a and b\\n]][[sleep:3]][[attempt:2]][[write:README.md|a and b\\n]]',
  );
  const end = ended(box.start(parallel(2)));
  await box.happens('returned');
  await box.happens('phase', ({ phase, detail }) => phase === 'correcting' && detail === 'conflict');
  process.kill(await box.coordinator(), 'SIGKILL');
  expect(await end).toMatchObject({ code: 0 });
  expectAllLanded(box, ids);
  expect(box.git('show', 'harness/integration:README.md')).toBe('a and b');
});

test('an item whose landing was refused can be cancelled while it waits for its author', async () => {
  const ids = await rivals(() => '[[turn]][[sleep:5]][[resolve:README.md|a and b\\n]]');
  const end = ended(box.start(parallel(2)));
  const { item } = await box.happens('returned');
  expect(await box.harness(['queue', 'cancel', item])).toMatchObject({ code: 0 });
  await end;
  expect(box.landings()).toEqual({ [ids.find((id) => id !== item) ?? '']: 1 });
  expect(await box.show(item)).toMatchObject({ place: 'failed' });
  expectOrder(box);
});
