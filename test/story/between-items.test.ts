import { afterEach, beforeEach, expect, test } from 'vitest';
import { ended, Sandbox } from './sandbox.ts';

let box: Sandbox;
beforeEach(() => {
  box = new Sandbox();
});
afterEach(() => box.close());

const RUN = ['parallel', '--agents', '1', '--until-empty'];
const of = (is: string) => box.journal().filter((one) => one.is === is);

test.each([
  ['keep', { processes: 1, conversations: 1 }],
  ['clear', { processes: 1, conversations: 2 }],
  ['new', { processes: 2, conversations: 2 }],
])('between_items: %s', async (how, { processes, conversations }) => {
  box.write({ '.harness/config.yaml': `session: { between_items: ${how} }\n` });
  const ids = [await box.add('one', '[[write:one.txt|1]]'), await box.add('two', '[[write:two.txt|2]]')];
  expect(await box.harness(RUN)).toMatchObject({ code: 0 });
  expect(box.landings()).toEqual({ [ids[0] ?? '']: 1, [ids[1] ?? '']: 1 });
  expect(of('session-started')).toHaveLength(processes);
  const records = ids.flatMap((id) => box.queue.records(id));
  expect(new Set(records.map(({ session }) => session)).size).toBe(conversations);
  expect(of('session-replaced')).toHaveLength(how === 'clear' ? 1 : 0);
});

test('a changed model reaches the live session, in mid-turn', async () => {
  box.write({ '.harness/config.yaml': 'models: { implement: one }\n' });
  await box.add('long', `[[bash:while ! test -e ${box.root}/go; do sleep 0.05; done]][[write:a.txt|a]]`);
  const end = ended(box.start(RUN));
  await box.happens('session-started');
  box.write({
    '.harness/config.yaml': 'models: { implement: two, effort: low }\npermissions: { mode: acceptEdits }\n',
  });
  await box.happens('config-changed');
  box.write({ '../go': '' });
  expect(await end).toMatchObject({ code: 0 });
  expect(of('session-started')).toHaveLength(1);
  expect(of('trouble')).toEqual([]);
});
