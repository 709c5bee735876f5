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
