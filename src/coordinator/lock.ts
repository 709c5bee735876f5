import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { HarnessError, messageOf } from '../errors.ts';

/**
 * The handle of the lock, at module scope for the life of the process: closing any handle of the file, or having it
 * garbage-collected, would drop the lock (POSIX record locks belong to the process).
 */
let held: { database: DatabaseSync; file: string; inode: number } | undefined;

/**
 * Takes the lock of a home: one coordinator at a time. The kernel releases it at any death of the holder, a stopped
 * holder keeps it. False if another process has it. Throws HarnessError('environment') where the file system cannot lock.
 */
export function takeLock(file: string): boolean {
  const database = new DatabaseSync(file, { timeout: 0 });
  try {
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if (/locked|busy/i.test(messageOf(error))) return false;
    throw new HarnessError(
      'environment',
      `${file}: cannot be locked (${messageOf(error)}); use a home on a local disk`,
      {
        cause: error,
      },
    );
  }
  held = { database, file, inode: statSync(file).ino };
  if (lockIsFree(file)) {
    throw new HarnessError(
      'environment',
      `${file}: this file system does not keep locks; use a home on a local disk`,
    );
  }
  return true;
}

/** Whether the file that was locked is still the one at its path; if not, somebody replaced the state folder. */
export function lockIsInPlace(): boolean {
  return held !== undefined && statSync(held.file, { throwIfNoEntry: false })?.ino === held.inode;
}

/** Asks from another process, since a lock never stands in the way of its own holder. */
function lockIsFree(file: string): boolean {
  const probe = `
    const { DatabaseSync } = require('node:sqlite');
    new DatabaseSync(process.argv[1], { timeout: 0 }).exec('BEGIN EXCLUSIVE');`;
  return spawnSync(process.execPath, ['-e', probe, file], { stdio: 'ignore', timeout: 10_000 }).status === 0;
}
