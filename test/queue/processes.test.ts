import { spawnSync } from 'node:child_process';
import { linkSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { finish, start } from './child.ts';
import type { Program } from './child.ts';
import { nameOf } from '../../src/queue/add.ts';
import { inspectQueue } from '../../src/queue/fsck.ts';
import type { Queue } from '../../src/queue/queue.ts';
import { itemText } from '../../src/queue/work-item.ts';
import { filesOf, groundOf, itemOf, namesIn, newQueue, scratch } from './ground.ts';

const each = (programs: Program[], line: string) => Promise.all(programs.map((one) => one.ask(line)));

test('C01: of ten processes that claim one item, exactly one wins, 200 times', async () => {
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

test('C03: a stopped process whose lease was taken back is fenced when it goes on', async () => {
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

test('C05: of taking a lease back and finishing it at the same moment, one happens, 100 times', async () => {
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

test('Q07: of eight processes that add the same id, one adds it and the others find it', async () => {
  const queue = newQueue();
  for (let round = 0; round < 5; round++) {
    const runs = Array.from({ length: 8 }, () => finish('adder.ts', [queue.folder, `i${round}`, 'same']));
    const outputs = (await Promise.all(runs)).map(({ output }) => output.trim());
    expect(outputs.toSorted()).toEqual(['added', ...Array.from({ length: 7 }, () => 'existed')]);
  }
  expect(filesOf(queue)).toHaveLength(5);
  expect(namesIn(queue, 'tmp')).toEqual([]);
});

test('Q07: of eight processes that add different items under one id, one succeeds', async () => {
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
});

test('C01: eight processes finish 3,000 items, each exactly once', { timeout: 240_000 }, async () => {
  const queue = newQueue();
  const { folders } = groundOf(queue);
  for (let n = 0; n < 3_000; n++) {
    const item = itemOf(`i${n}`);
    writeFileSync(join(folders.ids, item.id), itemText(item));
    linkSync(join(folders.ids, item.id), join(folders.pending, nameOf(item)));
  }
  const runs = Array.from({ length: 8 }, (_, n) => finish('racer.ts', [queue.folder, `a${n}`]));
  const shares = (await Promise.all(runs)).map(({ output }) => JSON.parse(output) as string[]);
  const all = shares.flat();
  expect(all).toHaveLength(3_000);
  expect(new Set(all).size).toBe(3_000);
  expect(queue.entries('done')).toHaveLength(3_000);
  expect(queue.recover()).toEqual({ finished: [], swept: 0, quarantined: [] });
  // Otherwise it was no race.
  expect(shares.filter((share) => share.length > 0).length).toBeGreaterThan(1);
});

/** The system calls by which a process of ours changes anything. */
const CHANGING = ['openat', 'write', 'fsync', 'link', 'linkat', 'rename', 'renameat2', 'utimensat', 'unlink'];
const hasStrace = spawnSync('strace', ['-V']).status === 0;

/** Every call by which `killable.ts` changes something in a queue, as strace injects a fault into it: `name:when=n`. */
async function changingCalls(queue: Queue, verb: string): Promise<string[]> {
  const log = join(scratch(), 'calls');
  const trace = ['strace', '-f', '-s', '400', '-o', log, '-e', `trace=${CHANGING.join(',')}`];
  expect((await finish('killable.ts', [queue.folder, verb], trace)).end).toBe(0);
  const seen = new Map<string, number>();
  return readFileSync(log, 'utf8')
    .split('\n')
    .flatMap((line) => {
      const [, thread, name = '', rest = ''] = /^(\d+) +(\w+)\((.*)$/.exec(line) ?? [];
      const count = (seen.get(`${thread} ${name}`) ?? 0) + 1;
      seen.set(`${thread} ${name}`, count);
      const isOurs = rest.includes(queue.folder) || rest.includes(String.raw`\"format\"`) || name === 'fsync';
      const changes = name !== 'openat' || rest.includes('O_CREAT');
      return isOurs && changes ? [`${name}:signal=KILL:when=${count}`] : [];
    });
}

/** A queue in which the verb can be done. */
function before(verb: string): Queue {
  const queue = newQueue();
  if (verb !== 'add') queue.add(itemOf('a'));
  if (verb === 'finish') queue.claim(queue.find('a'), { agent: 'a1', run: 'r1' });
  return queue;
}

describe.skipIf(!hasStrace)('Q01, C02: a process that is killed in any of its system calls', () => {
  test.each([
    ['add', ['write', 'fsync', 'link', 'rename'], ['pending']],
    ['claim', ['utimensat', 'rename'], ['pending', 'claimed']],
    ['finish', ['rename', 'fsync'], ['claimed', 'done']],
  ] as const)('of %s leaves what can be gone on with', { timeout: 180_000 }, async (verb, kinds, places) => {
    const calls = [...(await changingCalls(before(verb), verb)), 'exit_group:signal=KILL'];
    for (const kind of kinds) expect(calls.some((call) => call.startsWith(kind))).toBe(true);
    const ends = new Set<string>();
    for (const call of calls) {
      const queue = before(verb);
      const wrapper = ['strace', '-f', '-o', '/dev/null', '-e', `inject=${call}`];
      expect((await finish('killable.ts', [queue.folder, verb], wrapper)).end).toBe('SIGKILL');
      expect(queue.recover().quarantined).toEqual([]);
      const [entry, ...more] = queue.entries();
      expect(more).toEqual([]);
      ends.add(entry?.place ?? 'nowhere');
      if (entry) expect(places).toContain(entry.place);
      // It is done again, and then it is done once.
      if (verb === 'add') expect(queue.add(itemOf('a', { title: 'One' })).existed).toBe(entry !== undefined);
      if (entry?.place === 'claimed') {
        expect(entry.attempt).toBe(1);
        const [lease] = queue.leases();
        expect(lease && queue.giveBack(lease, { reason: 'died', charged: false })).toBe(true);
      }
      expect(queue.entries()).toHaveLength(1);
      expect(inspectQueue(queue.folder)).toEqual([]);
    }
    // Not all of them died before, or after, the deciding call.
    expect(ends.size).toBe(2);
  });
});
