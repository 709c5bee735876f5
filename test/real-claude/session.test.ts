import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { processes, markerOf } from '../../src/process.ts';
import { Session } from '../../src/session/session.ts';
import type { SessionSetup } from '../../src/session/session.ts';
import type { SessionEvent } from '../../src/session/protocol.ts';
import { remaining, until } from '../../src/stop.ts';
import { CLAUDE, makeWorld } from './world.ts';
import type { World } from './world.ts';

let world: World;
let sessions: Session[];
let events: SessionEvent[];
let marker: string;
beforeEach(async () => {
  world = await makeWorld();
  mkdirSync(join(world.folder, 'agent'));
  sessions = [];
  events = [];
  marker = `t${randomUUID().slice(0, 8)}.a1`;
});
afterEach(async () => {
  for (const session of sessions) expect(await session.close()).toEqual([]);
  expect(remaining({ marker })).toEqual([]);
  await world.close();
});

async function open(sessionId: string, change: Partial<SessionSetup> = {}): Promise<Session> {
  const session = await Session.open(
    {
      command: [CLAUDE],
      cwd: world.repository,
      ownFolder: true,
      env: world.env,
      sessionId,
      permission: { mode: 'dontAsk', tools: ['Bash', 'Read', 'Edit', 'Write'] },
      marker,
      folder: join(world.folder, 'agent'),
      startMs: 60_000,
      graceMs: 10_000,
      ...change,
    },
    (event) => events.push(event),
  );
  sessions.push(session);
  return session;
}

/** The requests of turns: those that offer tools. */
const asked = () => world.api.log.filter(({ tools }) => tools.length > 0);
/** How often a text was said by the user in the conversation as the model saw it last. */
const times = (text: string) => JSON.stringify(asked().at(-1)?.messages ?? []).split(text).length - 1;
const inTool = (session: Session) =>
  until(() => [...session.runningTools.values()].some(({ input }) => input.includes('sleep')), 60_000);

test('A03 killed in a tool: the orphaned tool is ended, the conversation goes on, nothing is asked twice', async () => {
  const id = randomUUID();
  const first = await open(id);
  const turn = first.turn(
    'Do the errand. [[bash:echo one >> a.txt]][[next]][[bash:test -e go || sleep 300; echo two >> a.txt]][[next]][[text:all done]]',
  );
  expect(await inTool(first)).toBe(true);
  process.kill(first.identity.pid, 'SIGKILL');
  expect(await turn).toMatchObject({ is: 'died', exit: { signal: 'SIGKILL' } });
  expect(processes().filter(({ pid }) => markerOf(pid) === marker)).toEqual([]);
  const before = asked().length;
  const second = await open(id, { resume: true, resumePrompt: 'You were cut off. [[bash:touch go]]' });
  const end = await second.goOn('unused');
  expect(end).toMatchObject({ is: 'answered' });
  expect(readFileSync(join(world.repository, 'a.txt'), 'utf8')).toMatch(/^one\n/);
  expect(asked().length).toBeGreaterThan(before);
  expect(times('Do the errand')).toBe(1);
  expect(new Set(asked().map(({ session }) => session))).toEqual(new Set([id]));
}, 180_000);

test('a message that is sent in mid-tool reaches the model in the same turn', async () => {
  const session = await open(randomUUID());
  const turn = session.turn('Begin. [[bash:sleep 6; echo slept]][[next]][[text:done]]');
  await until(() => session.runningTools.size > 0, 30_000);
  expect(await session.nudge('Mind the gap.')).toBe(true);
  expect(await turn).toMatchObject({ is: 'answered', text: 'done' });
  expect(times('Mind the gap')).toBe(1);
  expect(times('slept')).toBeGreaterThan(0);
}, 120_000);

test('the model is switched in the live session, and the conversation is kept', async () => {
  const session = await open(randomUUID(), { model: 'opus' });
  await session.turn('First. [[text:one]]');
  expect(await session.controls.setModel('sonnet')).toBe(true);
  expect(await session.controls.setEffort('low')).toBe(true);
  expect(await session.controls.setPermissionMode('acceptEdits')).toBe(true);
  await session.turn('Second. [[text:two]]');
  const [first, second] = asked();
  expect(first?.model).toContain('opus');
  expect(second?.model).toContain('sonnet');
  expect(times('First.')).toBe(1);
  const usage = await session.controls.contextUsage();
  expect(usage?.tokens).toBeGreaterThan(0);
  expect(usage?.maxTokens).toBeGreaterThan(100_000);
}, 120_000);

test('an interrupted turn goes on with another prompt, and its tool is gone', async () => {
  const session = await open(randomUUID());
  const turn = session.turn('Begin. [[bash:sleep 300]][[next]][[text:never]]');
  await inTool(session);
  expect(await session.redirect('Rather this. [[text:the other]]')).toBe(true);
  expect(await turn).toMatchObject({ is: 'answered', text: 'the other' });
  expect(times('Rather this')).toBe(1);
  expect(times('Begin.')).toBe(1);
  expect(session.gone).toBeUndefined();
}, 120_000);

test('a tool that hangs is stopped, the model is told, and the turn goes on', async () => {
  // Only with background tasks have commands an id by which they can be stopped; else their own timeout ends them.
  const env = { ...world.env, CLAUDE_CODE_DISABLE_BACKGROUND_TASKS: '0' };
  const session = await open(randomUUID(), { silenceMs: 8_000, env });
  const end = await session.turn('Begin. [[bash:echo begun; sleep 300]][[next]][[text:it was stopped]]');
  expect(end).toMatchObject({ is: 'answered', text: 'it was stopped', toolErrors: 1 });
  expect(
    events.some((event) => event.is === 'tool-results' && event.results.some(({ failed }) => failed)),
  ).toBe(true);
}, 120_000);

test('clearing begins a new conversation in the same process', async () => {
  const session = await open(randomUUID());
  await session.turn('Remember this. [[text:one]]');
  const before = session.id;
  expect(await session.clear()).toBe(true);
  expect(session.id).not.toBe(before);
  await session.turn('Afterwards. [[text:two]]');
  expect(times('Remember this')).toBe(0);
  expect(times('Afterwards')).toBe(1);
}, 120_000);

test('A07 an API that hangs is interrupted in no time, and the same conversation goes on', async () => {
  const session = await open(randomUUID());
  const turn = session.turn('Slow. [[delay:120000]][[text:never]]');
  await until(() => asked().length > 0, 30_000);
  await session.interrupt();
  expect(await turn).toMatchObject({ is: 'interrupted' });
  expect(await session.goOn('Now quickly. [[text:after all]]')).toMatchObject({
    is: 'answered',
    text: 'after all',
  });
  expect(times('Slow.')).toBe(1);
}, 120_000);

test('a conversation that is not there is told as lost', async () => {
  await expect(open(randomUUID(), { resume: true })).rejects.toMatchObject({ why: 'lost' });
});
