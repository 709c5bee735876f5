import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { newUuid } from '../../src/clock.ts';

const PROGRAM = resolve('src/stand-in/stand-in.ts');
const FLAGS = ['-p', '--verbose', '--output-format', 'stream-json', '--session-id', newUuid()];

let folder: string;
const git = (...args: string[]) =>
  execFileSync('git', args, { cwd: folder, encoding: 'utf8', stdio: 'pipe' }).trim();

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'stand-in-'));
  git('init', '-q', '-b', 'main');
  git('config', 'user.name', 'A Test');
  git('config', 'user.email', 'test@example.invalid');
  git('commit', '-q', '--allow-empty', '-m', 'Begin');
  git('switch', '-q', '-c', 'harness/item-1');
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Starts the program and gives it prompts one after the other; returns its lines and how it ended. */
async function talk(prompts: string[], flags = FLAGS) {
  const child = spawn(process.execPath, [PROGRAM, ...flags], {
    cwd: folder,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  child.stdin.on('error', () => undefined);
  const ended = new Promise<number | null>((settle) => child.once('close', settle));
  const uuids: string[] = [];
  const next = () => {
    const content = prompts.shift();
    if (content === undefined) return child.stdin.end();
    const uuid = newUuid();
    uuids.push(uuid);
    return child.stdin.write(
      `${JSON.stringify({ type: 'user', message: { role: 'user', content }, uuid })}\n`,
    );
  };
  const lines: Record<string, unknown>[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => {
    const json = JSON.parse(line);
    lines.push(json);
    if (json.type === 'result') next();
  });
  next();
  return { code: await ended, lines, uuids, stderr };
}

const kinds = (lines: Record<string, unknown>[]) =>
  lines.map(({ type, subtype, state }) => [type, subtype, state].filter(Boolean).join(' '));

describe('the stand-in', () => {
  it('says in a turn what the real CLI says, in the same order', async () => {
    const { code, lines, uuids } = await talk(['[[write:a|b]] [[no-commit]]']);
    expect(kinds(lines)).toEqual([
      'command_lifecycle queued',
      'system session_state_changed running',
      'command_lifecycle started',
      'system init',
      'assistant',
      'user',
      'assistant',
      'result success',
      'command_lifecycle completed',
      'system session_state_changed idle',
    ]);
    expect(lines.find(({ type }) => type === 'result')).toMatchObject({
      is_error: false,
      user_message_uuids: uuids,
      total_cost_usd: 0,
    });
    expect(lines.find(({ subtype }) => subtype === 'init')).toMatchObject({ model: 'stand-in' });
    expect(code).toBe(0);
  });

  it('commits what it did, but not what was there before', async () => {
    writeFileSync(join(folder, 'left-by-setup'), 'x');
    await talk(['[[write:a/b.txt|one\\ntwo]] [[commit:The first]] [[bash:echo three >> a/b.txt]]']);
    expect(git('log', '--format=%s', 'main..')).toBe('Work of the stand-in on harness/item-1\nThe first');
    expect(readFileSync(join(folder, 'a/b.txt'), 'utf8')).toBe('one\ntwothree\n');
    expect(git('status', '--porcelain')).toBe('?? left-by-setup');
  });

  it('forgets to commit when told so, and remembers on the next prompt', async () => {
    await talk(['[[no-commit]]']);
    expect(git('log', '--format=%s', 'main..')).toBe('');
    expect(existsSync(join(folder, 'stand-in/item-1.md'))).toBe(true);
    git('clean', '-fdq');
    await talk(['[[no-commit]]', 'There is no commit. (The title said [[no-commit]].)']);
    expect(git('log', '--format=%s', 'main..')).toBe('Work of the stand-in on harness/item-1');
  });

  it('begins a new script on a new branch', async () => {
    await talk([
      '[[write:a|1]] [[bash:git commit -qam x; git switch -qc harness/item-2 main]] [[no-commit]]',
      '[[write:b|2]]',
    ]);
    expect(git('show', '--name-only', '--format=%s', 'HEAD')).toBe(
      'Work of the stand-in on harness/item-2\n\nb',
    );
  });

  it('goes on after a tool that failed, and tells', async () => {
    const { lines } = await talk(['[[edit:none|a|b]] [[bash:exit 3]] [[write:c|d]]']);
    const results = lines.filter(({ type }) => type === 'user').map((line) => JSON.stringify(line));
    expect(results.map((line) => line.includes('"is_error":true'))).toEqual([true, true, false, false]);
    expect(git('log', '--format=%s', 'main..')).toBe('Work of the stand-in on harness/item-1');
  });

  it('resolves a conflict that a prompt tells of', async () => {
    git('switch', '-q', 'main');
    writeFileSync(join(folder, 'f'), 'theirs\n');
    git('add', '-A');
    git('commit', '-qm', 'Theirs');
    const target = git('rev-parse', 'HEAD');
    git('switch', '-q', 'harness/item-1');
    await talk([
      '[[write:f|ours\\n]]',
      `Observed (conflict): merging with the target, commit ${target}, conflicts in f`,
    ]);
    expect(git('merge-base', 'HEAD', target)).toBe(target);
    expect(readFileSync(join(folder, 'f'), 'utf8')).toBe('ours\n');
  });

  it.each([
    ['an unknown flag', ['--no-such'], /unknown option '--no-such'/],
    ['no session id', ['-p', '--verbose'], /Invalid session ID/],
    ['stream-json without --verbose', ['-p', '--output-format', 'stream-json'], /requires --verbose/],
  ])('refuses %s as the real CLI does', async (_, flags, message) => {
    const { code, stderr, lines } = await talk(['x'], flags);
    expect({ code, lines }).toEqual({ code: 1, lines: [] });
    expect(stderr).toMatch(message);
  });

  it('works outside of git', async () => {
    rmSync(join(folder, '.git'), { recursive: true });
    const { code } = await talk(['[[write:a|b]]']);
    expect(code).toBe(0);
    expect(readFileSync(join(folder, 'a'), 'utf8')).toBe('b');
  });
});
