import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Sandbox } from './sandbox.ts';

let box: Sandbox;
beforeEach(() => {
  box = new Sandbox();
});
afterEach(() => box.close());

const RUN = ['parallel', '--agents', '1', '--until-empty'];
const of = (is: string) => box.journal().filter((one) => one.is === is);

test('a worktree whose work cannot be saved is set aside whole, and fails no item but its own', async () => {
  // A repository in it whose name is no text: git can save neither it nor what is in it.
  const damage = String.raw`N=$(printf "n\\377"); mkdir $N; cd $N; git init -q .; echo precious > f`;
  const evil = await box.add('evil', `[[write:a.txt|a]][[commit]][[bash:${damage}]]`);
  const good = await box.add('good', '[[write:b.txt|b]]');
  expect(await box.harness(RUN)).toMatchObject({ code: 1 });
  expect(box.landings()).toEqual({ [good]: 1 });
  expect(box.queue.records(good)).toHaveLength(1);
  expect(box.queue.records(evil).at(-1)).toMatchObject({ outcome: 'failed' });
  const [told] = of('trouble');
  expect(told).toMatchObject({ agent: 'a1', what: expect.stringMatching(/cannot be used .*it is kept in/) });
  const aside = / kept in (.+)$/.exec(String(told && 'what' in told && told.what))?.[1] ?? '';
  expect(readdirSync(join(aside, 'tree'))).toContain('a.txt');
  const found = execFileSync('grep', ['-rl', 'precious', '.'], {
    cwd: join(aside, 'tree'),
    encoding: 'latin1',
  });
  expect(found).toMatch(/\/f\n$/);
});

test('an agent that puts a FIFO in the place of its log stops nobody', async () => {
  const log = '$(git rev-parse --git-path logs/$(git symbolic-ref HEAD))';
  const ids = [
    await box.add('evil', `[[write:a.txt|a]][[commit]][[bash:L=${log}; rm -f $L; mkfifo $L]]`),
    await box.add('good', '[[write:b.txt|b]]'),
  ];
  expect(await box.harness(RUN)).toMatchObject({ code: 0 });
  expect(box.landings()).toEqual(Object.fromEntries(ids.map((id) => [id, 1])));
  expect(of('run-started')).toHaveLength(1);
});
