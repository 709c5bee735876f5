import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** A program of this folder, running; it answers lines with lines. */
export interface Program {
  readonly child: ChildProcess;
  /** Sends a line and waits for the next one back. */
  ask(line: string): Promise<string>;
  /** Waits for the next line. */
  next(): Promise<string>;
  end(): Promise<void>;
}

/** Starts `test/queue/<name>` under the Node.js that runs the tests. */
export function start(name: string, args: string[]): Program {
  const child = spawn(process.execPath, [join(import.meta.dirname, name), ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const exited = once(child, 'exit');
  const next = async () => {
    const { value, done } = await lines.next();
    if (done) throw new Error(`${name} ended without an answer`);
    return value;
  };
  return {
    child,
    next,
    ask: (line) => {
      child.stdin.write(`${line}\n`);
      return next();
    },
    end: async () => {
      child.stdin.end();
      await exited;
    },
  };
}

/** Runs a program of this folder to its end: the exit code or the signal that ended it, and its output. */
export async function finish(name: string, args: string[], wrapper: string[] = []) {
  const [command = '', ...rest] = [...wrapper, process.execPath, join(import.meta.dirname, name), ...args];
  const child = spawn(command, rest, { stdio: ['ignore', 'pipe', 'ignore'] });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  return { end: signal ?? code, output };
}
