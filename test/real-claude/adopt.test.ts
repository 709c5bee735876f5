import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { HarnessWorld } from './harness-world.ts';

let world: HarnessWorld;
beforeEach(async () => {
  world = await HarnessWorld.make();
});
afterEach(() => world.close());

const happened = (is: string) => world.journal().filter((one) => one.is === is);

/** How often a text is in the conversation as the model saw it last. */
const inContext = (text: string) => JSON.stringify(world.asked().at(-1)?.messages).split(text).length - 1;

test('a coordinator killed in mid-tool is started again by its front and goes on in the same conversation, asked once', async () => {
  const [go, began] = [join(world.folder, 'go'), join(world.folder, 'began')];
  const tool = `echo x >> ${began}; test -e ${go} || sleep 300`;
  const body = `[[bash:echo one > one.txt]][[next]][[bash:${tool}]][[next]][[commit:Whole]][[next]][[text:done]]`;
  const id = await world.add('three steps', body);
  const front = world.start('parallel', '--agents', '1', '--until-empty');
  await world.until('the tool runs', () => existsSync(began));
  const before = world.asked().length;
  // The CLI may try its tool again when it is gone on with.
  writeFileSync(go, '');
  const first = happened('run-started')[0];
  process.kill(first && 'pid' in first ? first.pid : 0, 'SIGKILL');
  expect(await front.end).toMatchObject({ code: 0 });
  expect(happened('adopted')).toMatchObject([{ item: id }]);
  expect(world.landings()).toEqual([id]);
  const asked = world.asked();
  expect(asked.length).toBeGreaterThan(before);
  expect(new Set(asked.map(({ session }) => session)).size).toBe(1);
  expect(inContext(`# Work item ${id}: `)).toBe(1);
  expect(happened('claimed')).toHaveLength(1);
  expect(happened('reclaimed').concat(happened('given-back'), happened('session-replaced'))).toEqual([]);
  const shown = ['show', 'harness/integration:one.txt'];
  expect(execFileSync('git', shown, { cwd: world.repository, encoding: 'utf8' })).toBe('one\n');
  expect(readFileSync(began, 'utf8')).toMatch(/^x\n/);
}, 120_000);
