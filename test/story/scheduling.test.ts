import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ended, Sandbox } from './sandbox.ts';

let box: Sandbox;
beforeEach(() => {
  box = new Sandbox();
});
afterEach(() => box.close());

const claims = () =>
  box
    .journal()
    .filter((one) => one.is === 'claimed')
    .map((one) => one.item);

test('what comes after a failed item waits, is given up or is begun, as it says', async () => {
  const hopeless = '[[no-commit]][[turn]][[no-commit]][[turn]][[no-commit]]';
  await box.add('fails', hopeless, '--id', 'fails');
  await box.add('holds', '', '--id', 'holds', '--after', 'fails');
  await box.add('skips', '', '--id', 'skips', '--after', 'fails', '--after-failed', 'skip');
  await box.add('too', '', '--id', 'too', '--after', 'skips', '--after-failed', 'skip');
  await box.add('runs', '', '--id', 'runs', '--after', 'fails', '--after-failed', 'run');
  expect(await box.harness(['parallel', '--agents', '2', '--until-empty'])).toMatchObject({ code: 1 });
  const places = Object.fromEntries((await box.list()).map((one) => [one.id, [one.place, one.reason]]));
  expect(places).toEqual({
    fails: ['failed', 'no-commits'],
    holds: ['pending', null],
    skips: ['failed', 'skipped'],
    too: ['failed', 'skipped'],
    runs: ['done', 'landed'],
  });
});

test('items are begun by priority, and a running agent takes what another terminal adds at once', async () => {
  await box.add('low', '', '--id', 'low', '--priority', 'low');
  await box.add('urgent', '', '--id', 'urgent', '--priority', 'urgent');
  await box.add('high', '', '--id', 'high', '--priority', 'high');
  const end = ended(box.start(['parallel', '--agents', '1']));
  await box.until('they are done', () => claims().length === 3 && landed() === 3);
  await box.add('late', '', '--id', 'late');
  await box.until('the late one is done', () => landed() === 4);
  expect(claims()).toEqual(['urgent', 'high', 'low', 'late']);
  await box.harness(['stop']);
  expect(await end).toMatchObject({ code: 0 });
});

const landed = () => box.journal().filter((one) => one.is === 'landed').length;

test('Q12: an item whose definition is changed while an agent works on it is held, and its work is kept', async () => {
  const id = await box.add('long', '[[write:draft.txt|half]][[sleep:60]]');
  const end = ended(box.start(['parallel', '--agents', '1']));
  await box.until('the draft is there', () => box.draft('draft.txt'));
  const definition = join(box.home, 'queue/ids', id);
  writeFileSync(definition, readFileSync(definition, 'utf8').replace('sleep:60', 'sleep:61'));
  await box.until('it was noticed', () =>
    box.journal().some((one) => one.is === 'given-back' && one.reason === 'changed'),
  );
  expect(await box.show(id)).toMatchObject({
    place: 'held',
    reason: 'changed',
    attempts: [{ charged: false, rescued: `refs/harness/rescue/${id}.1` }],
  });
  await box.harness(['stop']);
  await end;
});

test('Q15: a run whose queue is removed ends, and says so', async () => {
  await box.add('long', '[[sleep:60]]');
  const run = box.start(['parallel', '--agents', '1']);
  const end = ended(run);
  await box.until('the agent works', () =>
    box.journal().some((one) => one.is === 'phase' && one.phase === 'implementing'),
  );
  box.remove('queue');
  const { code, stdout } = await end;
  expect(code).not.toBe(0);
  expect(stdout).toContain('was removed or replaced');
});

test('Q09: what is put into the queue and is no item is quarantined while the run goes on', async () => {
  const end = ended(box.start(['parallel', '--agents', '1']));
  await box.until('it runs', () => box.journal().some((one) => one.is === 'run-started'));
  writeFileSync(join(box.home, 'queue/pending/README'), 'hello');
  writeFileSync(join(box.home, 'queue/pending/2-1nmkmg0~torn~0.0'), '{"format":1,"id":"to');
  await box.until('they are gone', () =>
    box.journal().some((one) => one.is === 'quarantined' && one.what.includes('README')),
  );
  await box.until('the torn one has failed', () =>
    box.journal().some((one) => one.is === 'failed' && one.item === 'torn' && one.reason === 'broken'),
  );
  await box.add('fine', '', '--id', 'fine');
  await box.until('the next item is done', () => landed() === 1);
  await box.harness(['stop']);
  expect(await end).toMatchObject({ code: 1 });
});
