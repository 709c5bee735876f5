import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'vitest';
import { folderOf, processes } from '../../src/process.ts';
import type { ProcessView } from '../../src/process.ts';
import type { Snapshot } from '../../src/coordinator/snapshot.ts';
import type { JournalEvent } from '../../src/journal/event.ts';
import type { ListedItem } from '../../src/commands/queue-list.ts';

const PROJECT = join(import.meta.dirname, '../..');
const CLI = join(PROJECT, 'dist/cli.js');
export const STAND_IN = [process.execPath, join(PROJECT, 'dist/stand-in.js')];

export interface Ran {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

/** A folder with a real git repository, a home and an environment from nothing; the built program runs in it. */
export class Sandbox {
  readonly root = realpathSync(mkdtempSync(join(tmpdir(), 'harness-story-')));
  readonly repository = join(this.root, 'app');
  readonly env: Record<string, string>;

  constructor(files: Record<string, string> = { 'README.md': 'an app\n' }) {
    this.env = {
      PATH: `${dirname(process.execPath)}:${process.env.PATH ?? ''}`,
      HOME: join(this.root, 'home'),
      XDG_STATE_HOME: join(this.root, 'state'),
      LANG: 'C.UTF-8',
      GIT_CONFIG_NOSYSTEM: '1',
      HARNESS_AGENT_COMMAND: JSON.stringify(STAND_IN),
      HARNESS_TIME_SCALE: '20',
    };
    mkdirSync(join(this.root, 'home'));
    execFileSync('git', ['init', '-q', '-b', 'main', this.repository], { env: this.env });
    this.git('config', 'user.name', 'A User');
    this.git('config', 'user.email', 'user@example.com');
    this.write(files);
    this.git('add', '-A');
    this.git('commit', '-q', '-m', 'first');
  }

  write(files: Record<string, string>): void {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(this.repository, name)), { recursive: true });
      writeFileSync(join(this.repository, name), text);
    }
  }

  git(...args: string[]): string {
    return execFileSync('git', ['-C', this.repository, ...args], { env: this.env, encoding: 'utf8' }).trim();
  }

  /** Starts the program without waiting. */
  start(args: string[], env: Record<string, string> = {}): ChildProcess {
    return spawn(process.execPath, [CLI, ...args], { cwd: this.repository, env: { ...this.env, ...env } });
  }

  async harness(
    args: string[],
    { env = {}, input = '' }: { env?: Record<string, string>; input?: string } = {},
  ): Promise<Ran> {
    const child = this.start(args, env);
    child.stdin?.end(input);
    return ended(child);
  }

  /** Adds an item and returns its id. */
  async add(title: string, body: string, ...options: string[]): Promise<string> {
    const ran = await this.harness(['queue', 'add', title, '--body', body, '--json', ...options]);
    expect(ran).toMatchObject({ code: 0, stderr: '' });
    return (JSON.parse(ran.stdout) as { id: string }).id;
  }

  async list(): Promise<ListedItem[]> {
    return JSON.parse((await this.harness(['queue', 'list', '--json'])).stdout) as ListedItem[];
  }

  async show(
    id: string,
  ): Promise<{ place: string; attempts: Record<string, unknown>[] } & Record<string, unknown>> {
    return JSON.parse((await this.harness(['queue', 'show', id, '--json'])).stdout);
  }

  async status(): Promise<Snapshot> {
    return JSON.parse((await this.harness(['status', '--json'])).stdout) as Snapshot;
  }

  /** The home's folder outside of the repository. */
  get home(): string {
    const homes = join(this.root, 'state/harness');
    return join(homes, readdirSync(homes)[0] ?? '');
  }

  /** Everything that happened so far. */
  journal(): JournalEvent[] {
    const lines = readFileSync(join(this.home, 'state/journal.ndjson'), 'utf8').trim().split('\n');
    return lines.map((line) => JSON.parse(line) as JournalEvent);
  }

  /** Waits until something holds; fails with what it waited for. */
  async until<T>(what: string, look: () => T | undefined | false, limitMs = 30_000): Promise<T> {
    for (const end = Date.now() + limitMs; Date.now() < end; await new Promise((r) => setTimeout(r, 25))) {
      const seen = attempt(look);
      if (seen !== undefined && seen !== false) return seen;
    }
    throw new Error(`waited ${limitMs} ms in vain until ${what}`);
  }

  /** Every `Harness-Item` on the integration branch with how often it landed. */
  landings(): Record<string, number> {
    const trailers = this.git(
      'log',
      '--format=%(trailers:key=Harness-Item,valueonly)',
      'harness/integration',
    );
    const counts: Record<string, number> = {};
    for (const id of trailers.split('\n').filter(Boolean)) counts[id] = (counts[id] ?? 0) + 1;
    return counts;
  }

  /** Processes that work below the sandbox' folder. */
  alive(): ProcessView[] {
    return processes().filter((one) => folderOf(one.pid)?.startsWith(`${this.root}/`));
  }

  /** Ends what is left, and fails if something was: the product must have done it. */
  close(): void {
    const left = this.alive();
    for (const { pid } of left) process.kill(pid, 'SIGKILL');
    rmSync(this.root, { recursive: true, force: true });
    expect(left).toEqual([]);
  }
}

function attempt<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}

/** Waits for the end of a program with all it printed. */
export async function ended(child: ChildProcess): Promise<Ran> {
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (data: Buffer) => (stdout += data.toString()));
  child.stderr?.on('data', (data: Buffer) => (stderr += data.toString()));
  return new Promise((resolve) => {
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
}
