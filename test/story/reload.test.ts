import { afterEach, beforeEach, expect, test } from 'vitest';
import { ended, Sandbox } from './sandbox.ts';

let box: Sandbox;
beforeEach(() => {
  box = new Sandbox({ 'a.txt': 'a\n', '.harness/config.yaml': 'corrections: 0\n' });
});
afterEach(() => box.close());

const happened = (is: string) => box.journal().find((event) => event.is === is);

test('X02: a configuration that changes while a run works counts from then on, a wrong one leaves the last good one', async () => {
  const run = box.start(['parallel', '--agents', '1']);
  const over = ended(run);
  await box.until('the run started', () => happened('run-started'));
  box.write({ '.harness/config.yaml': 'corrections: many\n' });
  const refused = await box.until('the change was refused', () => happened('config-refused'));
  expect(refused).toMatchObject({ why: expect.stringContaining('config.yaml:1:1: corrections') });
  box.write({ '.harness/config.yaml': 'corrections: 1\nagents: 2\n' });
  const changed = await box.until('the change was taken', () => happened('config-changed'));
  expect(changed).toMatchObject({
    changes: [
      'agents: 3 -> 2 (only after a restart: harness stop, then harness parallel)',
      'corrections: 0 -> 1',
    ],
  });
  await box.add('corrected', '[[write:b.txt|x]][[no-commit]][[turn]][[commit:now]]');
  await box.until('the item landed', () => happened('landed'));
  run.kill('SIGINT');
  expect((await over).code).toBe(130);
});
