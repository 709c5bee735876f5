import { closeSync, fsyncSync, linkSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { Queue } from '../../../src/queue/queue.ts';
import { itemText } from '../../../src/queue/work-item.ts';
import { median } from '../row.ts';
import { itemOf, timed } from './ground.ts';

const ROUNDS = 200;

/** Milliseconds for a durable add, beside write, fsync, link and fsync of the folder alone. */
export function adding(folder: string): { addMs: number; bareMs: number } {
  const queue = Queue.open(join(folder, 'queue'));
  const [tmp, ids] = [join(folder, 'tmp'), join(folder, 'ids')];
  mkdirSync(tmp);
  mkdirSync(ids);
  const [adds, bare]: number[][] = [[], []];
  for (let n = 0; n < ROUNDS; n++) {
    const item = itemOf(n);
    adds?.push(timed(() => void queue.add(item)));
    bare?.push(timed(() => bareAdd(join(tmp, item.id), join(ids, item.id), itemText(item))));
  }
  return { addMs: median(adds ?? []), bareMs: median(bare ?? []) };
}

function bareAdd(temporary: string, final: string, text: string): void {
  const file = openSync(temporary, 'wx', 0o600);
  writeSync(file, text);
  fsyncSync(file);
  closeSync(file);
  linkSync(temporary, final);
  const folder = openSync(join(final, '..'), 'r');
  fsyncSync(folder);
  closeSync(folder);
}
