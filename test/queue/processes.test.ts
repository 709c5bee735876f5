import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { finish, start } from './child.ts';
import type { Program } from './child.ts';
import { filesOf, itemOf, namesIn, newQueue } from './ground.ts';

const each = (programs: Program[], line: string) => Promise.all(programs.map((one) => one.ask(line)));

test('of ten processes that claim one item, exactly one wins, 200 times', async () => {
  const queue = newQueue();
  const programs = Array.from({ length: 10 }, (_, index) =>
    start('claimant.ts', [queue.folder, `a${index}`]),
  );
  const wins = new Map<number, number>();
  for (let round = 0; round < 200; round++) {
    queue.add(itemOf(`i${round}`));
    await each(programs, `look i${round}`);
    const answers = await each(programs, 'claim');
    expect(answers.filter((answer) => answer === 'true')).toHaveLength(1);
    const winner = answers.indexOf('true');
    expect(queue.find(`i${round}`)).toMatchObject({ place: 'claimed', agent: `a${winner}`, attempt: 1 });
    wins.set(winner, (wins.get(winner) ?? 0) + 1);
    expect((await each(programs, 'finish')).filter((answer) => answer === 'true')).toHaveLength(1);
  }
  await Promise.all(programs.map((one) => one.end()));
  expect(queue.entries('done')).toHaveLength(200);
  // Otherwise it was no race.
  expect(wins.size).toBeGreaterThan(1);
});

test('a stopped process whose lease was taken back is fenced when it goes on', async () => {
  const queue = newQueue();
  queue.add(itemOf('a'));
  const zombie = start('claimant.ts', [queue.folder, 'zombie']);
  await zombie.ask('look a');
  expect(await zombie.ask('claim')).toBe('true');
  zombie.child.kill('SIGSTOP');
  const [lease] = queue.leases();
  expect(lease && queue.giveBack(lease, { reason: 'stale', charged: true })).toBe(true);
  const next = queue.claim(queue.find('a'), { agent: 'a2', run: 'r2' });
  expect(next?.attempt).toBe(2);
  const answers = [zombie.ask('renew'), zombie.ask('finish')];
  zombie.child.kill('SIGCONT');
  expect(await Promise.all(answers)).toEqual(['false', 'false']);
  expect(next && queue.finish(next, 'landed')).toBe(true);
  expect(await zombie.ask('finish')).toBe('false');
  await zombie.end();
  expect(filesOf(queue)).toEqual(['done/2-1nmkmg0~a~2.1~landed']);
});

test('of taking a lease back and finishing it at the same moment, one happens, 100 times', async () => {
  const queue = newQueue();
  const holder = start('claimant.ts', [queue.folder, 'holder']);
  for (let round = 0; round < 100; round++) {
    queue.add(itemOf(`i${round}`));
    await holder.ask(`look i${round}`);
    await holder.ask('claim');
    const [lease] = queue.leases();
    const finishing = holder.ask('finish');
    // The line needs a moment to arrive: without a wait of varying length the first would always win.
    for (let turns = round % 10; turns > 0; turns--) await new Promise(setImmediate);
    const takenBack = lease !== undefined && queue.fail(lease, 'stale', { charged: false });
    expect([takenBack, (await finishing) === 'true'].filter(Boolean)).toHaveLength(1);
    expect(queue.find(`i${round}`).place).toBe(takenBack ? 'failed' : 'done');
  }
  await holder.end();
});

test('of eight processes that add the same id, one adds it and the others find it', async () => {
  const queue = newQueue();
  for (let round = 0; round < 5; round++) {
    const runs = Array.from({ length: 8 }, () => finish('adder.ts', [queue.folder, `i${round}`, 'same']));
    const outputs = (await Promise.all(runs)).map(({ output }) => output.trim());
    expect(outputs.toSorted()).toEqual(['added', ...Array.from({ length: 7 }, () => 'existed')]);
  }
  expect(filesOf(queue)).toHaveLength(5);
  expect(namesIn(queue, 'tmp')).toEqual([]);
});

test('of eight processes that add different items under one id, one succeeds', async () => {
  const queue = newQueue();
  const runs = Array.from({ length: 8 }, (_, index) =>
    finish('adder.ts', [queue.folder, 'x', `body ${index}`]),
  );
  const outputs = (await Promise.all(runs)).map(({ output }) => output.trim());
  expect(outputs.filter((output) => output === 'added')).toHaveLength(1);
  expect(outputs.filter((output) => output.includes('exists with other content'))).toHaveLength(7);
  expect(queue.read('x')?.body).toBe(`body ${outputs.indexOf('added')}`);
});

describe('a process that is killed while it adds', () => {
  test.each([0, 1, 2, 3])('after %i file calls leaves what recovery finishes or sweeps', async (steps) => {
    const queue = newQueue();
    expect((await finish('adder.ts', [queue.folder, 'a', 'body', String(steps)])).end).toBe('SIGKILL');
    const { finished, swept, quarantined } = queue.recover();
    expect({ finished, swept, quarantined }).toEqual({
      finished: steps >= 2 ? ['a'] : [],
      swept: steps === 1 ? 1 : 0,
      quarantined: [],
    });
    expect((await finish('adder.ts', [queue.folder, 'a', 'body'])).output.trim()).toBe(
      steps >= 2 ? 'existed' : 'added',
    );
    expect(queue.entries()).toHaveLength(1);
    expect(namesIn(queue, 'tmp')).toEqual([]);
  });

  const strace = spawnSync('strace', ['-V']).status === 0;
  const calls = ['fsync:1', 'link,linkat:1', 'fsync:2', 'rename,renameat2:1'];

  test.skipIf(!strace).each(calls)(
    'in the system call %s leaves what recovery finishes or sweeps',
    async (call) => {
      const queue = newQueue();
      const [names = '', when = ''] = call.split(':');
      const inject = ['strace', '-f', '-o', '/dev/null', '-e', `inject=${names}:signal=KILL:when=${when}`];
      expect((await finish('adder.ts', [queue.folder, 'a', 'body'], inject)).end).toBe('SIGKILL');
      queue.recover();
      const before = queue.entries().length;
      expect((await finish('adder.ts', [queue.folder, 'a', 'body'])).output.trim()).toBe(
        before === 1 ? 'existed' : 'added',
      );
      expect(queue.entries()).toHaveLength(1);
      expect(queue.read('a')?.body).toBe('body');
      expect(namesIn(queue, 'tmp')).toEqual([]);
    },
  );
});
