import { afterEach, beforeEach, expect, test } from 'vitest';
import { ended, Sandbox } from './sandbox.ts';

let box: Sandbox;
beforeEach(() => {
  box = new Sandbox();
});
afterEach(() => box.close());

test('a session without work is closed, and its conversation goes on when there is work again', async () => {
  box.env.HARNESS_SESSION_IDLE_CLOSE = '20s';
  await box.add('first', '[[write:a.txt|1]]');
  const going = ended(box.start(['parallel', '--agents', '1']));
  await box.happens('landed');
  expect(await box.happens('session-ended')).toMatchObject({ cause: 'closed' });
  const second = await box.add('second', '[[write:b.txt|1]]');
  await box.happens('landed', ({ item }) => item === second);
  const started = box.journal().flatMap((one) => (one.is === 'session-started' ? [one] : []));
  expect(started).toMatchObject([{}, { resumed: true, session: started[0]?.session }]);
  expect(box.journal().filter(({ is }) => is === 'dies-often' || is === 'session-replaced')).toEqual([]);
  await box.harness(['stop']);
  await going;
});
