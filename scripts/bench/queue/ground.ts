import { linkSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nameOf } from '../../../src/queue/add.ts';
import { foldersOf } from '../../../src/queue/folders.ts';
import { Queue } from '../../../src/queue/queue.ts';
import { itemText, newWorkItem } from '../../../src/queue/work-item.ts';

/** Does something in a new folder that is removed afterwards. */
export async function inScratch<T>(work: (folder: string) => T | Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'harness-bench-'));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const BODY = 'Say what is to be done in a few sentences, as people do. '.repeat(5);

/** Item number `n` of a bench. */
export const itemOf = (n: number) =>
  newWorkItem(
    { title: `Item number ${n}`, body: BODY },
    { id: `i${String(n).padStart(7, '0')}`, addedMs: 1_800_000_000_000 + n * 1000 },
  );

/** A queue with so many pending items, written without waiting for the disk. */
export function filledQueue(folder: string, count: number): Queue {
  const queue = Queue.open(join(folder, `queue-${count}`));
  const { ids, pending } = foldersOf(queue.folder);
  for (let n = 0; n < count; n++) {
    const item = itemOf(n);
    const definition = join(ids, item.id);
    writeFileSync(definition, itemText(item), { mode: 0o600 });
    linkSync(definition, join(pending, nameOf(item)));
  }
  return queue;
}

/** How long something takes, in milliseconds. */
export function timed(work: () => void): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}
