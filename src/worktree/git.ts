import { existsSync } from 'node:fs';
import { execa } from 'execa';
import { simpleGit } from 'simple-git';
import type { SimpleGit } from 'simple-git';
import { randomBetween, sleep } from '../clock.ts';
import { HarnessError, messageOf } from '../errors.ts';

/**
 * The one door to git. What runs here is immune to the environment it is started from (nothing of GIT_* is inherited),
 * to hooks and monitors in the configuration of a repository, and waits for no person and no network.
 */

/** Settings of every call: agents can write into the depot's configuration, and git would run what it finds there. */
const FLAGS = [
  'core.fsmonitor=false',
  'core.hooksPath=/dev/null',
  'core.sparseCheckout=false',
  'core.filesRefLockTimeout=5000',
  'core.packedRefsTimeout=5000',
  'gc.auto=0',
  'maintenance.auto=false',
  'submodule.recurse=false',
  'fetch.recurseSubmodules=false',
  'fetch.writeCommitGraph=false',
  'protocol.ext.allow=never',
].flatMap((setting) => ['-c', setting]);

const ENVIRONMENT = {
  LC_ALL: 'C',
  GIT_OPTIONAL_LOCKS: '0', // a reader that refreshes the index makes an agent's commit fail
  GIT_TERMINAL_PROMPT: '0',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_NO_REPLACE_OBJECTS: '1', // an agent could make one commit look like another
  GIT_DEFAULT_REF_FORMAT: 'files', // newer ones may make other kinds by default, which have no packed-refs to share
};

/** From the surroundings only what git needs to find itself and the user's own configuration. */
const INHERITED = ['PATH', 'HOME', 'XDG_CONFIG_HOME', 'TMPDIR', 'USER', 'LOGNAME'];

/** Git calls of this process that run at once; more only make each other slower on few cores. */
const MOST_AT_ONCE = 2;

const DEFAULT_TIMEOUT_MS = 120_000;

/** Most of what a copy or a checkout of a big repository may take. */
export const COPY_TIMEOUT_MS = 30 * 60_000;

/** A fetch that leaves nothing behind but the objects and the refs it names. */
export const FETCH = [
  'fetch',
  '--quiet',
  '--no-tags',
  '--no-write-fetch-head',
  '--no-auto-maintenance',
  '--no-recurse-submodules',
  '--no-prune',
];

/** Lock files that another git process holds for a moment; other failures are never repeated. */
const LOCKED = /Unable to create '.*\.lock': File exists|could not lock config file/;
const LOCK_TRIES = 6;

interface GitOptions {
  /** Text for the standard input. */
  input?: string;
  /** Additional variables; the only way for a GIT_* variable to get in. */
  env?: Record<string, string>;
  timeoutMs?: number;
  /** Exit codes that are answers and not errors; 0 alone unless given. */
  ok?: readonly number[];
}

interface GitResult {
  code: number;
  stdout: string;
  stderr: string;
}

/** A git command that failed, with what git said about it. */
export class GitError extends HarnessError {
  readonly code: number;
  readonly stderr: string;

  constructor(what: string, code: number, stderr: string) {
    const said = stderr.split('\n').find((line) => /^(fatal|error): /.test(line)) ?? stderr;
    super('failed', `${what}: ${messageOf(said) || `exit code ${code}`}`);
    this.code = code;
    this.stderr = stderr;
  }
}

/** Names a repository whatever lies in the folder: an agent may remove or rewrite the `.git` file there. */
interface Pinned {
  gitDir: string;
  workTree?: string;
  /** Where settings, hooks and attributes are read from, whatever the repository itself says. */
  commonDir?: string;
}

/** Git in one folder. */
export class Git {
  readonly folder: string;
  readonly #head: string[];
  readonly #cwd: string;
  readonly #env: Record<string, string>;
  #simple: SimpleGit | undefined;

  constructor(folder: string, pinned?: Pinned) {
    this.folder = folder;
    const where = pinned ? [`--git-dir=${pinned.gitDir}`] : [];
    if (pinned?.workTree !== undefined) where.push(`--work-tree=${pinned.workTree}`);
    this.#head = [...FLAGS, ...where];
    this.#cwd = pinned?.gitDir ?? folder; // a worktree's folder may be gone
    // Agents share the user's home: what they write into its settings does not count here either.
    const own = { GIT_COMMON_DIR: pinned?.commonDir ?? '', GIT_CONFIG_GLOBAL: '/dev/null' };
    this.#env = { ...environment(), ...(pinned?.commonDir !== undefined && own) };
  }

  /**
   * Runs git where exit codes, standard input or variables matter. Throws a GitError for exit codes that are not `ok`,
   * HarnessError('environment') if there is no git.
   */
  async run(args: readonly string[], options: GitOptions = {}): Promise<GitResult> {
    const result = await patiently(() => this.#once(args, options));
    if ((options.ok ?? [0]).includes(result.code)) return result;
    throw new GitError(this.#what(args), result.code, result.stderr);
  }

  /** Runs git for its output, without the last line break. Throws a GitError if it fails. */
  async text(args: readonly string[]): Promise<string> {
    const result = await patiently(() => this.#read(args));
    if (result.code !== 0) throw new GitError(this.#what(args), result.code, result.stderr);
    return result.stdout.replace(/\n$/, '');
  }

  async #once(args: readonly string[], options: GitOptions): Promise<GitResult> {
    const { input, env, timeoutMs = DEFAULT_TIMEOUT_MS } = options;
    const done = await execa('git', [...this.#head, ...args], {
      cwd: this.#cwd,
      env: { ...this.#env, ...env },
      extendEnv: false,
      ...(input === undefined ? { stdin: 'ignore' } : { input }),
      timeout: timeoutMs,
      killDescendants: true,
      maxBuffer: 256 << 20,
      stripFinalNewline: false,
      reject: false,
    });
    if (done.timedOut) throw tooSlow(this.#what(args), timeoutMs);
    if (done.exitCode === undefined) throw this.#notRun(args, done.shortMessage ?? '');
    return { code: done.exitCode, stdout: done.stdout, stderr: done.stderr };
  }

  async #read(args: readonly string[]): Promise<GitResult> {
    try {
      this.#simple ??= reader(this.#cwd, this.#env);
      return { code: 0, stdout: await this.#simple.raw([...this.#head, ...args]), stderr: '' };
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      const failed = FAILED.exec(message);
      if (failed) return { code: Number(failed[1]), stdout: '', stderr: message.slice(failed[0].length) };
      if (error instanceof Error && 'plugin' in error && error.plugin === 'timeout') {
        throw tooSlow(this.#what(args), DEFAULT_TIMEOUT_MS);
      }
      throw this.#notRun(args, message);
    }
  }

  #notRun(args: readonly string[], message: string): HarnessError {
    // For a folder that is gone the system says the same as for a program that is.
    if (existsSync(this.#cwd)) return notRun(this.#what(args), message);
    return new HarnessError('failed', `${this.#what(args)} could not run: ${this.#cwd} is gone`);
  }

  #what(args: readonly string[]): string {
    return `git ${args.find((arg) => !arg.startsWith('-')) ?? ''} in ${this.folder}`;
  }
}

/** The environment of git: made from nothing, so that no GIT_DIR of a hook or of a terminal gets in. */
function environment(): Record<string, string> {
  const env: Record<string, string> = { ...ENVIRONMENT };
  for (const name of INHERITED) {
    const value = process.env[name];
    if (value !== undefined) env[name] = value;
  }
  return env;
}

/** How a failure of git comes out of simple-git, whose errors have no exit code of their own. */
const FAILED = /^(?:Error: )?exit (\d+)\n/;

/**
 * simple-git for plain reads. Its guards refuse by default what is set here on purpose: the protective settings, the
 * pinned repository, and our own (not inherited) GIT_* variables.
 */
function reader(folder: string, env: Record<string, string>): SimpleGit {
  return simpleGit({
    baseDir: folder,
    maxConcurrentProcesses: MOST_AT_ONCE,
    timeout: { block: DEFAULT_TIMEOUT_MS },
    allowEnvironment: Object.keys(env),
    unsafe: {
      allowUnsafeFsMonitor: true,
      allowUnsafeHooksPath: true,
      allowUnsafeProtocolOverride: true,
      allowUnsafeConfigPaths: true,
    },
    // What stopped git before it could exit (a timeout, no git at all) comes as it is.
    errors: (error, { exitCode, stdErr }) => {
      if (exitCode > 0) return new Error(`exit ${exitCode}\n${Buffer.concat(stdErr).toString()}`);
      // Otherwise a git that was killed would be one that had nothing to say.
      return error ?? (exitCode === 0 ? undefined : new Error('git was ended by a signal'));
    },
  }).env(env);
}

const tooSlow = (what: string, timeoutMs: number) =>
  new HarnessError('failed', `${what} did not end within ${timeoutMs / 1000} s and was stopped`);

function notRun(what: string, message: string): HarnessError {
  if (/spawn git ENOENT/.test(message)) {
    return new HarnessError(
      'environment',
      'git is not installed or not on the PATH; install git 2.38 or newer',
    );
  }
  return new HarnessError('failed', `${what} could not run: ${messageOf(message)}`);
}

/** Runs a call when there is room, and again with a little patience while another process holds a lock file. */
async function patiently(call: () => Promise<GitResult>): Promise<GitResult> {
  for (let tried = 1; ; tried++) {
    const result = await inTurn(call);
    if (result.code === 0 || tried === LOCK_TRIES || !LOCKED.test(result.stderr)) return result;
    await sleep(randomBetween(50, 800));
  }
}

let running = 0;
const waiting: (() => void)[] = [];

async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  if (running >= MOST_AT_ONCE) await new Promise<void>((go) => waiting.push(go));
  else running++;
  try {
    return await work();
  } finally {
    // The turn is handed on, not given back, so that nobody gets in between.
    const next = waiting.shift();
    if (next) next();
    else running--;
  }
}
