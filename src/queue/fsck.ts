import { probe } from './folders.ts';
import { groundIn, isAliveHere } from './ground.ts';
import { inspecting } from './inspect.ts';
import type { Fault } from './inspect.ts';
import { repairing } from './repair.ts';
import { toEnd } from './steps.ts';
import type { Recovery } from './sweep.ts';

/** What is not in order in the folder of a queue; changes nothing. */
export const inspectQueue = (queue: string): Fault[] => toEnd(inspecting(groundIn(queue), isAliveHere));

/** Mends what can be mended safely, says what it did. Only while there is no coordinator. */
export function repairQueue(queue: string): Recovery {
  const ground = groundIn(queue);
  probe(ground.disk, ground.folders);
  return toEnd(repairing(ground, isAliveHere));
}
