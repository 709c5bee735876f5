import { afterEach, beforeEach, expect, test } from 'vitest';
import { HarnessWorld } from './harness-world.ts';

let world: HarnessWorld;
beforeEach(async () => {
  world = await HarnessWorld.make();
  // Limits and logins are those of a subscription: with a key the CLI ignores the headers.
  delete world.env.ANTHROPIC_API_KEY;
  world.env.CLAUDE_CODE_OAUTH_TOKEN = 'sk-ant-oat01-made-up-for-a-test';
  world.env.HARNESS_TIME_SCALE = '60';
});
afterEach(() => world.close());

const run = () => world.harness('parallel', '--agents', '1', '--until-empty');
const happened = (is: string) => world.journal().filter((one) => one.is === is);

/** How often a text is in the newest conversation. */
const inContext = (text: string) => JSON.stringify(world.asked().at(-1)?.messages).split(text).length - 1;

test('L02 at a usage limit the turn is cut off, and goes on in the same conversation after the reset, asked nothing twice', async () => {
  const reset = Math.ceil(Date.now() / 1000) + 12;
  const headers = [
    'status=rejected',
    'representative-claim=five_hour',
    `reset=${reset}`,
    '5h-status=rejected',
    `5h-reset=${reset}`,
    '5h-utilization=1',
  ];
  const limit = `[[status:429 x1]]${headers.map((one) => `[[header:anthropic-ratelimit-unified-${one}]]`).join('')}`;
  const body = `[[bash:echo one > a.txt]][[next]]${limit}[[bash:echo two >> a.txt]][[next]][[commit:Both]][[next]][[text:done]]`;
  const id = await world.add('limited', body);
  expect(await run()).toMatchObject({ code: 0, stderr: '' });
  expect(world.landings()).toEqual([id]);
  expect(happened('gate-closed')).toMatchObject([{ cause: 'limit', text: expect.stringContaining('limit') }]);
  const [closed, opened] = [happened('gate-closed')[0], happened('gate-opened')[0]];
  expect(Date.parse(String(closed && 'until' in closed && closed.until)) / 1000).toBeGreaterThanOrEqual(
    reset,
  );
  expect(Date.parse(opened?.at ?? '') / 1000).toBeGreaterThanOrEqual(reset);
  expect(world.asked().map(({ status }) => status)).toEqual([200, 429, 200, 200, 200]);
  expect(new Set(world.asked().map(({ session }) => session)).size).toBe(1);
  expect(inContext(`# Work item ${id}: `)).toBe(1);
  expect(inContext('was cut off by something outside of your work')).toBe(1);
  expect(happened('failed').concat(happened('given-back'))).toEqual([]);
}, 120_000);

test('L05 when the login is not accepted all wait, a person is told what helps, and one tries in a new process', async () => {
  const body = '[[bash:echo one > a.txt]][[next]][[status:401 x3]][[commit:One]][[next]][[text:done]]';
  const id = await world.add('not logged in', body);
  expect(await run()).toMatchObject({ code: 0, stderr: '' });
  expect(world.landings()).toEqual([id]);
  const told = expect.stringMatching(/run claude \/login .*long-lived token/);
  expect(happened('gate-closed')[0]).toMatchObject({ cause: 'login', text: told });
  const started = happened('session-started');
  expect(started.length).toBeGreaterThan(1);
  expect(new Set(started.map((one) => 'session' in one && one.session)).size).toBe(1);
  expect(inContext(`# Work item ${id}: `)).toBe(1);
  expect(happened('agent-parked').concat(happened('failed'), happened('given-back'))).toEqual([]);
}, 120_000);
