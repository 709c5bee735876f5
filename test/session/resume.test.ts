import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { newUuid } from '../../src/clock.ts';
import { readInflight } from '../../src/session/inflight.ts';
import { afterCrash, expectResume, hearResumed } from '../../src/session/resume.ts';
import type { SessionEvent } from '../../src/session/protocol.ts';
import { until } from '../../src/stop.ts';
import { odd, stage } from './fixture.ts';
import type { Stage } from './fixture.ts';

const again = { resume: true, resumePrompt: 'Go on with item 1.' };

/** How often each message was taken up, by the lifecycle lines. */
const taken = ({ events }: Stage) =>
  events.filter((event) => event.is === 'lifecycle' && event.state === 'queued').length;

describe('what came of a message that a dead process had not answered', () => {
  const uuid = 'u';
  const lifecycle = (state: string, of = uuid): SessionEvent => ({ is: 'lifecycle', uuid: of, state });
  const hear = (...events: SessionEvent[]) => events.reduce(hearResumed, expectResume(uuid));
  const patience = { finishedMs: 10, swallowedMs: 50 };
  const running: SessionEvent = { is: 'state', state: 'running' };
  const idle: SessionEvent = { is: 'state', state: 'idle' };

  test.each([
    ['it is waited for while the session works', [running], 1e9, 'wait'],
    ['an early `completed` of a resumed turn means nothing', [running, lifecycle('completed')], 1e9, 'wait'],
    ['`completed` and then silence: finished before', [lifecycle('completed'), idle], 10, 'finished'],
    ['`completed` just now is not silence yet', [lifecycle('completed'), idle], 9, 'wait'],
    ['nothing at all: swallowed, after a longer time', [], 50, 'swallowed'],
    ['nothing at all for a short time', [], 49, 'wait'],
    ['an older version that begins without any lifecycle', [init()], 1e9, 'wait'],
    ['a turn of its own that ended', [running, lifecycle('started', 'other'), idle], 50, 'swallowed'],
    ['a question that nobody answers', [{ is: 'state', state: 'requires_action' } as const], 1e9, 'wait'],
  ])('%s', (_, events, quietMs, came) => {
    expect(afterCrash(hear(...(events as SessionEvent[])), quietMs, patience)).toBe(came);
  });

  function init(): SessionEvent {
    return {
      is: 'init',
      session: 's',
      model: 'm',
      version: 'v',
      permissionMode: 'p',
      capabilities: [],
      uuids: [],
    };
  }
});

describe('a session that goes on after its process died', () => {
  test('A03 a turn that was cut off is finished under its old uuid, and everything is done once', async () => {
    const set = stage();
    const first = await set.open();
    const died = await first.turn('[[bash:echo x >> a.txt]][[die]][[bash:echo y >> a.txt]]');
    expect(died).toMatchObject({ is: 'died', exit: { signal: 'SIGKILL' } });
    expect(readInflight(set.folder)).toMatchObject([{ uuid: died.uuid, as: 'prompt' }]);
    const second = await set.open(again);
    expect(await second.goOn('anything else')).toMatchObject({ is: 'answered', uuid: died.uuid });
    expect(set.git('show', 'HEAD:a.txt')).toBe('x\ny');
    expect(taken(set)).toBe(1);
    second.acknowledge();
    expect(readInflight(set.folder)).toEqual([]);
  });

  test('A04 a message that was written but never read is sent again', async () => {
    const set = stage();
    await (await set.open()).turn('[[say:hello]]');
    const message = { uuid: newUuid(), text: '[[write:b.txt|b]]', as: 'prompt' };
    writeFileSync(join(set.folder, 'inflight.ndjson'), `${JSON.stringify(message)}\n`);
    const second = await set.open(again);
    expect(await second.goOn('anything else')).toMatchObject({ is: 'answered', uuid: message.uuid });
    expect(taken(set)).toBe(2);
  });

  test('A05 a turn whose result was seen but not recorded is not asked again: its answer is read', async () => {
    const set = stage();
    const first = await set.open();
    const { uuid } = await first.turn('[[say:the answer]]');
    process.kill(first.identity.pid, 'SIGKILL');
    await first.exited;
    const second = await set.open(again);
    const end = await second.goOn('anything else');
    expect(end).toMatchObject({ is: 'answered', uuid, text: expect.stringContaining('the answer') });
    expect(taken(set)).toBe(1);
  });

  it('asks under a new uuid when the CLI says nothing of the old message', async () => {
    const set = stage(odd('says nothing of the first message'));
    const message = { uuid: newUuid(), text: 'old', as: 'prompt' };
    writeFileSync(join(set.folder, 'inflight.ndjson'), `${JSON.stringify(message)}\n`);
    const end = await (await set.open(again)).goOn('Please go on.');
    expect(end).toMatchObject({ is: 'answered', text: 'asked anew' });
    expect(end.uuid).not.toBe(message.uuid);
    expect(readInflight(set.folder)).toMatchObject([{ uuid: end.uuid, text: 'Please go on.' }]);
  });

  it('asks under a new uuid when the transcript has no answer', async () => {
    const set = stage();
    const first = await set.open();
    await first.turn('[[say:the answer]]');
    await first.close();
    const lost = readFileSync(first.transcript, 'utf8').replaceAll('"type":"assistant"', '"type":"other"');
    writeFileSync(first.transcript, lost);
    const end = await (await set.open(again)).goOn('[[say:anew]]');
    expect(end).toMatchObject({ is: 'answered' });
    expect(taken(set)).toBe(2);
  });

  it('leaves an interrupted turn alone unless it is told to go on with it', async () => {
    const set = stage();
    await (await set.open()).turn('[[die]][[write:a.txt|a]]');
    set.events.length = 0;
    await set.open({ resume: true });
    expect(await until(() => set.events.some((event) => event.is === 'init'), 300)).toBe(false);
  });

  it('takes a message that was sent into the turn for a part of it, also after a crash', async () => {
    const set = stage();
    const first = await set.open();
    const turn = first.turn('[[sleep:1]][[die]][[write:a.txt|a]]');
    await until(() => set.events.some((event) => event.is === 'assistant'), 10_000);
    expect(await first.nudge('[[say:think of this too]]')).toBe(true);
    await turn;
    expect(readInflight(set.folder).map(({ as }) => as)).toEqual(['prompt', 'nudge']);
    const second = await set.open(again);
    expect(await second.goOn('anything else')).toMatchObject({ is: 'answered' });
    expect(taken(set)).toBe(3);
  });

  test('A10 a conversation that is not there is told as lost', async () => {
    const set = stage();
    await expect(set.open({ ...again, sessionId: newUuid() })).rejects.toMatchObject({ why: 'lost' });
  });

  test('A11 a resume that hangs is told as lost too, and nothing of it is left', async () => {
    const set = stage(odd('never answers initialize'));
    await expect(set.open({ ...again, startMs: 300 })).rejects.toMatchObject({ why: 'lost' });
  });

  test('A11 a session that goes on under another id has that id from then on', async () => {
    const set = stage(odd('goes on under another id'));
    const session = await set.open({ resume: true });
    expect(session.id).toBe(set.setup.sessionId);
    await session.goOn('go');
    expect(session.id).toBe('another');
  });

  it('tolerates a torn last line of the transcript', async () => {
    const set = stage();
    const first = await set.open();
    await first.turn('[[say:the answer]]');
    await first.close();
    appendFileSync(first.transcript, '{"type":"assistant","mess');
    const second = await set.open(again);
    expect(await second.goOn('x')).toMatchObject({ text: expect.stringContaining('the answer') });
  });
});
