import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Sandbox } from './sandbox.ts';

let box: Sandbox;
beforeEach(() => {
  box = new Sandbox();
});
afterEach(() => box.close());

test('an agent that moves the target is charged with it, the target stays, and the others land', async () => {
  const past = 'git -c core.hooksPath=/dev/null';
  const evil = await box.add(
    'evil',
    `[[write:evil.txt|x]][[commit]][[bash:${past} update-ref refs/heads/harness/integration HEAD]]`,
  );
  const good = await box.add('good', '[[write:good.txt|x]][[commit]]');
  const ran = await box.harness(['parallel', '--agents', '1', '--until-empty']);
  expect(ran).toMatchObject({ code: 1 });
  const item = await box.show(evil);
  expect(item).toMatchObject({ place: 'failed', reason: 'out-of-bounds' });
  expect(item.attempts).toHaveLength(3);
  expect(item.attempts[0]).toMatchObject({
    charged: true,
    reason: 'out-of-bounds',
    finding: expect.stringContaining('harness/integration (the target) was moved'),
  });
  expect(box.landings()).toEqual({ [good]: 1 });
  expect(box.git('ls-tree', '--name-only', 'harness/integration').split('\n')).toEqual([
    'README.md',
    'good.txt',
  ]);
});

test('an agent that plants a monitor in the settings is charged, and the coordinator never runs it', async () => {
  const mark = join(box.root, 'pwned');
  const evil = await box.add(
    'evil',
    `[[write:evil.txt|x]][[commit]][[bash:git config core.fsmonitor "touch ${mark}"]][[no-commit]]`,
  );
  await box.harness(['parallel', '--agents', '2', '--until-empty']);
  expect(await box.show(evil)).toMatchObject({ place: 'failed', reason: 'out-of-bounds' });
  expect(existsSync(mark)).toBe(false);
});

test('two agents that stash are refused at once, mend it themselves and lose nothing', async () => {
  const stash = '[[write:README.md|changed]][[bash:git stash]]';
  const ids = [
    await box.add('one', `${stash}[[write:1.txt|x]]`),
    await box.add('two', `${stash}[[bash:rm README.md; git checkout README.md]][[write:2.txt|x]]`),
  ];
  expect(await box.harness(['parallel', '--agents', '2', '--until-empty'])).toMatchObject({ code: 0 });
  expect(box.landings()).toEqual(Object.fromEntries(ids.map((id) => [id, 1])));
  expect(box.git('show', 'harness/integration:README.md')).toBe('changed');
});
