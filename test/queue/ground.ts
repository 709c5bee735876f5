import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterEach } from 'vitest';
import { groundIn } from '../../src/queue/ground.ts';
import type { Ground } from '../../src/queue/ground.ts';
import type { Disk } from '../../src/queue/disk.ts';
import { foldersOf } from '../../src/queue/folders.ts';
import { PLACES } from '../../src/queue/name.ts';
import { Queue } from '../../src/queue/queue.ts';
import { newWorkItem } from '../../src/queue/work-item.ts';
import type { ItemInput } from '../../src/queue/work-item.ts';

const made: string[] = [];

afterEach(() => {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A new folder that is removed after the test. */
export function scratch(): string {
  const folder = mkdtempSync(join(tmpdir(), 'harness-queue-'));
  made.push(folder);
  return folder;
}

/** A new, empty queue. */
export const newQueue = (): Queue => Queue.open(join(scratch(), 'queue'));

/** What the steps of a queue work on. */
export const groundOf = (queue: Queue): Ground => groundIn(queue.folder);

/** An item of this id, added at a fixed moment unless told. */
export const itemOf = (id: string, input: Partial<ItemInput> = {}, addedMs = 1_800_000_000_000) =>
  newWorkItem({ title: `Title of ${id}`, ...input }, { id, addedMs });

/** All files of items, as `place/name`, links and foreign files included. */
export function filesOf(queue: Queue): string[] {
  const folders = foldersOf(queue.folder);
  return PLACES.flatMap((place) => readdirSync(folders[place]).map((name) => `${place}/${name}`));
}

/** What is in a folder of a queue, by name. */
export const namesIn = (queue: Queue, folder: 'tmp' | 'ids' | 'corrupt' | 'attempts' | 'imports'): string[] =>
  readdirSync(join(queue.folder, folder)).toSorted();

/** A disk that notes its calls as `verb folder`, the folder being that of the first path. */
export function recording(disk: Disk): { calls: string[]; recorder: Disk } {
  const calls: string[] = [];
  const recorder = new Proxy(disk, {
    get:
      (target, verb: keyof Disk) =>
      (path: string, ...rest: never[]) => {
        const folder = verb === 'sync' || verb === 'names' || verb === 'aside' ? path : dirname(path);
        calls.push(`${verb} ${basename(folder)}`);
        return (target[verb] as (...all: unknown[]) => unknown)(path, ...rest);
      },
  });
  return { calls, recorder };
}
