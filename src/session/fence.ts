import { spawnSync } from 'node:child_process';
import { findProgram } from '../program.ts';

/** What an agent's processes may use, all together or each; infinite = no limit. */
interface Fenced {
  /** Bytes of memory of the whole tree. */
  memory: number;
  /** Processes of the whole tree. */
  processes: number;
  /** Bytes of one file. */
  file: number;
}

/** What this machine offers to hold processes to limits. */
export interface Fence {
  /** systemd puts them into a control group of their own, of the user's instance or the system's. */
  systemd?: { program: string; user: boolean };
  /** The size of files. */
  prlimit?: string;
  /** Behind everything else when processors are short. */
  nice?: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

const works = (program: string, args: string[], env: Environment): boolean =>
  spawnSync(program, args, { env: { ...env }, timeout: 5_000, stdio: 'ignore' }).status === 0;

/** Tries out what there is; takes some ten milliseconds. */
export function probeFence(env: Environment, isRoot: boolean): Fence {
  const [systemd, prlimit, nice] = ['systemd-run', 'prlimit', 'nice'].map((name) => findProgram(name, env));
  const scope = ['--scope', '--quiet', '--collect', ...(isRoot ? [] : ['--user'])];
  return {
    ...(systemd &&
      works(systemd, [...scope, 'true'], env) && { systemd: { program: systemd, user: !isRoot } }),
    ...(prlimit && works(prlimit, ['--core=0', '--', 'true'], env) && { prlimit }),
    ...(nice && works(nice, ['-n', '5', 'true'], env) && { nice }),
  };
}

/** Variables that systemd-run needs of a user's session and that agents do not get. */
const BUS = ['XDG_RUNTIME_DIR', 'DBUS_SESSION_BUS_ADDRESS'];

const finite = (value: number): string => (Number.isFinite(value) ? String(value) : 'infinity');

/** What goes before a command line so that it is held to these limits. */
export function fencedBy({ systemd, prlimit, nice }: Fence, { memory, processes, file }: Fenced): string[] {
  const scope = systemd && [systemd.program, '--scope', '--quiet', '--collect'];
  if (systemd?.user) scope?.push('--user');
  scope?.push('-p', `MemoryMax=${finite(memory)}`, '-p', `TasksMax=${processes}`, '--');
  scope?.push('env', ...BUS.flatMap((name) => ['-u', name]));
  const size = Number.isFinite(file) ? [`--fsize=${file}`] : [];
  return [
    ...(scope ?? []),
    ...(prlimit ? [prlimit, '--core=0', ...size, '--'] : []),
    ...(nice ? [nice, '-n', '5'] : []),
  ];
}

/** The variables of our own that the fence needs besides the agent's. */
export function fenceEnvironment({ systemd }: Fence, env: Environment): Record<string, string> {
  if (!systemd?.user) return {};
  return Object.fromEntries(BUS.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])));
}

/** What holds agents, in words. */
export function fenceText({ systemd, prlimit, nice }: Fence): string {
  const parts = [
    systemd ? 'memory and processes by systemd-run' : 'memory and processes by watching them',
    prlimit ? 'size of files by prlimit' : undefined,
    nice ? 'processor time by nice' : undefined,
  ];
  return parts.filter(Boolean).join(', ');
}
