import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { replaceFile } from '../durable.ts';
import { HarnessError } from '../errors.ts';
import { findProgram } from '../program.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** What confines the commands of agents on this machine, or why nothing does. */
export type Sandbox = { bwrap: string } | { why: string };

/** The part that needs nothing of an agent: everything can be read, nothing written, and processes end with their parent. */
const BASE =
  '--ro-bind / / --dev /dev --proc /proc --unshare-pid --unshare-ipc --die-with-parent --new-session'.split(
    ' ',
  );

/** Tries out what `session.sandbox` asks for; HarnessError('environment') where `on` cannot be had. */
export function openSandbox(wanted: 'auto' | 'on' | 'off', env: Environment): Sandbox {
  if (wanted === 'off') return { why: 'session.sandbox is off' };
  const bwrap = findProgram('bwrap', env);
  const tried = bwrap === undefined ? undefined : spawnSync(bwrap, [...BASE, 'true'], { timeout: 5_000 });
  if (bwrap !== undefined && tried?.status === 0) return { bwrap };
  const said = tried?.stderr.toString().trim().split('\n').at(-1);
  const why = bwrap === undefined ? 'bwrap is not installed' : `bwrap does not work here (${said})`;
  if (wanted === 'auto') return { why };
  throw new HarnessError('environment', `session.sandbox is on, but ${why}; harness doctor says what to do`);
}

/** Where people keep what lets them log in or push elsewhere, below their home: folders, and files. */
const SECRET_FOLDERS = '.ssh .gnupg .aws .azure .kube .docker .config/gh .config/gcloud'.split(' ');
const SECRET_FILES = '.netrc .git-credentials .pypirc .claude/.credentials.json'.split(' ');
const SECRET_VARIABLES = 'ANTHROPIC_API_KEY ANTHROPIC_AUTH_TOKEN CLAUDE_CODE_OAUTH_TOKEN SSH_AUTH_SOCK'.split(
  ' ',
);

interface Confined {
  /** The agent's work tree, and its folder for temporary files: what its commands may write. */
  tree: string;
  temp: string;
  /** The user's home. */
  home: string;
  /** The agent's folder for files of its session. */
  folder: string;
}

const quoted = (word: string): string => `'${word.replaceAll("'", String.raw`'\''`)}'`;

/**
 * Writes the program that runs every command of an agent (as its only argument) where it can write its work tree, the git
 * folder of that, and its temporary files only, without the keys of the CLI or the user. Returns its file, for the CLI's `CLAUDE_CODE_SHELL_PREFIX`.
 */
export function writeConfinement(bwrap: string, { tree, temp, home, folder }: Confined): string {
  const writable = [tree, join(dirname(tree), 'depot.git'), temp].filter((path) => existsSync(path));
  const folders = SECRET_FOLDERS.map((name) => join(home, name)).filter((path) => existsSync(path));
  const files = SECRET_FILES.map((name) => join(home, name)).filter((path) => existsSync(path));
  const args = [
    ...BASE,
    ...folders.flatMap((path) => ['--tmpfs', path]),
    ...files.flatMap((path) => ['--ro-bind', '/dev/null', path]),
    ...writable.flatMap((path) => ['--bind', path, path]),
    ...SECRET_VARIABLES.flatMap((name) => ['--unsetenv', name]),
    // Caches of tools are written all the time; those of the user are read-only here.
    '--setenv',
    'XDG_CACHE_HOME',
    join(temp, 'cache'),
    '--setenv',
    'npm_config_cache',
    join(temp, 'npm'),
  ];
  const file = join(folder, 'confine.sh');
  const shell = '"$(command -v bash || command -v sh)" -c "$1"';
  replaceFile(file, `#!/bin/sh\nexec ${[bwrap, ...args].map(quoted).join(' ')} -- ${shell}\n`);
  chmodSync(file, 0o700);
  return file;
}

const WRITERS = new Set(['Edit', 'Write', 'NotebookEdit']);

/** The permitted tools of a confined agent: those that write files do so in these folders only. */
export function confinedTools(tools: readonly string[], folders: readonly string[]): string[] {
  const others = tools.filter((name) => !WRITERS.has(name));
  if (others.length === tools.length) return others;
  // A path from the root on is written with two slashes (observed with 2.1.329); the rule for Edit holds for all of them.
  return [...others, ...folders.map((folder) => `Edit(/${folder}/**)`)];
}
