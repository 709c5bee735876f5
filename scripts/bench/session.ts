import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { newUuid, monotonicMs } from '../../src/clock.ts';
import { Diary } from '../../src/session/diary.ts';
import { splitter } from '../../src/session/lines.ts';
import { parseLine } from '../../src/session/parse.ts';
import { Session } from '../../src/session/session.ts';
import type { SessionSetup } from '../../src/session/session.ts';
import { makeWorld } from '../../test/real-claude/world.ts';
import type { World } from '../../test/real-claude/world.ts';
import { atLeast, atMost, figure, median } from './row.ts';
import type { Row } from './row.ts';

export const about = `A session: the real Claude Code CLI against an API on the loopback address, the next turn in a session that
is kept beside a fresh process for it, and the way from a killed process to the one that goes on. Then what the harness itself
does with what a CLI writes: the time for each event, the memory that many of them leave behind, and a line of 50 MB.`;

const CLAUDE = join(import.meta.dirname, '../../test/real-claude/node_modules/.bin/claude');
const TIMES = 7;

export async function rows(): Promise<Row[]> {
  return [...(existsSync(CLAUDE) ? await realRows() : []), await eventsRow(), ...(await memoryRows())];
}

async function realRows(): Promise<Row[]> {
  const world = await makeWorld();
  mkdirSync(join(world.folder, 'agent'));
  try {
    const { kept, resumed } = await sessions(world);
    const fresh: number[] = [];
    for (let at = 0; at < TIMES; at++) fresh.push(await freshTurn(world));
    const ratio = median(fresh) / median(kept);
    return [
      {
        what: "a turn's first line from the model",
        measured: `${figure(median(kept))} ms`,
        beside: `a fresh claude -p: ${figure(median(fresh))} ms`,
        ratio,
        demand: atLeast(5, ratio),
      },
      {
        what: 'from the end of a killed process to the start of the next, all that belonged to it gone',
        measured: `${figure(median(resumed))} ms`,
        demand: atMost(150, median(resumed), ' ms'),
      },
    ];
  } finally {
    await world.close();
  }
}

async function sessions(world: World): Promise<{ kept: number[]; resumed: number[] }> {
  let said: (() => void) | undefined;
  const setup: SessionSetup = {
    command: [CLAUDE],
    cwd: world.repository,
    env: world.env,
    sessionId: newUuid(),
    permission: { mode: 'dontAsk', tools: ['Bash'] },
    marker: `bench${process.pid}.a1`,
    folder: join(world.folder, 'agent'),
    startMs: 60_000,
    graceMs: 5_000,
  };
  const open = (change: Partial<SessionSetup> = {}) =>
    Session.open({ ...setup, ...change }, (event) => event.is === 'assistant' && said?.());
  let session = await open();
  const kept: number[] = [];
  const resumed: number[] = [];
  await session.turn('Warm up. [[text:one]]');
  for (let at = 0; at < TIMES; at++) {
    const begunMs = monotonicMs();
    const first = new Promise<void>((resolve) => (said = resolve));
    const turn = session.turn('Next. [[text:two]]');
    await first;
    kept.push(monotonicMs() - begunMs);
    await turn;
  }
  for (let at = 0; at < TIMES; at++) {
    const gone = session.exited;
    process.kill(session.identity.pid, 'SIGKILL');
    const killedMs = monotonicMs();
    await gone;
    resumed.push(monotonicMs() - killedMs);
    session = await open({ resume: true });
  }
  await session.close();
  return { kept, resumed };
}

/** From the start of a process for one prompt to its first line from the model, in ms. */
async function freshTurn(world: World): Promise<number> {
  const begunMs = monotonicMs();
  const args = [
    '-p',
    'Next. [[text:two]]',
    '--output-format',
    'stream-json',
    '--verbose',
    '--strict-mcp-config',
  ];
  const child = spawn(CLAUDE, args, {
    cwd: world.repository,
    env: world.env,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const lines = splitter();
  const first = new Promise<number>((resolve) => {
    child.stdout.on('data', (chunk: Buffer) => {
      const isSaid = lines.push(chunk).some((line) => parseLine(line).is === 'assistant');
      if (isSaid) resolve(monotonicMs() - begunMs);
    });
  });
  const took = await first;
  await new Promise((resolve) => child.once('exit', resolve));
  return took;
}

const DELTA = Buffer.from(
  `${JSON.stringify({ type: 'stream_event', event: { type: 'content_block_delta', delta: { type: 'text_delta', text: 'a few words ' } }, parent_tool_use_id: null, uuid: newUuid(), session_id: newUuid() })}\n`,
);
const WHOLE = Buffer.from(
  `${JSON.stringify({ type: 'assistant', message: { model: 'm', content: [{ type: 'text', text: 'a few words '.repeat(40) }] } })}\n`,
);

/** What a session's own side does with events: cut, parse, note; every fortieth is a whole text. */
async function feed(diary: Diary, events: number): Promise<void> {
  const lines = splitter();
  for (let at = 0; at < events; at++) {
    for (const line of lines.push(at % 40 === 39 ? WHOLE : DELTA)) diary.hear(parseLine(line));
    // As they come: the disk is written to in between.
    if (at % 1_000 === 0) await new Promise(setImmediate);
  }
}

async function withDiary<T>(work: (diary: Diary) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-session-'));
  const diary = new Diary(folder, { session: newUuid(), pid: 1, resumed: false });
  const result = await work(diary);
  diary.ended({ code: 0, signal: null, stderr: '' });
  rmSync(folder, { recursive: true });
  return result;
}

async function eventsRow(): Promise<Row> {
  const events = 200_000;
  await withDiary((diary) => feed(diary, 20_000));
  const before = process.cpuUsage();
  await withDiary((diary) => feed(diary, events));
  const { user, system } = process.cpuUsage(before);
  const us = (user + system) / events;
  const percent = (us * 1_000 * 100) / 1_000_000;
  return {
    what: 'CPU for 10 sessions of 100 events a second each, of one core, when read at full speed',
    measured: `${figure(percent)} % (${figure(us)} µs an event)`,
    demand: atMost(10, percent, ' %'),
  };
}

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** What is held in memory once all garbage is gone, in MB. */
function held(): number {
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / 2 ** 20;
}

async function memoryRows(): Promise<Row[]> {
  const few = await withDiary(async (diary) => {
    await feed(diary, 100_000);
    return held();
  });
  const many = await withDiary(async (diary) => {
    await feed(diary, 1_000_000);
    return held();
  });
  const lines = splitter();
  const chunk = Buffer.alloc(1 << 16, 'x');
  for (let at = 0; at < (50 << 20) / chunk.length; at++) lines.push(chunk);
  lines.push(Buffer.from('\n'));
  const after = held();
  return [
    {
      what: 'memory that a million events leave behind, over a hundred thousand',
      measured: `${figure(many - few)} MB`,
      demand: atMost(5, many - few, ' MB'),
    },
    { what: 'memory that a line of 50 MB leaves behind', measured: `${figure(after - many)} MB` },
  ];
}
