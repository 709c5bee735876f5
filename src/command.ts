import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { statSync } from 'node:fs';
import { monotonicMs, sleep } from './clock.ts';
import { HarnessError } from './errors.ts';
import { descendantsOf, identify, MARKER } from './process.ts';
import type { ProcessIdentity, ProcessView } from './process.ts';
import { redact } from './secrets.ts';
import { stopTree, sweep } from './stop.ts';

/** What is kept of the output: its end, where tests say what failed. */
const OUTPUT_BYTES = 64 << 10;

/** How often descendants are written down, so that those that scrub their environment are found after the command. */
const LOOK_MS = 1_000;

/** After the command ended, how long its output may still drain from the pipes. */
const DRAIN_MS = 1_000;

export interface CommandOptions {
  cwd: string;
  /** The whole environment; nothing is inherited. */
  env: Record<string, string>;
  /** Marks everything the command starts; must be this command's alone, since all processes with it are ended. */
  marker: string;
  /** `cwd` is a worktree of ours: what hid its marker and works there is ended as well. Never set for a folder of others. */
  ownFolder?: boolean;
  timeoutMs: number;
  /** What it reads; nothing without. */
  input?: string;
  /** Aborted: the command is stopped. */
  signal?: AbortSignal;
  /** From TERM to KILL. */
  graceMs?: number;
}

export interface CommandResult {
  /** The exit code; null if a signal ended it. */
  code: number | null;
  signal: NodeJS.Signals | null;
  timedOut: boolean;
  /** It was ended because `signal` was aborted. */
  stopped: boolean;
  /** The last 64 KiB of standard output and standard error, interleaved, without secrets. */
  output: string;
  ms: number;
  /** Processes of the command that could not be ended. */
  left: ProcessView[];
}

/**
 * Runs a command line of the user's (set-up, check) with `sh -c`, in a process group of its own.
 * Whatever it started is ended before this returns. A command that fails is a result;
 * throws a HarnessError if it cannot be started.
 */
export async function runCommand(commandLine: string, options: CommandOptions): Promise<CommandResult> {
  const { cwd, marker, timeoutMs, graceMs = 5_000 } = options;
  if (!statSync(cwd, { throwIfNoEntry: false })?.isDirectory()) {
    throw new HarnessError('failed', `${cwd} is not a folder (any more), so ${commandLine} cannot run there`);
  }
  const begun = monotonicMs();
  const child = spawn('sh', ['-c', commandLine], {
    cwd,
    env: { ...options.env, [MARKER]: marker },
    detached: true,
    stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  });
  // It may end without having read it all.
  child.stdin?.on('error', () => undefined).end(options.input);
  const output = tailOf(child);
  const ended = endOf(child, commandLine);
  const leader = child.pid === undefined ? undefined : identify(child.pid);
  const seen = watchDescendants(child.pid);
  const first = await Promise.race([ended, reasonToStop(timeoutMs, options.signal, ended)]).finally(seen);
  const known = seen();
  const folder = options.ownFolder && leader ? { folder: { path: cwd, since: leader.start } } : {};
  const belongings = { marker, known, ...folder };
  const left =
    leader && typeof first === 'string'
      ? await stopTree(leader, belongings, graceMs)
      : await sweep(belongings);
  const exit = await ended;
  await output.drained;
  return {
    ...exit,
    timedOut: first === 'time',
    stopped: first === 'asked',
    output: output.text(),
    ms: monotonicMs() - begun,
    left,
  };
}

type Exit = Pick<CommandResult, 'code' | 'signal'>;

/** How the process itself ended, whether or not something still holds its output open. */
function endOf(child: ChildProcess, commandLine: string): Promise<Exit> {
  return new Promise((resolve, reject) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
    child.once('error', (cause) => {
      const what = `sh -c ${commandLine} could not be started: ${cause.message}`;
      reject(new HarnessError('environment', what, { cause }));
    });
  });
}

/** Resolves with why the command must stop; never, if it ends before. */
function reasonToStop(
  timeoutMs: number,
  signal: AbortSignal | undefined,
  ended: Promise<Exit>,
): Promise<'time' | 'asked'> {
  return new Promise((resolve) => {
    const over = new AbortController();
    const end = () => over.abort();
    void ended.then(end, end);
    const asked = () => resolve('asked');
    if (signal?.aborted) asked();
    signal?.addEventListener('abort', asked, { once: true, signal: over.signal });
    void sleep(timeoutMs, over.signal).then(() => resolve('time'));
  });
}

/** Writes down who descends from the process while it runs; the returned function ends that and says who it was. */
function watchDescendants(pid: number | undefined): () => ProcessIdentity[] {
  const seen = new Map<string, ProcessIdentity>();
  const look = () => {
    for (const one of pid === undefined ? [] : descendantsOf(pid)) seen.set(`${one.pid} ${one.start}`, one);
  };
  const timer = setInterval(look, LOOK_MS);
  return () => {
    clearInterval(timer);
    look();
    return [...seen.values()];
  };
}

/** Collects the end of both outputs of a process, in the order in which they came. */
function tailOf(child: ChildProcess): { drained: Promise<unknown>; text: () => string } {
  let chunks: Buffer[] = [];
  let bytes = 0;
  let cut = false;
  const keep = (chunk: Buffer) => {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes < 4 * OUTPUT_BYTES) return;
    chunks = [Buffer.concat(chunks).subarray(-OUTPUT_BYTES)];
    cut = true;
    bytes = OUTPUT_BYTES;
  };
  child.stdout?.on('data', keep);
  child.stderr?.on('data', keep);
  const closed = new Promise((resolve) => child.once('close', resolve));
  const exited = new Promise((resolve) => child.once('exit', resolve));
  const limit = exited.then(() => sleep(DRAIN_MS));
  return {
    drained: Promise.race([closed, limit]).then(() => [child.stdout?.destroy(), child.stderr?.destroy()]),
    text: () => endOfText(Buffer.concat(chunks), cut),
  };
}

/** Of a line that was cut so much is dropped at most; a line that goes on for longer loses what may be half a secret. */
const MOST_CUT_CHARACTERS = 4 << 10;
const LONGEST_SECRET = 256;

/** The end of an output. A cut may go through a character, or through a secret, which nobody would know by its half. */
function endOfText(output: Buffer, cut: boolean): string {
  const isCut = cut || output.length > OUTPUT_BYTES;
  const text = output.subarray(-OUTPUT_BYTES).toString();
  if (!isCut) return redact(text);
  const firstLine = text.indexOf('\n') + 1;
  return redact(text.slice(firstLine > 0 && firstLine < MOST_CUT_CHARACTERS ? firstLine : LONGEST_SECRET));
}
