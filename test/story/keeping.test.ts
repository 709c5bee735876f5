import { renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ended, Sandbox } from './sandbox.ts';

let box: Sandbox;
beforeEach(() => {
  box = new Sandbox();
});
afterEach(() => box.close());

test('fsck finds what is out of order, repairs it, and leaves a queue alone that a run works on', async () => {
  await box.add('first', '', '--id', 'first');
  await box.add('second', '', '--id', 'second');
  expect(await box.harness(['queue', 'fsck'])).toMatchObject({ code: 0, stdout: 'the queue is in order\n' });
  rmSync(join(box.home, 'queue/pending', box.queue.find('first').file));
  writeFileSync(join(box.home, 'queue/held/notes.txt'), 'mine');
  const found = await box.harness(['queue', 'fsck']);
  expect(found).toMatchObject({
    code: 1,
    stdout: expect.stringContaining('ids/first: is in no place (harness queue fsck --repair mends it)'),
  });
  const mended = await box.harness(['queue', 'fsck', '--repair', '--json']);
  expect(JSON.parse(mended.stdout)).toMatchObject({
    mended: { finished: ['first'], quarantined: ['held/notes.txt: not a name of ours'] },
    faults: [],
  });
  expect(mended.code).toBe(0);
  await box.harness(['pause']);
  const end = ended(box.start(['parallel', '--agents', '1']));
  await box.until('it runs', () => box.journal().some((one) => one.is === 'run-started'));
  const refused = await box.harness(['queue', 'fsck', '--repair']);
  expect(refused).toMatchObject({ code: 3, stderr: expect.stringContaining('end it with harness stop') });
  expect((await box.harness(['queue', 'fsck'])).code).toBe(0);
  await box.harness(['stop']);
  await end;
});

test('what was done on an earlier day is archived by the next run, listed when asked for, and done for those after it', async () => {
  await box.add('old', '', '--id', 'old');
  const lease = box.queue.claim(box.queue.find('old'), { agent: 'a1', run: 'r1' });
  if (lease) box.queue.finish(lease, 'landed');
  utimesSync(join(box.home, 'queue/done', box.queue.find('old').file), 1, 86_400);
  await box.add('new', '[[write:a.txt|b]]', '--id', 'new', '--after', 'old');
  expect(await box.harness(['parallel', '--agents', '1', '--until-empty'])).toMatchObject({ code: 0 });
  const ids = async (...args: string[]) =>
    (JSON.parse((await box.harness(['queue', 'list', '--json', ...args])).stdout) as { id: string }[]).map(
      ({ id }) => id,
    );
  expect(await ids()).toEqual(['new']);
  expect((await ids('--archived')).toSorted()).toEqual(['new', 'old']);
  expect(await box.show('old')).toMatchObject({ place: 'done' });
  expect((await box.harness(['queue', 'fsck'])).code).toBe(0);
  renameSync(join(box.home, 'queue/archive/1970-01-02'), join(box.home, 'queue/archive/lost'));
  expect((await box.harness(['queue', 'fsck'])).code).toBe(1);
});
