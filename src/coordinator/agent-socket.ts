import { chmodSync, mkdtempSync, readlinkSync, rmSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import type { Answer } from '../agent-tools.ts';
import { monotonicMs } from '../clock.ts';
import { HarnessError, messageOf } from '../errors.ts';
import { spend } from './throttle.ts';
import type { Allowance, Rate } from './throttle.ts';

/** The kernel takes no longer path for a socket, in bytes (108 on Linux and 104 on macOS, with a NUL at the end). */
const LONGEST_PATH = 103;
/** A call is a line; none of an honest caller is as long. */
const LONGEST_LINE = 256 << 10;
const MOST_CALLERS = 8;
/** A caller that says nothing is not waited for, ms. */
const IDLE_MS = 30_000;
/** Honest agents call a few times a minute. */
const RATE: Rate = { burst: 20, everyMs: 2_000 };
const FOLDER = 'harness-';

/**
 * The socket over which the tools of one agent reach the coordinator: `state/agents/<agent>/mcp.sock`, for this user only.
 * Calls come as lines of JSON and are answered in their order. Whatever else comes (floods, endless lines, no JSON) is refused
 * or cut off, and costs neither memory nor anybody's patience.
 */
export class AgentSocket {
  #name: string;
  #hear: (call: unknown) => Promise<Answer>;
  #server: Server | undefined;
  #callers = new Set<Socket>();
  #allowance: Allowance | undefined;
  #temporary: string | undefined;

  /** Makes room for it in the agent's folder; what an earlier run left there is removed. */
  constructor(folder: string, hear: (call: unknown) => Promise<Answer>) {
    this.#hear = hear;
    this.#name = join(folder, 'mcp.sock');
    removeOld(this.#name);
  }

  /** Where it can be reached while it is open: in the agent's folder, or where that path is too long in one for temporary files. */
  get path(): string {
    return this.#temporary === undefined ? this.#name : join(this.#temporary, 'mcp.sock');
  }

  /** Resolves when it can be called. HarnessError('environment') if it cannot be made. May be called again. */
  async open(): Promise<void> {
    if (this.#server) return;
    if (Buffer.byteLength(this.#name) > LONGEST_PATH) this.#temporary = shortFolder();
    const server = createServer((socket) => this.#take(socket));
    this.#server = server;
    server.maxConnections = MOST_CALLERS;
    try {
      await new Promise<void>((opened, failed) => {
        server.once('error', failed);
        server.listen(this.path, opened);
      });
    } catch (error) {
      this.#server = undefined;
      throw new HarnessError('environment', `${this.path}: no socket can be made here: ${messageOf(error)}`);
    }
    server.on('error', () => undefined);
    // Nobody else gets here before that: the folder is this user's alone.
    chmodSync(this.path, 0o600);
    if (this.#temporary !== undefined) symlinkSync(this.path, this.#name);
  }

  /** Ends all calls and removes the socket. May be called twice. */
  async close(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    for (const socket of this.#callers) socket.destroy();
    if (server) await new Promise((closed) => server.close(closed));
    rmSync(this.#name, { force: true });
    if (this.#temporary !== undefined) rmSync(this.#temporary, { recursive: true, force: true });
    this.#temporary = undefined;
  }

  #take(socket: Socket): void {
    this.#callers.add(socket);
    let line = '';
    let last = Promise.resolve();
    const inTurn: InTurn = (deed) => void (last = last.then(deed));
    socket.setEncoding('utf8');
    socket.setTimeout(IDLE_MS, () => socket.destroy());
    socket.on('error', () => undefined);
    socket.on('close', () => this.#callers.delete(socket));
    socket.on('data', (text: string) => {
      const lines = (line + text).split('\n');
      line = lines.pop() ?? '';
      for (const one of lines) if (!this.#read(socket, one, inTurn)) return;
      if (line.length > LONGEST_LINE) refuse(socket, inTurn, 'the call is too long');
    });
  }

  /** False if that was the last that is heard of this caller. */
  #read(socket: Socket, line: string, inTurn: InTurn): boolean {
    if (line.trim() === '') return true;
    const allowance = spend(this.#allowance, RATE, monotonicMs());
    if (!allowance) return refuse(socket, inTurn, 'too many calls; wait a while, and call less');
    this.#allowance = allowance;
    if (line.length > LONGEST_LINE) return refuse(socket, inTurn, 'the call is too long');
    let call: unknown;
    try {
      call = JSON.parse(line);
    } catch {
      return refuse(socket, inTurn, 'the call is no JSON');
    }
    inTurn(async () => say(socket, await this.#hear(call)));
    return true;
  }
}

/** Does something after everything that was begun for a caller before. */
type InTurn = (deed: () => Promise<void> | void) => void;

/** Whatever this caller says from now on is not heard. */
function refuse(socket: Socket, inTurn: InTurn, text: string): false {
  socket.removeAllListeners('data');
  socket.resume();
  inTurn(() => {
    say(socket, { ok: false, text });
    socket.end();
  });
  return false;
}

function say(socket: Socket, answer: Answer): void {
  // A caller that calls and never listens is cut off.
  if (socket.writableLength > LONGEST_LINE) socket.destroy();
  else socket.write(`${JSON.stringify(answer)}\n`);
}

/** Removes the socket of an earlier run, and the folder elsewhere that a link in its place points to. */
function removeOld(name: string): void {
  try {
    const elsewhere = dirname(readlinkSync(name));
    if (basename(elsewhere).startsWith(FOLDER)) rmSync(elsewhere, { recursive: true, force: true });
  } catch {
    // No link: a socket, or nothing.
  }
  rmSync(name, { force: true });
}

/** A new folder with a short path, for this user only. */
function shortFolder(): string {
  const room = LONGEST_PATH - `/${FOLDER}XXXXXX/mcp.sock`.length;
  const parent = [tmpdir(), '/tmp'].find((one) => Buffer.byteLength(one) <= room) ?? '/tmp';
  return mkdtempSync(join(parent, FOLDER));
}
