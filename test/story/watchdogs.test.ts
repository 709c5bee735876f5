import { afterEach, beforeEach, expect, test } from 'vitest';
import { ended, Sandbox } from './sandbox.ts';

let box: Sandbox;
beforeEach(() => {
  box = new Sandbox();
  // 7 min of silence are 4.2 s at this scale.
  box.write({
    '.harness/config.yaml':
      'session: { silence: 7m, grace: 2s }\ntick: 1m\nheartbeat: 10m\nstale: 1h\ntimeouts: { attempt: 48h }\n',
  });
  box.env.HARNESS_TIME_SCALE = '100';
});
afterEach(() => box.close());

const RUN = ['parallel', '--agents', '1', '--until-empty'];
const happened = (is: string) => box.journal().filter((one) => one.is === is);

test('A07 a session that hangs is interrupted, ended where it does not obey, and goes on in the same conversation', async () => {
  const id = await box.add('hangs', '[[write:a.txt|a]][[hang]][[write:b.txt|b]]');
  expect(await box.harness(RUN)).toMatchObject({ code: 0 });
  expect(await box.show(id)).toMatchObject({ place: 'done', attempts: [{ attempt: 1, outcome: 'landed' }] });
  expect(happened('silent')).toMatchObject([{ item: id, why: expect.stringContaining('no sign of life') }]);
  const started = box.journal().flatMap((one) => (one.is === 'session-started' ? [one] : []));
  expect(started).toMatchObject([{}, { resumed: true }]);
  expect(new Set(started.map(({ session }) => session)).size).toBe(1);
});

test('A22 one that is stopped in mid-tool is suspected, ended, and goes on: everything is done once', async () => {
  const step = `while ! test -e ${box.root}/go; do sleep 0.05; done`;
  const id = await box.add('stopped', `[[bash:echo one >> a.txt]][[bash:${step}]][[bash:echo two >> a.txt]]`);
  const run = ended(box.start(RUN));
  const { pid } = await box.happens('session-started');
  await box.until('it is in its tool', () => box.draft('a.txt'));
  process.kill(pid, 'SIGSTOP');
  await box.happens('silent');
  box.write({ '../go': '' });
  expect(await run).toMatchObject({ code: 0 });
  expect(await box.show(id)).toMatchObject({ place: 'done', attempts: [{ attempt: 1, outcome: 'landed' }] });
  expect(box.git('show', 'harness/integration:a.txt')).toBe('one\ntwo');
  expect(happened('landed')).toHaveLength(1);
  expect(happened('claimed')).toHaveLength(1);
});

test('A09 one that works without a word on stdout is left alone while its transcript grows', async () => {
  const steps = Array.from({ length: 14 }, () => '[[bash:sleep 0.5]]').join('');
  const id = await box.add('silent', `[[silent]]${steps}[[write:a.txt|a]]`);
  const run = ended(box.start(RUN));
  await box.until('it has worked', () => box.draft('a.txt'), 20_000);
  expect(happened('silent')).toEqual([]);
  expect(await run).toMatchObject({ code: 0 });
  expect(await box.show(id)).toMatchObject({ place: 'done', attempts: [{ attempt: 1 }] });
});
