import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runCommand } from '../src/command.ts';
import type { CommandOptions, CommandResult } from '../src/command.ts';
import { randomText } from '../src/clock.ts';
import { isAlive, identify, markerOf, processes } from '../src/process.ts';
import { until } from '../src/stop.ts';
import { tempFolder } from './helpers/temp-repo.ts';

let temp: ReturnType<typeof tempFolder>;
let marker: string;

beforeEach(() => {
  temp = tempFolder();
  marker = `test.${randomText(8)}`;
});
afterEach(() => temp.remove());

function run(commandLine: string, options: Partial<CommandOptions> = {}): Promise<CommandResult> {
  const env = { PATH: process.env.PATH ?? '/usr/bin:/bin' };
  return runCommand(commandLine, { cwd: temp.path, env, marker, timeoutMs: 30_000, ...options });
}

const pidIn = (name: string) => Number(readFileSync(join(temp.path, name), 'utf8'));
const remaining = () => processes().filter(({ pid }) => markerOf(pid) === marker);

test('output of both kinds, exit code and folder come out as they were', async () => {
  const result = await run('pwd; echo error >&2; echo "$HARNESS_RUN"; exit 3');
  expect(result).toMatchObject({ code: 3, signal: null, timedOut: false, left: [] });
  expect(result.output).toContain(`${temp.path}\n`);
  expect(result.output).toContain('error\n');
  expect(result.output).toContain(marker);
});

test('a command has no input, and of the environment only what it is given', async () => {
  process.env.SECRET_FOR_TEST = 'x';
  const result = await run('cat; echo "[$SECRET_FOR_TEST]"');
  delete process.env.SECRET_FOR_TEST;
  expect(result).toMatchObject({ code: 0, output: '[]\n' });
});

test('of much output the end is kept, and a cut goes through no character', async () => {
  const result = await run(
    `node -e 'for (let n = 0; n < 50000; n++) console.log("ü".repeat(20))'; echo the end`,
  );
  expect(result.output.length).toBeLessThanOrEqual(64 << 10);
  expect(Buffer.byteLength(result.output)).toBeGreaterThan(63 << 10);
  expect(result.output.endsWith('the end\n')).toBe(true);
  expect(result.output).not.toContain('\ufffd');
});

test('what a command leaves running is ended, also in a session of its own and with its output open', async () => {
  const result = await run('sleep 300 & echo $! > plain; setsid sleep 300 & sleep 0.1; echo done');
  expect(result).toMatchObject({ code: 0, output: 'done\n', left: [] });
  expect(identify(pidIn('plain'))).toBeUndefined();
  expect(remaining()).toEqual([]);
});

test('what scrubbed its environment is ended too, if it was seen while the command ran', async () => {
  const result = await run("env -i sh -c 'echo $$ > pid; exec sleep 300' & sleep 2.5");
  expect(result.left).toEqual([]);
  expect(identify(pidIn('pid'))).toBeUndefined();
});

test('a command that takes too long is stopped with all that it started', async () => {
  const result = await run('trap "" TERM; sleep 300 & setsid sleep 300 & wait; wait', {
    timeoutMs: 300,
    graceMs: 200,
  });
  expect(result).toMatchObject({ timedOut: true, left: [] });
  expect(remaining()).toEqual([]);
});

test('a command gets the chance to end by itself before it is killed', async () => {
  const result = await run('trap "echo bye; exit 7" TERM; touch ready; while :; do sleep 0.05; done', {
    timeoutMs: 500,
  });
  expect(result).toMatchObject({ code: 7, timedOut: true, output: expect.stringContaining('bye') });
});

test('an aborted command is stopped, and that is not a timeout', async () => {
  const stop = new AbortController();
  const running = run('touch ready; sleep 300', { signal: stop.signal });
  expect(await until(() => existsSync(join(temp.path, 'ready')), 10_000)).toBe(true);
  stop.abort();
  expect(await running).toMatchObject({ timedOut: false, left: [] });
  const late = await run('sleep 300', { signal: stop.signal });
  expect(late).toMatchObject({ timedOut: false });
  expect(remaining()).toEqual([]);
});

test('a command that is ended by a signal says which', async () => {
  expect(await run('kill -KILL $$')).toMatchObject({ code: null, signal: 'SIGKILL', timedOut: false });
});

test('processes with another marker are left alone', async () => {
  const other = runCommand('touch ready; sleep 300', {
    cwd: temp.path,
    env: { PATH: process.env.PATH ?? '' },
    marker: `${marker}.other`,
    timeoutMs: 30_000,
    graceMs: 100,
    signal: AbortSignal.timeout(3_000),
  });
  expect(await until(() => existsSync(join(temp.path, 'ready')), 10_000)).toBe(true);
  const alive = processes().filter(({ pid }) => markerOf(pid) === `${marker}.other`);
  await run('true');
  expect(alive.length).toBeGreaterThan(0);
  expect(alive.every((one) => isAlive(one))).toBe(true);
  await other;
});

test('a folder that is gone is named, and not taken for a missing shell', async () => {
  await expect(run('true', { cwd: join(temp.path, 'gone') })).rejects.toThrow(/gone is not a folder/);
});

test('what others run in the folder is left alone, unless the folder is ours alone', async () => {
  const others = () => spawn('sleep', ['300'], { cwd: temp.path, env: {}, detached: true });
  const during = async (ownFolder: boolean) => {
    const command = run(`touch began; until test -e go; do sleep 0.05; done`, { ownFolder });
    await until(() => existsSync(join(temp.path, 'began')), 10_000);
    const child = others();
    writeFileSync(join(temp.path, 'go'), '');
    await command;
    for (const name of ['began', 'go']) rmSync(join(temp.path, name));
    return child;
  };
  const spared = await during(false);
  expect(spared.signalCode).toBeNull();
  spared.kill('SIGKILL');
  const swept = await during(true);
  await until(() => swept.signalCode !== null, 10_000);
  expect(swept.signalCode).toBe('SIGKILL');
});
