import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import {
  existsSync,
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
import { folderOf, markerOf, processes } from '../../src/process.ts';
import type { ProcessView } from '../../src/process.ts';
import { Queue } from '../../src/queue/queue.ts';
import type { Snapshot } from '../../src/coordinator/snapshot.ts';
import type { JournalEvent } from '../../src/journal/event.ts';
import type { ListedItem } from '../../src/commands/queue-list.ts';

const PROJECT = join(import.meta.dirname, '../..');
export const CLI = join(PROJECT, 'dist/cli.js');
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
      TMPDIR: join(this.root, 'home/tmp'),
      LANG: 'C.UTF-8',
      GIT_CONFIG_NOSYSTEM: '1',
      HARNESS_AGENT_COMMAND: JSON.stringify(STAND_IN),
      HARNESS_TIME_SCALE: '20',
      // What stories have agents run reaches out of their folders.
      HARNESS_SESSION_SANDBOX: 'off',
    };
    mkdirSync(join(this.root, 'home/tmp'), { recursive: true });
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
  start(args: string[], env: Record<string, string> = {}, cwd = this.repository): ChildProcess {
    return spawn(process.execPath, [CLI, ...args], { cwd, env: { ...this.env, ...env } });
  }

  async harness(
    args: string[],
    {
      env = {},
      input = '',
      cwd = this.repository,
    }: { env?: Record<string, string>; input?: string | Buffer; cwd?: string } = {},
  ): Promise<Ran> {
    const child = this.start(args, env, cwd);
    // It may end without having read it all.
    child.stdin?.on('error', () => undefined).end(input);
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

  /** The queue itself, for what no command does. */
  get queue(): Queue {
    return Queue.open(join(this.home, 'queue'));
  }

  /** The depot of the only rig. */
  get depot(): string {
    return join(this.home, 'worktrees/app/depot.git');
  }

  /** Removes a folder of the home. */
  remove(folder: string): void {
    rmSync(join(this.home, folder), { recursive: true });
  }

  /** Whether an agent has written a file into its worktree. */
  draft(name: string): boolean {
    const worktrees = join(this.home, 'worktrees/app');
    return readdirSync(worktrees).some((agent) => existsSync(join(worktrees, agent, name)));
  }

  /** Everything that happened so far. */
  journal(): JournalEvent[] {
    const file = join(this.home, 'state/journal.ndjson');
    if (!existsSync(file)) return [];
    const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1);
    return lines.map((line) => JSON.parse(line) as JournalEvent);
  }

  /** The first event of a kind, once it has happened; with `item`, of that item. */
  happens<K extends JournalEvent['is']>(
    is: K,
    matches: (event: Extract<JournalEvent, { is: K }>) => boolean = () => true,
  ): Promise<Extract<JournalEvent, { is: K }>> {
    const isIt = (event: JournalEvent): event is Extract<JournalEvent, { is: K }> =>
      event.is === is && matches(event as Extract<JournalEvent, { is: K }>);
    return this.until(`the journal has ${is}`, () => this.journal().find(isIt));
  }

  /** The process id of the coordinator that runs now. */
  async coordinator(): Promise<number> {
    const isIt = (pid: number) =>
      readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes('coordinate');
    return this.until('there is a coordinator', () => this.alive().find(({ pid }) => isIt(pid))?.pid);
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

  /** Processes that work below the sandbox' folder, or carry the marker of one of its runs. */
  alive(): ProcessView[] {
    const runs = new Set(attempt(() => this.journal().map((event) => event.run)) ?? []);
    return processes().filter(({ pid }) => {
      const at = folderOf(pid);
      return at?.startsWith(`${this.root}/`) || runs.has(markerOf(pid)?.split('.')[0] ?? '');
    });
  }

  /** Ends what is left, and fails if something was: the product must have done it. */
  close(): void {
    const left = this.alive().map((one) => ({ ...one, command: commandOf(one.pid) }));
    for (const { pid } of left) attempt(() => process.kill(pid, 'SIGKILL'));
    const temporary = readdirSync(join(this.root, 'home/tmp'));
    rmSync(this.root, { recursive: true, force: true, maxRetries: 5 });
    expect({ left, temporary }).toEqual({ left: [], temporary: [] });
  }
}

const commandOf = (pid: number): string | undefined =>
  attempt(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' '));

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
