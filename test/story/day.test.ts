import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { numbersOf } from '../../src/coordinator/numbers.ts';
import { Sandbox } from './sandbox.ts';

let box: Sandbox;
beforeEach(() => {
  box = new Sandbox();
});
afterEach(() => box.close());

test('the numbers of status and of the end of a run are those that the journal comes to', async () => {
  box.write({ '.harness/config.yaml': 'max_attempts: 1\n' });
  await box.add('good', '[[write:good.txt|x]]');
  const id = await box.add('bad', '[[write:bad.txt|x]]', '--check', 'test -e mended');
  const first = await box.harness(['parallel', '--agents', '2', '--until-empty']);
  expect(first.stdout).toContain('50 % success (the aim is over 80 %), 0 interventions, 4 turns');
  expect(await box.harness(['queue', 'retry', id])).toMatchObject({ code: 0 });
  const run = box.start(['parallel', '--agents', '2']);
  const failedAgain = () => box.journal().filter(({ is }) => is === 'failed').length === 2;
  await box.until('it failed again', failedAgain);
  expect(await box.harness(['queue', 'retry', id])).toMatchObject({ code: 0 });
  await box.happens('put-back', ({ item, from }) => item === id && from === 'failed');
  await box.harness(['stop']);
  await box.until('the run has ended', () => run.exitCode !== null);
  const { numbers } = await box.status();
  expect(numbers).toEqual(numbersOf(box.journal()));
  expect(numbers).toMatchObject({ landed: 1, interventions: 1, interventionsPerDay: 1 });
  expect(numbers?.aims).toEqual({ success: 'missed', interventions: 'missed' });
  expect((await box.harness(['status'])).stdout).toMatch(
    /^24 h: .* 1 intervention \(the aim is under one a day\)/m,
  );
});

test('an alert calls the person once, through a killed coordinator, and once more when it is over', async () => {
  const calls = join(box.root, 'calls');
  box.write({
    '.harness/config.yaml': `notify:\n  command: cat >>${calls}\nmax_attempts: 1\n`,
  });
  const called = () => (existsSync(calls) ? readFileSync(calls, 'utf8').split('\n').filter(Boolean) : []);
  const tree = join(box.root, 'checked-out');
  box.git('worktree', 'add', '-q', '-b', 'harness/integration', tree);
  writeFileSync(join(tree, 'README.md'), 'changed and not committed\n');
  await box.add('good', '[[write:README.md|landed]]');
  const run = box.start(['parallel', '--agents', '1']);
  await box.until('somebody was called', () => called().some((line) => line.startsWith('not published')));
  await box.happens('queue-empty');
  process.kill(await box.coordinator(), 'SIGKILL');
  await box.happens('run-started', ({ after }) => after === 'restarted');
  await box.until('that was told', () =>
    called().some((line) => line.startsWith('the coordinator was killed')),
  );
  const open = (await box.status()).alerts.map(({ cause }) => cause);
  expect(open.toSorted()).toEqual(['not-published', 'queue-empty']);
  box.git('-C', tree, 'checkout', '-q', 'README.md');
  await box.until('it is over', () => called().some((line) => line.startsWith('over: not published')));
  await box.harness(['stop']);
  await box.until('the run has ended', () => run.exitCode !== null);
  const kinds = called().map((line) => line.replace(/:? (r\w+|app|blocked|[0-9]).*/, ''));
  // What is left is told before or after what could not be published.
  expect(kinds.toSorted()).toEqual([
    'not published',
    'nothing is left that could be begun',
    'over: not published',
    'the coordinator was killed;',
  ]);
});
