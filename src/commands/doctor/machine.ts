import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { sizeText } from '../../size.ts';
import { error, ok, warning } from './check.ts';
import type { Check, Context, Finding } from './check.ts';

/** What one agent needs as a rule: the CLI takes about 400 MiB, its tools and their processes come on top. */
const AGENT_BYTES = 512 * 2 ** 20;
const AGENT_PROCESSES = 64;
const LEAST_OPEN_FILES = 1_024;
const LEAST_WATCHES = 8_192;
const LEAST_WATCHERS = 64;

/** Memory, processors and the limits of this user. */
export const machine: Check = {
  name: 'machine',
  look(context) {
    const found = [...memory(context), ...limits(context), ...watches()];
    const cores = `${availableParallelism()} cores, ${sizeText(process.availableMemory())} of memory available`;
    return found.length > 0 ? found : [ok(cores)];
  },
};

function memory({ config }: Context): Finding[] {
  const free = process.availableMemory();
  if (free >= config.agents * AGENT_BYTES) return [];
  const what = `${sizeText(free)} of memory for ${config.agents} agents, which want ${sizeText(AGENT_BYTES)} each`;
  return [warning(what, 'run fewer agents at once (agents, or --agents)')];
}

function limits({ config }: Context): Finding[] {
  const text = read('/proc/self/limits');
  const found: Finding[] = [];
  const files = limitIn(text, 'Max open files');
  if (files < LEAST_OPEN_FILES) {
    found.push(warning(`only ${files} files may be open at once`, 'raise it: ulimit -n 4096'));
  }
  const processes = limitIn(text, 'Max processes');
  const wanted = (config.agents + 1) * AGENT_PROCESSES;
  if (processes < wanted) {
    const what = `only ${processes} processes are allowed; ${config.agents} agents may want ${wanted}`;
    found.push(warning(what, 'raise it: ulimit -u 4096, or run fewer agents'));
  }
  const size = limitIn(text, 'Max file size');
  if (size !== Number.POSITIVE_INFINITY) {
    found.push(error(`files may not grow beyond ${sizeText(size)}`, 'lift it: ulimit -f unlimited'));
  }
  return found;
}

/** The soft limit of a line of /proc/PID/limits; infinite where there is none, or no such file. */
export function limitIn(text: string | undefined, name: string): number {
  const value = text
    ?.split('\n')
    .find((line) => line.startsWith(name))
    ?.slice(name.length)
    .trim()
    .split(/\s+/)[0];
  return value === undefined || value === 'unlimited' ? Number.POSITIVE_INFINITY : Number(value);
}

/** Agents' own tools (test runners, dev servers) watch files too, and share these with everything else of this user. */
function watches(): Finding[] {
  const [folders, watchers] = [inotify('max_user_watches'), inotify('max_user_instances')];
  if (folders >= LEAST_WATCHES && watchers >= LEAST_WATCHERS) return [];
  const what = `inotify allows ${folders} folders for ${watchers} watchers`;
  return [warning(what, 'raise fs.inotify.max_user_watches and max_user_instances with sysctl')];
}

const inotify = (name: string) => Number(read(`/proc/sys/fs/inotify/${name}`) ?? Number.POSITIVE_INFINITY);

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
