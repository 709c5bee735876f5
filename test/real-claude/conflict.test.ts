import { execFileSync } from 'node:child_process';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { HarnessWorld } from './harness-world.ts';

let world: HarnessWorld;
beforeEach(async () => {
  world = await HarnessWorld.make();
});
afterEach(() => world.close());

test('a conflict with what landed meanwhile is resolved by its author, in its own conversation', async () => {
  const meet = (mine: string) =>
    `[[bash:touch ${world.folder}/${mine}; while ! test -e ${world.folder}/one -a -e ${world.folder}/two; do sleep 0.05; done]][[next]]`;
  const resolve =
    '[[turn]][[bash:git merge -q harness/integration || true]][[next]]' +
    String.raw`[[bash:printf 'one and two\n' > README.md]][[next]][[commit:Bring both together]][[next]][[text:both are in]]`;
  const item = (mine: string) =>
    world.add(
      mine,
      `${meet(mine)}[[bash:echo ${mine} > README.md]][[next]][[commit:Say ${mine}]][[next]][[text:done]]${resolve}`,
      '--check',
      'sleep 3',
    );
  const ids = [await item('one'), await item('two')];
  const ran = await world.harness('parallel', '--agents', '2', '--until-empty');
  expect(ran).toMatchObject({ code: 0, stderr: '' });
  expect(world.landings()).toEqual(ids.toSorted());
  const show = ['show', 'harness/integration:README.md'];
  expect(execFileSync('git', show, { cwd: world.repository, env: world.env, encoding: 'utf8' })).toBe(
    'one and two\n',
  );
  const journal = world.journal();
  const returned = journal.filter((one) => one.is === 'returned');
  expect(returned).toMatchObject([{ reason: 'conflict', attempt: 1 }]);
  const started = journal.flatMap((one) => (one.is === 'session-started' ? [one] : []));
  expect(started).toHaveLength(2);
  const author = started.find(({ agent }) => agent === returned[0]?.agent);
  const asked = world.asked().filter(({ session }) => session === author?.session);
  const last = JSON.stringify(asked.at(-1)?.messages);
  // The same conversation: it holds the first prompt, its own work, and now both sides.
  expect(last).toMatch(/Say (one|two)/);
  expect(last).toContain('Bring both together');
  expect(last).toMatch(/Your side:.*The other side, what landed since you began:.*Merge: (one|two)/);
});
