import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Sandbox } from './sandbox.ts';

let box: Sandbox;
beforeEach(() => {
  box = new Sandbox();
});
afterEach(() => box.close());

const run = (agents = 1) => box.harness(['parallel', '--agents', String(agents), '--until-empty']);
const configure = (text: string) => box.write({ '.harness/config.yaml': text });

test.each([
  [
    'memory',
    'memory: 400MiB',
    "exec node -e 'const a = []; setInterval(() => a.push(Buffer.alloc(4e7, 1)), 50)'",
    /GiB of memory, more than/,
  ],
  ['processes', 'processes: 30', 'for i in $(seq 60); do sleep 60 & done; wait', /processes, more than 30/],
  ['disk', 'temp: 50MiB', 'head -c 100M /dev/zero > $TMPDIR/eaten; sleep 60', /temporary folder/],
])('A21 a tool that eats %s fails only its own attempt', async (_name, limit, command, why) => {
  configure(`max_attempts: 1\nmachine: { ${limit} }\n`);
  const glutton = await box.add('glutton', `[[bash:${command}]][[write:a.txt|1]]`);
  const fine = await box.add('fine', '[[sleep:4]][[write:fine.txt|1]]');
  expect(await run(2)).toMatchObject({ code: 1, stderr: '' });
  expect(await box.show(glutton)).toMatchObject({
    place: 'failed',
    reason: 'overuse',
    attempts: [{ reason: 'overuse', charged: true, finding: expect.stringMatching(why) }],
  });
  expect(await box.show(fine)).toMatchObject({ place: 'done', attempts: [{ attempt: 1 }] });
  expect(box.journal().filter(({ is }) => is === 'agent-parked')).toEqual([]);
});

test('D03 a file that grows without end is cut off, and the tool is told', async () => {
  configure('machine: { file: 10MiB }\n');
  const grow = 'head -c 50M /dev/zero > $TMPDIR/big; stat -c %s $TMPDIR/big > size.txt';
  const id = await box.add('grow', `[[bash:${grow}]]`);
  expect(await run()).toMatchObject({ code: 0, stderr: '' });
  expect(await box.show(id)).toMatchObject({ place: 'done' });
  expect(Number(box.git('show', 'harness/integration:size.txt'))).toBe(10 << 20);
});

test('each agent has a temporary folder of its own, which is empty when its session begins', async () => {
  await box.add('leave', '[[bash:echo $TMPDIR > where.txt; touch $TMPDIR/left]]');
  expect(await run()).toMatchObject({ code: 0 });
  const folder = join(box.home, 'worktrees/app/.tmp/a1');
  expect(box.git('show', 'harness/integration:where.txt')).toBe(folder);
  await box.add('look', '[[bash:ls $TMPDIR | wc -l > count.txt]]');
  expect(await run()).toMatchObject({ code: 0 });
  expect(box.git('show', 'harness/integration:count.txt')).toBe('0');
  expect(readdirSync(folder)).toEqual([]);
});
