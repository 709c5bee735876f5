import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openClaude } from './claude.ts';
import type { Claude } from './claude.ts';
import { CLAUDE, makeWorld } from './world.ts';
import type { World } from './world.ts';

let world: World;
let claude: Claude;
beforeEach(async () => {
  world = await makeWorld();
  claude = await openClaude(world);
});
afterEach(async () => {
  await claude.close();
  await world.close();
});

/** The requests of turns: those that offer tools. */
const asked = () => world.api.log.filter(({ tools }) => tools.length > 0);

test('what is installed is the version that this folder pins', () => {
  const pinned = readFileSync(new URL('package.json', import.meta.url), 'utf8');
  const version = execFileSync(CLAUDE, ['--version'], { env: world.env, encoding: 'utf8' }).split(' ')[0];
  expect(pinned).toContain(`"@anthropic-ai/claude-code": "${version}"`);
});

test('a scripted turn runs the real tools, which really commit', async () => {
  const result = await claude.turn(
    `Please. [[think:hm]][[write:${world.repository}/made.txt|one\\ntwo\\n]][[next]][[bash:wc -l made.txt]]` +
      `[[next]][[commit:Add what's made]][[next]][[text:all done]]`,
  );
  expect(result).toMatchObject({ is_error: false, result: 'all done', session_id: claude.sessionId });
  expect(readFileSync(join(world.repository, 'made.txt'), 'utf8')).toBe('one\ntwo\n');
  const log = execFileSync('git', ['log', '--format=%s %an'], { cwd: world.repository, encoding: 'utf8' });
  expect(log).toBe("Add what's made Real Test\nBegin Real Test\n");
  expect(asked()).toHaveLength(4);
  expect(JSON.stringify(asked().at(2)?.messages)).toContain('2 made.txt');
});

test('a session keeps one conversation over its turns, and the log shows it', async () => {
  await claude.turn('First. [[text:one]][[turn]][[bash:echo two]][[next]][[text:two]]');
  expect(await claude.turn('Second, without a script.')).toMatchObject({ result: 'two' });
  expect(await claude.turn('Third, the script is over.')).toMatchObject({ result: 'ok' });
  expect(new Set(asked().map(({ session }) => session))).toEqual(new Set([claude.sessionId]));
  expect(JSON.stringify(asked().at(-1)?.messages)).toContain('First.');
});

test('a scripted error is answered as often as it says, and the client tries again', async () => {
  const result = await claude.turn('[[status:529 x1]][[text:after all]]');
  expect(result).toMatchObject({ is_error: false, result: 'after all' });
  expect(asked().map(({ status }) => status)).toEqual([529, 200]);
  expect(claude.lines.some(({ subtype }) => subtype === 'api_retry')).toBe(true);
});

test('the log can be asked over HTTP too', async () => {
  await claude.turn('[[text:hello]]');
  const response = await fetch(`${world.api.url}/log`);
  expect(await response.json()).toEqual(world.api.log);
});
