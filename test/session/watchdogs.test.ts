import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { monotonicMs, sleep } from '../../src/clock.ts';
import { LongTools } from '../../src/session/long-tools.ts';
import { hearTools, NO_TOOLS } from '../../src/session/running-tools.ts';
import type { RunningTools } from '../../src/session/running-tools.ts';
import { isSignOfLife, Signs } from '../../src/session/signs.ts';
import { until } from '../../src/stop.ts';
import { tempFolder } from '../helpers/temp-repo.ts';
import { odd, stage } from './fixture.ts';

describe('signs of life', () => {
  test('A09 the growth of the transcript is one, where stdout says nothing', async () => {
    const temp = tempFolder();
    const file = join(temp.path, 'x.jsonl');
    writeFileSync(file, '{}\n');
    const heard = monotonicMs();
    const signs = new Signs(() => file, { silenceMs: 100 });
    await sleep(20);
    expect(signs.last(heard)).toBe(heard);
    await sleep(20);
    expect(signs.last(heard)).toBe(heard);
    appendFileSync(file, '{}\n');
    await sleep(20);
    const grown = signs.last(heard);
    expect(grown).toBeGreaterThan(heard + 30);
    await sleep(20);
    expect(signs.last(heard)).toBe(grown);
    temp.remove();
  });

  test('A09 a session that works without a word on stdout gives them', async () => {
    const { open } = stage();
    const session = await open({ silenceMs: 500 });
    const turn = session.turn('[[silent]][[bash:sleep 0.6]][[bash:sleep 0.6]][[bash:sleep 0.6]][[hang]]');
    let latest = 0;
    await until(() => {
      latest = Math.max(latest, session.lastSeenMs);
      return false;
    }, 1_500);
    expect(monotonicMs() - latest).toBeLessThan(1_000);
    expect(await until(() => monotonicMs() - session.lastSeenMs > 1_500, 10_000)).toBe(true);
    await session.close();
    await turn;
  });

  it('does not count answers to our own questions', async () => {
    const { open } = stage(odd('ignores interrupts'));
    const session = await open();
    const turn = session.turn('go');
    await sleep(100);
    const before = session.lastSeenMs;
    await session.controls.contextUsage();
    expect(session.lastSeenMs).toBe(before);
    await session.close();
    await turn;
  });
});

test('A07 the heartbeat of a tool is a sign of life, but not for ever', () => {
  const beat = (elapsedMs: number) =>
    isSignOfLife({ is: 'tool-progress', tool: 'mcp__x__y', id: 't', elapsedMs }, 600_000);
  expect([beat(30_000), beat(1_200_000), beat(1_230_000)]).toEqual([true, true, false]);
  expect(isSignOfLife({ is: 'response', id: 'h1', ok: true, value: {} })).toBe(false);
});

describe('tools that take long', () => {
  const call = { is: 'assistant', uuids: [], nested: false, synthetic: false } as const;
  const tool = { is: 'tool', id: 't1', name: 'Bash', input: 'make' } as const;
  const running = (name = 'Bash', task = true): RunningTools => {
    const begun = hearTools(NO_TOOLS, { ...call, blocks: [{ ...tool, name }] }, monotonicMs());
    return task ? hearTools(begun, { is: 'task', id: 'b1', tool: 't1' }, monotonicMs()) : begun;
  };
  /** Watches for a while; what was stopped, and how often the output was asked for. */
  async function watch(tools: RunningTools, output: () => string | undefined, forMs: number) {
    let asked = 0;
    const stopped: string[] = [];
    const watchdog = new LongTools(
      {
        taskOutput: async () => (asked++, output()),
        stopTask: async (task) => stopped.push(task) > 0,
      },
      { silenceMs: 100 },
    );
    for (const end = monotonicMs() + forMs; monotonicMs() < end && stopped.length === 0; await sleep(10))
      await watchdog.look(tools);
    return { stopped, asked };
  }

  test('A07 one that prints nothing for too long is stopped', async () => {
    expect(await watch(running(), () => 'begin', 1_000)).toMatchObject({ stopped: ['b1'] });
  });

  test('A07 one that goes on printing is not', async () => {
    let lines = 0;
    const { stopped, asked } = await watch(running(), () => `line ${lines++}`, 400);
    expect(stopped).toEqual([]);
    expect(asked).toBeGreaterThan(5);
  });

  test.each([
    ['a version that cannot tell the output', running(), () => undefined],
    ['a sub-agent', running('Task'), () => ''],
    ['a tool that has no id to stop it by', running('Bash', false), () => ''],
  ])('%s is left alone', async (_, tools, output) => {
    expect((await watch(tools, output, 300)).stopped).toEqual([]);
  });

  it('knows which tools run, from their begin to their end', () => {
    const tools = running();
    expect([...tools.values()]).toMatchObject([{ id: 't1', task: 'b1' }]);
    const ended = {
      is: 'tool-results',
      results: [{ id: 't1', failed: false, text: '' }],
      nested: false,
    } as const;
    expect(hearTools(tools, ended, 0).size).toBe(0);
  });
});
