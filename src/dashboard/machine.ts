import { availableParallelism, freemem, loadavg, totalmem } from 'node:os';
import { monotonicMs } from '../clock.ts';
import type { Machine } from './scene.ts';

const EVERY_MS = 5_000;

let last: { machine: Machine; atMs: number } | undefined;

/** As it was at most five seconds ago; the same object as long as it was not looked at anew. */
export function machineNow(): Machine {
  if (last && monotonicMs() - last.atMs < EVERY_MS) return last.machine;
  const machine = {
    cores: availableParallelism(),
    load: loadavg()[0] ?? 0,
    freeMemory: freemem(),
    memory: totalmem(),
  };
  last = { machine, atMs: monotonicMs() };
  return machine;
}
