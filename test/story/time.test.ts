import { readdirSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Sandbox } from './sandbox.ts';

let box: Sandbox;
beforeEach(() => {
  box = new Sandbox();
});
afterEach(() => box.close());

async function end(run: ReturnType<Sandbox['start']>): Promise<void> {
  await box.harness(['stop']);
  await box.until('the run has ended', () => run.exitCode !== null);
}

test('A22, D05: a machine that stood still is noticed and forgiven once: nobody is taken back, nothing is begun twice', async () => {
  const id = await box.add('long', '[[sleep:8]][[write:long.txt|x]]');
  const run = box.start(['parallel', '--agents', '1']);
  await box.happens('phase', ({ phase }) => phase === 'implementing');
  const all = box.alive().map(({ pid }) => pid);
  for (const pid of all) process.kill(pid, 'SIGSTOP');
  await new Promise((done) => setTimeout(done, 12_000));
  for (const pid of all) process.kill(pid, 'SIGCONT');
  const { ms } = await box.happens('standstill', ({ kind }) => kind === 'stood-still');
  expect(ms).toBeGreaterThan(10_000);
  await box.happens('landed', ({ item }) => item === id);
  const kinds = box.journal().map(({ is }) => is);
  expect(kinds.filter((is) => is === 'claimed')).toHaveLength(1);
  expect(kinds.filter((is) => is === 'standstill')).toHaveLength(1);
  expect(kinds).not.toContain('reclaimed');
  await end(run);
}, 90_000);

test('D06: no decision depends on what time a lease says it was renewed', async () => {
  const id = await box.add('odd', '[[sleep:3]][[write:odd.txt|x]]');
  const run = box.start(['parallel', '--agents', '1']);
  await box.happens('phase', ({ phase }) => phase === 'implementing');
  const claimed = join(box.home, 'queue/claimed');
  for (const seconds of [4_102_444_800, 1, 1_700_000_002]) {
    for (const name of readdirSync(claimed)) utimesSync(join(claimed, name), seconds, seconds);
    await new Promise((done) => setTimeout(done, 600));
  }
  await box.happens('landed', ({ item }) => item === id);
  expect(box.journal().map(({ is }) => is)).not.toContain('reclaimed');
  expect(box.journal().filter(({ is }) => is === 'claimed')).toHaveLength(1);
  await end(run);
});

test('D02: a journal and a log that cannot be written end nothing', async () => {
  const { Journal } = await import('../../src/journal/journal.ts');
  const journal = new Journal('/dev/full', 'r1');
  journal.append({ is: 'resumed' });
  journal.append({ is: 'resumed' });
  expect(journal.failures).toBe(2);
  journal.close();
});
