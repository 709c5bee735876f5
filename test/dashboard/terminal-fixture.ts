import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Sandbox } from '../story/sandbox.ts';

const PROJECT = join(import.meta.dirname, '../..');

/** The command line of the built program in a shell. */
export const HARNESS = `${process.execPath} ${join(PROJECT, 'dist/cli.js')}`;

/** A real terminal with a shell in it, inside of a sandbox: tmux with a server of its own. */
export class Terminal {
  #box: Sandbox;
  #socket: string;
  readonly #bytes: string;

  constructor(box: Sandbox, { columns = 80, rows = 24, env = {} } = {}) {
    this.#box = box;
    const name = `t${columns}x${rows}-${process.hrtime.bigint()}`;
    this.#socket = join(box.root, `${name}.sock`);
    this.#bytes = join(box.root, `${name}.bytes`);
    const size = ['-x', String(columns), '-y', String(rows)];
    const more = Object.entries(env).map(([key, value]) => `${key}=${String(value)}`);
    const shell = ['env', 'PS1=$ ', 'ENV=', ...more, 'sh'];
    this.tmux('-u', '-f', '/dev/null', 'new-session', '-d', '-c', box.repository, ...size, ...shell);
    this.tmux('set-option', '-s', 'set-clipboard', 'on');
    this.tmux('pipe-pane', `exec cat > ${this.#bytes}`);
  }

  tmux(...args: string[]): string {
    const env = { ...this.#box.env, TERM: 'xterm-256color' };
    return execFileSync('tmux', ['-S', this.#socket, ...args], { env, encoding: 'utf8', stdio: 'pipe' });
  }

  /** Types a command line, or presses keys by their tmux names. */
  type(line: string): void {
    this.tmux('send-keys', '-l', line);
    this.tmux('send-keys', 'Enter');
  }

  press(...keys: string[]): void {
    this.tmux('send-keys', ...keys);
  }

  resize(columns: number, rows: number): void {
    this.tmux('resize-window', '-x', String(columns), '-y', String(rows));
  }

  /** The lines on the screen, without spaces at their ends. */
  lines(): string[] {
    return this.tmux('capture-pane', '-p').replace(/\n$/, '').split('\n');
  }

  screen(): string {
    return this.lines().join('\n');
  }

  /** Waits until the screen shows something; fails with the screen. */
  async shows(what: RegExp, limitMs?: number): Promise<string> {
    try {
      return await this.#box.until(`the screen shows ${what}`, () => this.#shown(what), limitMs);
    } catch (error) {
      throw new Error(`${String(error)}:\n${this.screen()}`, { cause: error });
    }
  }

  #shown(what: RegExp): string | undefined {
    const screen = this.screen();
    return what.test(screen) ? screen : undefined;
  }

  /** Everything that was written to the terminal so far. */
  bytes(): string {
    return readFileSync(this.#bytes, 'utf8');
  }

  close(): void {
    try {
      this.tmux('kill-server');
    } catch {
      // The shell has ended, and its server with it.
    }
  }
}
