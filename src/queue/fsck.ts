import { identify } from '../process.ts';
import { diskOf } from './disk.ts';
import { foldersOf, probe } from './folders.ts';
import { inspecting } from './inspect.ts';
import type { Fault } from './inspect.ts';
import { repairing } from './repair.ts';
import { toEnd } from './steps.ts';
import type { Recovery } from './sweep.ts';

const alive = ({ pid, start }: { pid: number; start: string }) => identify(pid)?.start === start;

const groundOf = (queue: string) => ({ disk: diskOf(queue), folders: foldersOf(queue) });

/** What is not in order in the folder of a queue; changes nothing. */
export const inspectQueue = (queue: string): Fault[] => toEnd(inspecting(groundOf(queue), alive));

/** Mends what can be mended safely, says what it did. Only while there is no coordinator. */
export function repairQueue(queue: string): Recovery {
  const ground = groundOf(queue);
  probe(ground.disk, ground.folders);
  return toEnd(repairing(ground, alive));
}
