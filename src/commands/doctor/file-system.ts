import { linkSync, renameSync, statSync, utimesSync, watch } from 'node:fs';
import { join } from 'node:path';
import { takeLock } from '../../coordinator/lock.ts';
import { readSmallFile, syncFolder, writeNewFile } from '../../durable.ts';
import { codeOf, messageOf } from '../../errors.ts';
import { error, ok, warning } from './check.ts';
import type { Check, Finding } from './check.ts';
import { nearestFolder, withFolder } from './probe.ts';

/** Each thing that the queue and the lock rely on, done once in an empty folder. */
const TRIALS: Record<string, (folder: string) => void> = {
  'write and wait for the disk': (folder) => writeNewFile(join(folder, 'a'), 'one'),
  'wait for the names in a folder': syncFolder,
  link(folder) {
    linkSync(join(folder, 'a'), join(folder, 'b'));
    if (statSync(join(folder, 'a')).nlink !== 2) throw new Error('the link does not count');
  },
  'link only once'(folder) {
    try {
      linkSync(join(folder, 'a'), join(folder, 'b'));
    } catch (cause) {
      if (codeOf(cause) === 'EEXIST') return;
      throw cause;
    }
    throw new Error('a second link replaced the first');
  },
  rename(folder) {
    writeNewFile(join(folder, 'c'), 'two');
    renameSync(join(folder, 'c'), join(folder, 'a'));
    if (readSmallFile(join(folder, 'a'), 10) !== 'two') throw new Error('the old text is still there');
  },
  'set the time of a file'(folder) {
    utimesSync(join(folder, 'a'), 1_000_000_000, 1_000_000_000);
    if (statSync(join(folder, 'a')).mtimeMs !== 1e12) throw new Error('another time was kept');
  },
  lock(folder) {
    if (!takeLock(join(folder, 'lock.db'))) throw new Error('a new file is locked already');
  },
};

/** What the home's file system can do; the lock is tried on a file of its own, never on that of a run. */
export const fileSystem: Check = {
  name: 'files',
  look: async ({ home }) => {
    if (!home) return [];
    const parent = nearestFolder(home.folder);
    try {
      return await withFolder(parent, (folder) => [...tryAll(folder), ...tryToWatch(folder)]);
    } catch (cause) {
      return [error(`nothing can be written in ${parent} (${messageOf(cause)})`, 'name another home')];
    }
  },
};

function tryAll(folder: string): Finding[] {
  for (const [what, run] of Object.entries(TRIALS)) {
    try {
      run(folder);
    } catch (cause) {
      return [error(`cannot ${what} (${messageOf(cause)})`, 'use a home on a local disk')];
    }
  }
  return [ok('link, rename, fsync, times and lock work')];
}

function tryToWatch(folder: string): Finding[] {
  try {
    watch(folder).close();
    return [];
  } catch (cause) {
    const todo = 'raise fs.inotify.max_user_watches and max_user_instances with sysctl';
    return [warning(`folders cannot be watched (${codeOf(cause) ?? messageOf(cause)})`, todo)];
  }
}
