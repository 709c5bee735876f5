import { join } from 'node:path';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { makeFolder, readSmallFile, replaceFile, syncFolder } from '../durable.ts';
import { HarnessError } from '../errors.ts';
import { redacted } from '../secrets.ts';
import { isId, isWord } from './work-item.ts';

/**
 * What is known of one attempt under one run, kept beside its other evidence. Evidence only: where a record and a
 * file name differ, the name is right. More fields may be there.
 */
export interface AttemptRecord {
  format: 1;
  item: string;
  attempt: number;
  run: string;
  agent: string;
  branch: string;
  /** The commit that the branch was cut from. */
  base?: string;
  /** The id of the session that worked on it. */
  session?: string;
  /** ISO 8601, UTC. */
  startedAt: string;
  endedAt?: string;
  outcome?: string;
  reason?: string;
  charged?: boolean;
  rig?: string;
  /** Where the attempt is: the agent floor's words, not looked into here. */
  state?: unknown;
  /** Ready attempts only: what passed the checks, and with which target it was merged then. */
  work?: { commit: string; target: string; merge: string };
  /** What the set-up left uncommitted in the work tree. */
  untouched?: string[];
  /** How often its landing was refused and it went back to its author. */
  returns?: number;
  /** The ref that uncommitted work was saved to. */
  rescued?: string;
  /** The commit on the target that landed it. */
  landed?: string;
  costUsd?: number;
  tokens?: { input: number; output: number; cacheRead: number; cacheWrite: number };
  /** What was found wrong, for people and for the next attempt. */
  finding?: string;
}

const RECORD_MAX_BYTES = 1024 * 1024;

/** The folder of an attempt under a run, below `attempts`; throws for what could not be a folder of ours. */
export function attemptPath(
  attempts: string,
  { item, attempt, run }: { item: string; attempt: number; run: string },
) {
  if (!isId(item) || !isWord(run) || !Number.isSafeInteger(attempt) || attempt < 1) {
    throw new HarnessError('failed', `there is no attempt "${item}" ${attempt} of run "${run}"`);
  }
  return join(attempts, item, `${attempt}.${run}`);
}

/** Makes a folder below `attempts` whose name survives a power cut. */
export function makeAttemptFolder(attempts: string, path: string): void {
  if (existsSync(path)) return;
  makeFolder(path);
  syncFolder(join(path, '..'));
  syncFolder(attempts);
}

/** Writes or replaces a record, without secrets in its texts; it survives a power cut once this returns. */
export function writeRecord(attempts: string, record: AttemptRecord): void {
  const text = `${JSON.stringify(redacted(record), null, 2)}\n`;
  if (Buffer.byteLength(text) > RECORD_MAX_BYTES) {
    throw new HarnessError(
      'failed',
      `the record of ${record.item} ${record.attempt} has more than ${RECORD_MAX_BYTES} bytes`,
    );
  }
  const folder = attemptPath(attempts, record);
  makeAttemptFolder(attempts, folder);
  replaceFile(join(folder, 'record.json'), text, { durable: true });
}

interface AttemptFolder {
  name: string;
  attempt: number;
  run: string;
}

/** The attempts that left a folder, oldest first. */
export function attemptFolders(attempts: string, item: string): AttemptFolder[] {
  const folder = join(attempts, item);
  if (!isId(item) || !statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name }) => {
      const [, attempt, run = ''] = /^([1-9]\d{0,6})\.(.+)$/.exec(name) ?? [];
      return attempt !== undefined && isWord(run) ? [{ name, attempt: Number(attempt), run }] : [];
    })
    .toSorted((one, other) => one.attempt - other.attempt || (one.run < other.run ? -1 : 1));
}

/** The records of an item in the order of their attempts, then of their start; broken ones are left out. */
export function readRecords(attempts: string, item: string): AttemptRecord[] {
  return attemptFolders(attempts, item)
    .flatMap((folder) => readRecord(join(attempts, item, folder.name, 'record.json'), item, folder))
    .toSorted((one, other) => one.attempt - other.attempt || (timeIn(one) < timeIn(other) ? -1 : 1));
}

/** An attempt that was adopted has a record in each run, and only the last one of them is open. */
const timeIn = ({ startedAt, endedAt = '~' }: AttemptRecord): string => `${startedAt} ${endedAt}`;

function readRecord(path: string, item: string, folder: AttemptFolder): AttemptRecord[] {
  try {
    const record = JSON.parse(readSmallFile(path, RECORD_MAX_BYTES) ?? '') as AttemptRecord;
    const whole =
      record.format === 1 && typeof record.startedAt === 'string' && typeof record.agent === 'string';
    return whole && record.item === item && record.attempt === folder.attempt && record.run === folder.run
      ? [record]
      : [];
  } catch {
    return [];
  }
}
