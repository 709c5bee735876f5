import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sleep } from '../../src/clock.ts';
import { identify, isAlive, markerOf, processes } from '../../src/process.ts';
import { until } from '../../src/stop.ts';
import type { SessionSetup } from '../../src/session/session.ts';
import { inWords } from '../../src/session/summary.ts';
import { odd, stage } from './fixture.ts';

/** The error of a session that does not open. */
async function refusal(change: Partial<SessionSetup>, command = odd('x')): Promise<unknown> {
  return stage(command)
    .open(change)
    .then(
      () => 'opened',
      (error: unknown) => error,
    );
}

/** One turn with an agent that misbehaves in this way. */
async function turnOf(way: string, prompt = 'go') {
  const set = stage(odd(way));
  const session = await set.open();
  return { ...set, session, end: await session.turn(prompt) };
}

describe('a session with the stand-in', () => {
  it('is ready when initialize is answered and carries several turns in one process', async () => {
    const { open, git, events } = stage();
    const session = await open();
    const pid = session.identity.pid;
    const first = await session.turn('[[write:a.txt|one]]');
    const second = await session.turn('anything');
    expect(first).toMatchObject({ is: 'answered', costUsd: 0, toolErrors: 0 });
    expect(second).toMatchObject({ is: 'answered' });
    expect(first.uuid).not.toBe(second.uuid);
    expect(session.identity.pid).toBe(pid);
    expect(git('log', '--format=%s', 'main..')).toBe('Work of the stand-in on harness/item-1');
    expect(events.map((event) => event.is)).toContain('init');
    expect(events.map(inWords)).toContain('Write: a.txt');
  });

  it('marks every process that it starts', async () => {
    const { open, marker, folder } = stage();
    const session = await open();
    await session.turn('[[bash:echo $HARNESS_RUN > marker.txt]]');
    expect(markerOf(session.identity.pid)).toBe(marker);
    expect(readFileSync(join(folder, 'marker.txt'), 'utf8').trim()).toBe(marker);
  });

  it('ends an interrupted turn and goes on with the next', async () => {
    const { open, events } = stage();
    const session = await open();
    const turn = session.turn('[[sleep:60]]');
    await until(() => events.some((event) => event.is === 'assistant'), 10_000);
    await session.interrupt();
    expect(await turn).toMatchObject({ is: 'interrupted' });
    expect(await session.turn('[[say:still here]]')).toMatchObject({ is: 'answered' });
  });

  it('may be interrupted before the turn has begun', async () => {
    const { open } = stage();
    const session = await open();
    const turn = session.turn('[[sleep:60]]');
    await session.interrupt();
    expect(await turn).toMatchObject({ is: 'interrupted' });
  });

  it('refuses a second turn while one runs, and any after its end', async () => {
    const { open } = stage();
    const session = await open();
    const turn = session.turn('[[sleep:60]]');
    expect(await session.turn('me too')).toMatchObject({ is: 'error', cls: 'turn' });
    await session.close();
    expect(await turn).toMatchObject({ is: 'died', exit: { code: 143 } });
    expect(await session.turn('anybody?')).toMatchObject({ is: 'died' });
  });

  it('switches the model in the live session', async () => {
    const session = await stage().open();
    expect(await session.controls.setModel('sonnet')).toBe(true);
  });

  it('tells that the process died, and how', async () => {
    const { open, folder } = stage();
    const session = await open();
    expect(await session.turn('[[die]]')).toMatchObject({
      is: 'died',
      exit: { code: null, signal: 'SIGKILL' },
    });
    expect(await session.exited).toMatchObject({ signal: 'SIGKILL' });
    expect(existsSync(join(folder, 'stand-in'))).toBe(true);
  });

  it('ends what a tool left running between two items, and keeps the process', async () => {
    const { open, marker } = stage();
    const session = await open();
    await session.turn('[[bash:setsid sleep 300 > /dev/null 2>&1 &]]');
    const others = () =>
      processes().filter((one) => markerOf(one.pid) === marker && one.pid !== session.identity.pid);
    expect(others()).not.toEqual([]);
    expect(await session.atBoundary()).toBe(true);
    expect(others()).toEqual([]);
    expect(isAlive(session.identity)).toBe(true);
    expect(await session.turn('[[say:next]]')).toMatchObject({ is: 'answered' });
  });

  it('may be closed twice, in mid-turn, and leaves nothing', async () => {
    const { open, events } = stage();
    const session = await open();
    const turn = session.turn('[[bash:setsid sleep 300 & sleep 300]]');
    await until(() => events.some((event) => event.is === 'assistant'), 10_000);
    const [first, second] = await Promise.all([session.close(), session.close()]);
    expect(first).toEqual([]);
    expect(second).toEqual([]);
    expect(await turn).toMatchObject({ is: 'died' });
  });
});

describe('a session that cannot be opened', () => {
  it('A01 names a missing program and what to do', async () => {
    expect(await refusal({ command: ['no-such-claude'] })).toMatchObject({
      trouble: 'environment',
      message: expect.stringMatching(/no-such-claude: no such program; install it/),
    });
  });

  it('takes a file that cannot be run for a missing program', async () => {
    const { folder, open } = stage();
    writeFileSync(join(folder, 'claude'), 'no program', { mode: 0o600 });
    await expect(open({ command: [join(folder, 'claude')] })).rejects.toThrow(/no such program/);
  });

  it('tells a file that is no program', async () => {
    const { folder, open } = stage();
    writeFileSync(join(folder, 'claude'), Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0]), { mode: 0o700 });
    await expect(open({ command: [join(folder, 'claude')] })).rejects.toThrow(/claude/);
  });

  it('tells a missing folder from a missing program', async () => {
    expect(await refusal({ cwd: '/no/such/folder' })).toMatchObject({
      trouble: 'environment',
      message: expect.stringMatching(/^\/no\/such\/folder: the folder/),
    });
  });

  it('A01 shows the end of stderr when the program ends while it starts', async () => {
    expect(await refusal({}, odd('ends at once'))).toMatchObject({
      trouble: 'environment',
      message: expect.stringMatching(
        /exit code 7\): error: this program cannot \| be used with root privileges/,
      ),
    });
  });

  it('shows the reason that the program gives on stdout', async () => {
    expect(await refusal({}, odd('refuses by a result'))).toMatchObject({
      message: expect.stringMatching(/No conversation found/),
    });
  });

  it('A08 gives up on a program that never answers, and ends it', async () => {
    expect(await refusal({ startMs: 300 }, odd('never answers initialize'))).toMatchObject({
      trouble: 'environment',
      message: expect.stringMatching(/was not ready within 0.3 s/),
    });
  });
});

describe('a session whose program misbehaves', () => {
  it('A02 survives that it ends before it reads a large prompt', async () => {
    const { end } = await turnOf('ends before it reads', 'x'.repeat(300_000));
    expect(end).toMatchObject({ is: 'died', exit: { code: 3 } });
  });

  it('A17 keeps a bounded amount for one that reads no more, and ends it', async () => {
    const { open } = stage(odd('reads no more'));
    const session = await open({ graceMs: 200 });
    const turn = session.turn('go');
    const text = 'x'.repeat(1 << 20);
    let taken = 0;
    while (taken < 64 && (await Promise.race([session.nudge(text), sleep(20).then(() => true)]))) taken++;
    expect(taken).toBeGreaterThan(1);
    expect(taken).toBeLessThan(20);
    expect(await turn).toMatchObject({ is: 'died' });
  });

  it('A12 kills what ignores TERM, in its group and out of it', async () => {
    const { session } = await turnOf('ignores TERM');
    expect(await session.close()).toEqual([]);
    expect(await session.exited).toMatchObject({ signal: 'SIGKILL' });
  });

  it('sweeps tools in sessions of their own when it closes', async () => {
    const { session } = await turnOf('leaves tools');
    expect(await session.close()).toEqual([]);
  });

  it('A13 sweeps tools when the program is killed from outside', async () => {
    const { session, marker } = await turnOf('leaves tools');
    process.kill(session.identity.pid, 'SIGKILL');
    await session.exited;
    expect(processes().filter((one) => markerOf(one.pid) === marker)).toEqual([]);
  });

  it('knows a tool without a marker by its descent', async () => {
    const { session } = await turnOf('leaves a tool without a marker');
    await until(() => processes().some((one) => one.parent === session.identity.pid), 5_000);
    const tools = processes().filter((one) => one.parent === session.identity.pid);
    expect(tools.length).toBeGreaterThan(0);
    await session.atBoundary();
    expect(tools.filter(isAlive)).toEqual([]);
    expect(identify(session.identity.pid)).toBeDefined();
  });

  it('A14 notices the end although a tool holds the pipe open', async () => {
    const { end } = await turnOf('dies and leaves its pipe to a tool');
    expect(end).toMatchObject({ is: 'died', exit: { code: 9 } });
  });

  it('takes an answer that comes together with the end', async () => {
    const { end, session } = await turnOf('answers and ends at once');
    expect(end).toMatchObject({ is: 'answered', text: 'done' });
    expect(await session.exited).toMatchObject({ code: 0 });
  });

  it('takes a last line without a line feed', async () => {
    expect((await turnOf('answers without a line feed')).end).toMatchObject({ is: 'answered', text: 'torn' });
  });

  it('ends a session that does not obey an interrupt, and calls the turn interrupted', async () => {
    const { open } = stage(odd('ignores interrupts'));
    const session = await open({ graceMs: 200 });
    const turn = session.turn('go');
    await session.interrupt();
    expect(await turn).toMatchObject({ is: 'interrupted' });
    await session.exited;
  });

  it('A18 matches results by uuid and takes no other for its own', async () => {
    const { end } = await turnOf('answers something else first');
    expect(end).toMatchObject({ is: 'answered', text: 'mine', costUsd: 3 });
  });

  it('works with a program that stamps no uuids', async () => {
    expect((await turnOf('stamps nothing')).end).toMatchObject({ is: 'answered', text: 'old style' });
  });

  it('starts a version that lacks a flag without that flag', async () => {
    expect((await turnOf('is of an older version')).end).toMatchObject({ is: 'answered' });
  });

  it('does not wait for a message that was dropped', async () => {
    expect((await turnOf('drops the message')).end).toMatchObject({ is: 'error', cls: 'turn' });
  });

  it('A15 counts lines that are garbage or too long as events and goes on', async () => {
    const { end, events } = await turnOf('writes rubbish');
    expect(end).toMatchObject({ is: 'answered', text: 'größer 🙂' });
    const malformed = events.filter((event) => event.is === 'malformed');
    expect(malformed.filter(({ why }) => why === 'not JSON')).toHaveLength(5);
    expect(malformed.filter(({ why }) => why === 'too long')).toMatchObject([{ bytes: expect.any(Number) }]);
    expect(events).toContainEqual({ is: 'other', type: 'never-heard-of', subtype: '' });
  });

  it('A19 answers requests that should not come', async () => {
    const { end } = await turnOf('asks for permission');
    const [tool, hook] = JSON.parse(end.is === 'answered' ? end.text : '[]');
    expect(tool).toMatchObject({
      request_id: 'p1',
      response: { behavior: 'deny', message: expect.stringMatching(/^Bash is not/) },
    });
    expect(hook).toMatchObject({ request_id: 'p2', subtype: 'error' });
  });

  it('A16 drains a flood on stderr into a bounded file that nobody else can read', async () => {
    const { session, folder } = await turnOf('floods stderr');
    await session.close();
    const file = statSync(join(folder, 'stderr.log'));
    expect(file.size).toBeLessThan(1_100_000);
    expect(file.mode & 0o777).toBe(0o600);
    expect(readFileSync(join(folder, 'stderr.log'), 'utf8')).toContain('the last words');
    expect((await session.exited).stderr).toContain('the last words');
  });

  it('tells what each turn cost from running totals, also after they were zeroed', async () => {
    const { session, end } = await turnOf('costs more each turn');
    const ends = [end, await session.turn('go'), await session.turn('go')];
    expect(ends.map(({ costUsd }) => costUsd)).toEqual([1, 3, 0.1]);
    expect(ends.map(({ tokens }) => tokens.input)).toEqual([10, 10, 10]);
  });
});
