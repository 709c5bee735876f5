import { afterEach, beforeEach, expect, test } from 'vitest';
import { expectOrder } from './order.ts';
import { ended, Sandbox } from './sandbox.ts';

let box: Sandbox;
beforeEach(() => {
  box = new Sandbox();
});
afterEach(() => box.close());

test('what an agent has not committed is saved while it works, and comes back as a branch of the user', async () => {
  box.write({ '.harness/config.yaml': 'insurance: 4s\n' });
  const id = await box.add('one', '[[write:half.txt|half done]][[sleep:60]]');
  const end = ended(box.start(['parallel', '--agents', '1']));
  await box.happens('rescued');
  const recover = (...args: string[]) => box.harness(['recover', id, ...args]);
  expect(JSON.parse((await recover('--json')).stdout)).toMatchObject([
    { item: id, attempt: 1, kind: 'branch' },
    { item: id, attempt: 1, kind: 'uncommitted', rig: 'app' },
  ]);
  expect((await recover('--show')).stdout).toMatch(/^\+half done$/m);
  expect(await recover('--restore')).toMatchObject({ code: 0, stderr: '' });
  expect(box.git('show', `recovered/${id}-1:half.txt`)).toBe('half done');
  expect(await recover('--restore')).toMatchObject({ code: 2, stdout: '' });
  expect(await recover('--attempt', '7', '--show')).toMatchObject({ code: 2, stdout: '' });
  expect((await box.harness(['recover'])).stdout).toContain(id);
  expect(await box.harness(['stop'])).toMatchObject({ code: 0 });
  await end;
  expectOrder(box);
});
