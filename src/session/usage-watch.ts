import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { memoryOf } from '../process.ts';
import type { ProcessIdentity } from '../process.ts';

/** What the processes of an agent use. */
interface Usage {
  memory: number;
  processes: number;
}

/** What they may use; `temp` are the bytes in the agent's temporary folder. */
export interface UsageLimits {
  memory: number;
  processes: number;
  temp: number;
}

/** What these processes use now; memory that several of them share counts once, as far as the system tells. */
export function usageOf(who: readonly ProcessIdentity[]): Usage {
  return { memory: who.reduce((sum, { pid }) => sum + memoryOf(pid), 0), processes: who.length };
}

const GIB = 2 ** 30;
const gib = (bytes: number): string => `${(bytes / GIB).toFixed(1)} GiB`;

/** Why this is too much, for people; undefined if it is not. */
export function excessOf({ memory, processes }: Usage, limits: UsageLimits): string | undefined {
  if (memory > limits.memory)
    return `its processes use ${gib(memory)} of memory, more than ${gib(limits.memory)} (machine.memory)`;
  if (processes > limits.processes)
    return `it has ${processes} processes, more than ${limits.processes} (machine.processes)`;
  return undefined;
}

/** Why the temporary folder holds too much; undefined if it does not. */
export function tempExcess(folder: string | undefined, limits: UsageLimits): string | undefined {
  if (folder === undefined || !Number.isFinite(limits.temp)) return undefined;
  const bytes = bytesIn(folder, limits.temp);
  return bytes > limits.temp
    ? `its temporary folder holds more than ${gib(limits.temp)} (machine.temp)`
    : undefined;
}

/** More entries than these are not looked at: a look must not take longer than a moment. */
const MOST_ENTRIES = 20_000;

/** How much a folder takes on the disk, as far as `enough`. */
function bytesIn(folder: string, enough: number): number {
  let bytes = 0;
  let entries = 0;
  const open = [folder];
  for (let next = open.pop(); next !== undefined && bytes <= enough; next = open.pop()) {
    for (const entry of list(next)) {
      if (++entries > MOST_ENTRIES) return bytes;
      const path = join(next, entry.name);
      if (entry.isDirectory()) open.push(path);
      else if (entry.isFile()) bytes += (statSync(path, { throwIfNoEntry: false })?.blocks ?? 0) * 512;
    }
  }
  return bytes;
}

function list(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    // It was removed meanwhile.
    return [];
  }
}
