import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CommandView } from '../../src/commands/commands.ts';
import { HOSTILE, snapshot } from '../dashboard/scene-fixture.ts';
import { needs } from '../needs.ts';
import { ended, Sandbox } from '../story/sandbox.ts';

let box: Sandbox;
beforeAll(async () => {
  box = new Sandbox();
  await box.add('Hold the line', '', '--id', 'first', '--batch', 'night');
  await box.add('Another', '', '--id', 'second');
  const state = join(box.home, 'state');
  mkdirSync(state, { recursive: true });
  const of = { item: 'first', attempt: 1, agent: 'a1' };
  const events = [
    { at: '2026-11-19T22:00:00.000Z', run: 'r1', is: 'claimed', title: HOSTILE['a cleared screen'], ...of },
    { at: '2026-11-20T01:00:00.000Z', run: 'r1', is: 'landed', commit: 'c'.repeat(40), ...of },
    { at: '2026-11-20T02:00:00.000Z', run: 'r1', is: 'agent-parked', agent: 'a2', reason: 'it died' },
  ];
  writeFileSync(join(state, 'journal.ndjson'), events.map((one) => `${JSON.stringify(one)}\n`).join(''));
  writeFileSync(join(state, 'snapshot.json'), JSON.stringify(snapshot({ state: 'ended', home: box.home })));
});
afterAll(() => box.close());

const env = { TZ: 'UTC' };
const run = (...args: string[]) => box.harness(args, { env });

describe('harness logs', () => {
  test('everything, a line each, a heading for each day', async () => {
    expect((await run('logs')).stdout.split('\n')).toEqual([
      'Thu Nov 19 2026',
      '22:00:00 a1 first claimed (attempt 1): ab',
      'Fri Nov 20 2026',
      '01:00:00 a1 first landed as cccccccccc',
      '02:00:00 a2 parked: it died',
      '',
    ]);
  });

  test('of an agent, of an item by the beginning of its id, since a moment', async () => {
    expect((await run('logs', 'a2')).stdout).toMatch(/^Fri Nov 20 2026\n02:00:00 a2 parked: it died\n$/);
    expect((await run('logs', 'fir', '--since', '2026-11-20T00:00Z')).stdout).toMatch(
      /^Fri.*\n01:00:00 a1 first landed.*\n$/,
    );
    const wrong = await run('logs', 'nobody');
    expect(wrong).toMatchObject({ code: 2, stdout: '' });
    expect(wrong.stderr).toMatch(/^harness: .*nobody/);
  });

  test('as JSON, one event a line', async () => {
    const lines = (await run('logs', '--json')).stdout.trim().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as { is: string }).is)).toEqual([
      'claimed',
      'landed',
      'agent-parked',
    ]);
  });

  test('of an agent also what it was told, said and did, in the order in which it happened, as clean bytes', async () => {
    const folder = join(box.home, 'state/agents/a1');
    mkdirSync(folder, { recursive: true });
    const write = (name: string, notes: object[]) =>
      writeFileSync(join(folder, name), notes.map((one) => `${JSON.stringify(one)}\n`).join(''));
    write('events.ndjson.1', [
      { at: '2026-11-19T22:30:00.000Z', is: 'prompt', uuid: 'u', as: 'next', text: 'do it' },
      { at: '2026-11-19T22:31:00.000Z', is: 'text-delta', text: 'I be' },
      { at: '2026-11-19T22:31:01.000Z', is: 'text', text: 'I begin\u001b[2J\u0007' },
    ]);
    write('events.ndjson', [
      { at: '2026-11-19T22:32:00.000Z', is: 'tool', id: 't', name: 'Bash', input: 'npm test' },
      {
        at: '2026-11-19T22:33:00.000Z',
        is: 'tool-done',
        id: 't',
        name: 'Bash',
        failed: true,
        text: 'one\ntwo',
      },
      { at: '2026-11-20T03:00:00.000Z', is: 'ended', cause: 'idle' },
    ]);
    expect((await run('logs', 'a1')).stdout.split('\n')).toEqual([
      'Thu Nov 19 2026',
      '22:00:00 a1 first claimed (attempt 1): ab',
      '22:30:00 a1 » do it',
      '22:31:01 a1 I begin',
      '22:32:00 a1 Bash  npm test',
      '22:33:00 a1 Bash failed: one two',
      'Fri Nov 20 2026',
      '01:00:00 a1 first landed as cccccccccc',
      '03:00:00 a1 session ended: idle',
      '',
    ]);
    const lines = (await run('logs', 'a1', '--since', '2026-11-20T02:00Z', '--json')).stdout;
    expect(JSON.parse(lines)).toMatchObject({ is: 'ended', agent: 'a1' });
    expect((await run('logs', 'first')).stdout).not.toContain('npm test');
  });

  test('-f ends where nothing runs', async () => {
    expect(await run('logs', '-f', 'a2')).toMatchObject({ code: 0, stderr: '' });
  });
});

test('harness agents: a row each without colours in a pipe, and all of it as JSON', async () => {
  const { stdout } = await run('agents');
  expect(stdout).toMatch(/^agent +state +time +item +title +session/);
  expect(stdout).toMatch(/^a1 +● implementing .* Do the thing number 1 +closed +Bash: npm test/m);
  expect(stdout).not.toContain('\u001b');
  expect(JSON.parse((await run('agents', '--json')).stdout)).toMatchObject([
    { agent: 'a1' },
    { agent: 'a2' },
    { agent: 'a3' },
  ]);
});

test('harness status --watch shows what changes until it is interrupted', async () => {
  const child = box.start(['status', '--watch', '--json'], env);
  const result = ended(child);
  let seen = '';
  child.stdout?.on('data', (data: Buffer) => (seen += data.toString()));
  await box.until('it is shown', () => seen.includes('"held":0'));
  await run('queue', 'hold', 'second');
  await box.until('the change is shown', () => seen.includes('"held":1'));
  child.kill('SIGINT');
  const lines = (await result).stdout.trim().split('\n');
  expect(lines.map((line) => (JSON.parse(line) as { queue: { held: number } }).queue.held).at(-1)).toBe(1);
});

test('-q leaves hints away', async () => {
  expect((await run('queue', 'list', '--place', 'done')).stderr).toMatch(/none of the 2 items/);
  expect(await run('-q', 'queue', 'list', '--place', 'done')).toMatchObject({ stdout: '', stderr: '' });
});

describe('help', () => {
  const commands = async () => JSON.parse((await run('commands')).stdout) as CommandView[];

  test('of every command opens with examples, which name only what there is', async () => {
    const all = await commands();
    expect(all.length).toBeGreaterThan(25);
    for (const { path, examples } of all) {
      expect(examples, path).not.toEqual([]);
      for (const [line] of examples) {
        const words = /(?:^|[(|] ?)harness ([^|)>]*)/.exec(line)?.[1]?.trim().split(/\s+/) ?? [];
        const target = all.findLast(
          (one) => one.path !== '' && `${words.join(' ')} `.startsWith(`${one.path} `),
        );
        expect(target, line).toBeDefined();
        const flags = target?.options.map((one) => one.flags).join(' ') ?? '';
        for (const word of words.filter((one) => /^--?[a-z]/.test(one))) expect(flags, line).toContain(word);
      }
    }
  });

  test('is short and says what one types first', async () => {
    const { stdout } = await run('queue', 'add', '--help');
    expect(stdout).toMatch(/^ {2}harness queue add "Fix the login"/);
    expect(stdout.split('\n').every((line) => line.length <= 100)).toBe(true);
  });

  test('a typing error is answered with what was meant', async () => {
    expect((await run('statsu')).stderr).toMatch(/Did you mean status\?/);
  });
});

describe('completion', () => {
  const complete = async (...words: string[]) =>
    (await run('complete', '--', ...words)).stdout
      .split('\n')
      .filter(Boolean)
      .map((line) => line.split('\t')[0]);

  test.each([
    [['stat'], ['status']],
    [
      ['queue', 're'],
      ['release', 'retry'],
    ],
    [
      ['queue', 'release', ''],
      ['first', 'second'],
    ],
    [['queue', 'release', 'first', 'sec'], ['second']],
    [['queue', 'priority', 'first', ''], []],
    [['queue', 'add', 'x', '--priority', 'u'], ['urgent']],
    [
      ['logs', ''],
      ['a1', 'a2', 'a3', 'first', 'second'],
    ],
    [['queue', 'list', '--place', 'h'], ['held']],
    [
      ['queue', 'list', '--agent', ''],
      ['a1', 'a2', 'a3'],
    ],
    [['batch', 'show', ''], ['night']],
    [
      ['completion', ''],
      ['bash', 'zsh', 'fish'],
    ],
    [['report', '--ht'], ['--html']],
    [['--home', '/nowhere', 'queue', 'rel'], ['release']],
  ])('%j is completed with %j', async (words, expected) => {
    expect(new Set(await complete(...words))).toEqual(new Set(expected));
  });

  test('outside of every home it completes what does not need one', async () => {
    const ran = await box.harness(['complete', '--', 'queue', 'show', ''], { cwd: '/' });
    expect(ran).toMatchObject({ code: 0, stdout: '', stderr: '' });
  });

  const shell = (program: string, script: string) => {
    const bin = join(box.root, 'bin');
    mkdirSync(bin, { recursive: true });
    const cli = join(import.meta.dirname, '../../dist/cli.js');
    writeFileSync(join(bin, 'harness'), `#!/bin/sh\nexec ${process.execPath} ${cli} "$@"\n`, { mode: 0o755 });
    const path = { ...box.env, PATH: `${bin}:${box.env.PATH}` };
    return spawnSync(program, ['-c', script], { cwd: box.repository, env: path, encoding: 'utf8' }).stdout;
  };

  test('in bash', () => {
    const script = `source <(harness completion bash); COMP_WORDS=(harness queue show f); COMP_CWORD=3; _harness; echo "\${COMPREPLY[*]}"`;
    expect(shell('bash', script)).toBe('first\n');
  });

  test('in fish', needs('fish'), () => {
    const script = `harness completion fish | source; complete -C 'harness queue show f'`;
    expect(shell('fish', script)).toBe('first\tpending: Hold the line\n');
  });

  test('in zsh', needs('zsh'), () => {
    const script = `autoload -Uz compinit; compinit -u -D; source <(harness completion zsh); _describe() { print -l -- \${(P)2} }; words=(harness queue show f); CURRENT=4; _harness`;
    expect(shell('zsh', script)).toBe('first:pending: Hold the line\n');
  });
});
