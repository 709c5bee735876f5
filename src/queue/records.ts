import { join } from 'node:path';
import { HarnessError } from '../errors.ts';
import { redacted } from '../secrets.ts';
import type { Ground } from './ground.ts';
import type { Steps } from './steps.ts';
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
  /** The fingerprint of the definition that was claimed. */
  definition?: string;
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
  /** What was measured of its last turn and of its branch then. */
  measured?: Measured;
  /** The turns that ended, with the uuids of the messages of each: where they are in the conversation. */
  turns?: { session: string; uuids: string[]; end: string; at: string }[];
  /** What git says was made; `unknown` is why it could not say it. */
  made?: {
    commits: { id: string; subject: string }[];
    files: number;
    added: number;
    removed: number;
    paths: { path: string; added: number; removed: number }[];
    unknown?: string;
  };
  /** What the agent said last; no evidence of anything. */
  words?: string;
  /** What was found wrong, for people and for the next attempt. */
  finding?: string;
  /** What a failure has in common with others that are the same one. */
  signature?: string;
}

/** What is counted of a turn, of the commits and of the change on the branch. */
export interface Measured {
  commits?: number;
  files?: number;
  insertions?: number;
  deletions?: number;
  /** Files of the change that are tests, by their names. */
  tests?: number;
  tools?: number;
  toolErrors?: number;
  denials?: number;
  stopReason?: string;
}

const RECORD_MAX_BYTES = 1024 * 1024;

/** One attempt under one run. */
type AttemptOf = Pick<AttemptRecord, 'item' | 'attempt' | 'run'>;

/** The folder of an attempt under a run, below `attempts`; throws for what could not be a folder of ours. */
function attemptPath(attempts: string, { item, attempt, run }: AttemptOf): string {
  if (!isId(item) || !isWord(run) || !Number.isSafeInteger(attempt) || attempt < 1) {
    throw new HarnessError('failed', `there is no attempt "${item}" ${attempt} of run "${run}"`);
  }
  return join(attempts, item, `${attempt}.${run}`);
}

/** Makes the folder of an attempt, so that its name survives a power cut, and returns its path. */
export function* makingAttemptFolder({ disk, folders }: Ground, of: AttemptOf): Steps<string> {
  const path = attemptPath(folders.attempts, of);
  yield 'folder';
  disk.folder(join(path, '..'));
  yield 'folder';
  disk.folder(path);
  // Also what another process has made just now, and perhaps not synced.
  yield 'sync';
  disk.sync(join(path, '..'));
  yield 'sync';
  disk.sync(folders.attempts);
  return path;
}

/** Writes or replaces a record, without secrets in its texts; it survives a power cut once this ends. */
export function* writingRecord(ground: Ground, record: AttemptRecord): Steps<void> {
  const { disk, folders } = ground;
  const text = `${JSON.stringify(redacted(record), null, 2)}
`;
  if (Buffer.byteLength(text) > RECORD_MAX_BYTES) {
    throw new HarnessError(
      'failed',
      `the record of ${record.item} ${record.attempt} has more than ${RECORD_MAX_BYTES} bytes`,
    );
  }
  const folder = attemptPath(folders.attempts, record);
  const file = join(folder, 'record.json');
  yield 'look';
  // Whoever put a record there has synced the names above it before.
  if (!disk.look(file)) yield* makingAttemptFolder(ground, record);
  const temporary = join(folder, `.record-${ground.random(8)}`);
  yield 'write';
  disk.write(temporary, text);
  yield 'rename';
  disk.rename(temporary, file);
  yield 'sync';
  disk.sync(folder);
}

interface AttemptFolder {
  name: string;
  attempt: number;
  run: string;
}

/** The attempts that left a folder, oldest first. */
export function* listingAttempts({ disk, folders }: Ground, item: string): Steps<AttemptFolder[]> {
  const folder = join(folders.attempts, item);
  if (!isId(item)) return [];
  yield 'look';
  if (!disk.look(folder)?.folder) return [];
  yield 'list';
  return disk
    .names(folder)
    .flatMap(({ name, is }) => {
      const [, attempt, run = ''] = (is === 'folder' && /^([1-9]\d{0,6})\.(.+)$/.exec(name)) || [];
      return attempt !== undefined && isWord(run) ? [{ name, attempt: Number(attempt), run }] : [];
    })
    .toSorted((one, other) => one.attempt - other.attempt || (one.run < other.run ? -1 : 1));
}

/** An attempt that was adopted has a record in each run, and only the last one of them is open. */
const timeIn = ({ startedAt, endedAt = '~' }: AttemptRecord): string => `${startedAt} ${endedAt}`;

/** The records of an item in the order of their attempts, then of their start; broken ones are left out. */
export function* readingRecords(ground: Ground, item: string): Steps<AttemptRecord[]> {
  const records: AttemptRecord[] = [];
  for (const folder of yield* listingAttempts(ground, item)) {
    const record = yield* readingRecord(ground, item, folder);
    if (record) records.push(record);
  }
  return records.toSorted(
    (one, other) => one.attempt - other.attempt || (timeIn(one) < timeIn(other) ? -1 : 1),
  );
}

/** The record of one attempt; undefined if there is none, or what is there is not whole. */
export function* readingRecord(
  { disk, folders }: Ground,
  item: string,
  { name, attempt, run }: AttemptFolder,
): Steps<AttemptRecord | undefined> {
  yield 'read';
  try {
    const path = join(folders.attempts, item, name, 'record.json');
    const record = JSON.parse(disk.read(path, RECORD_MAX_BYTES) ?? '') as AttemptRecord;
    const isWhole =
      record.format === 1 && typeof record.startedAt === 'string' && typeof record.agent === 'string';
    const isIts = record.item === item && record.attempt === attempt && record.run === run;
    return isWhole && isIts ? record : undefined;
  } catch {
    return undefined;
  }
}
