import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { JournalEvent } from '../../src/journal/event.ts';
import { markerOf, processes } from '../../src/process.ts';
import { ended } from '../story/sandbox.ts';
import type { Ran } from '../story/sandbox.ts';
import type { Logged } from './api.ts';
import { makeWorld } from './world.ts';
import type { World } from './world.ts';

const CLI = join(import.meta.dirname, '../../dist/cli.js');

/** A world of the real CLI, with the harness in it. */
export class HarnessWorld {
  #world: World;
  readonly env: Record<string, string>;

  static async make(): Promise<HarnessWorld> {
    return new HarnessWorld(await makeWorld());
  }

  private constructor(world: World) {
    this.#world = world;
    this.env = { ...world.env, HARNESS_TIME_SCALE: '20', HARNESS_SESSION_SANDBOX: 'off' };
  }

  get folder(): string {
    return this.#world.folder;
  }

  get repository(): string {
    return this.#world.repository;
  }

  start(...args: string[]): { child: ChildProcess; end: Promise<Ran> } {
    const child = spawn(process.execPath, [CLI, ...args], { cwd: this.repository, env: this.env });
    child.stdin?.end();
    return { child, end: ended(child) };
  }

  harness(...args: string[]): Promise<Ran> {
    return this.start(...args).end;
  }

  /** Adds an item and returns its id. */
  async add(title: string, body: string, ...options: string[]): Promise<string> {
    const ran = await this.harness('queue', 'add', title, '--body', body, '--json', ...options);
    expect(ran).toMatchObject({ code: 0, stderr: '' });
    return (JSON.parse(ran.stdout) as { id: string }).id;
  }

  /** The items on the integration branch, each as often as it landed. */
  landings(): string[] {
    const args = ['log', '--format=%(trailers:key=Harness-Item,valueonly)', 'harness/integration'];
    const trailers = execFileSync('git', args, { cwd: this.repository, env: this.env, encoding: 'utf8' });
    return trailers.split('\n').filter(Boolean).toSorted();
  }

  /** The requests of turns to the API: those that offer tools. */
  asked(): Logged[] {
    return this.#world.api.log.filter(({ tools }) => tools.length > 0);
  }

  journal(): JournalEvent[] {
    const homes = join(this.env.HOME ?? '', '.local/state/harness');
    // What is known of accounts lies beside the homes.
    const names = existsSync(homes) ? readdirSync(homes) : [];
    const file = names
      .map((name) => join(homes, name, 'state/journal.ndjson'))
      .find((one) => existsSync(one));
    if (file === undefined) return [];
    const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1);
    return lines.map((line) => JSON.parse(line) as JournalEvent);
  }

  /** Living processes that carry the marker of one of the runs. */
  marked(): { pid: number; command: string }[] {
    const runs = new Set(this.journal().map(({ run }) => run));
    return processes()
      .filter(({ pid }) => runs.has(markerOf(pid)?.split('.')[0] ?? ''))
      .map(({ pid }) => ({ pid, command: commandOf(pid) }));
  }

  /** Waits until something holds; fails with what it waited for. */
  async until<T>(what: string, look: () => T | undefined | false, limitMs = 30_000): Promise<T> {
    for (const end = Date.now() + limitMs; Date.now() < end; await new Promise((r) => setTimeout(r, 25))) {
      const seen = look();
      if (seen !== undefined && seen !== false) return seen;
    }
    throw new Error(`waited ${limitMs} ms in vain until ${what}`);
  }

  /** Ends what is left, and fails if something was: the product must have done it. */
  async close(): Promise<void> {
    const left = this.marked();
    for (const { pid } of left) process.kill(pid, 'SIGKILL');
    await this.#world.close();
    expect(left).toEqual([]);
  }
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}
