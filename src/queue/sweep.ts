import { join } from 'node:path';
import { messageOf } from '../errors.ts';
import { firstPath, temporaryName } from './add.ts';
import { writerText } from './ground.ts';
import type { Alive, Ground } from './ground.ts';
import type { Folder } from './folders.ts';
import { parseTemporary } from './name.ts';
import type { TemporaryName } from './name.ts';
import type { Steps } from './steps.ts';

/** What recovery did, for the journal and for people. */
export interface Recovery {
  /** Ids that were found between two steps, or lost by a power cut, and are in a place again. */
  finished: string[];
  /** How many files of adds that never happened were removed. */
  swept: number;
  /** `folder/name: why` of everything that was moved to corrupt or, broken, to failed. */
  quarantined: string[];
}

/** Moves a file aside, whatever it is; its name in corrupt says where it was and why. Nothing is deleted. */
export function* quarantining(
  ground: Ground,
  report: Recovery,
  { folder, name, why }: { folder: Folder; name: string; why: string },
): Steps<void> {
  const { disk, folders } = ground;
  const clean = name.replaceAll(/[^\w.~-]/g, '_').slice(0, 150);
  const to = join(folders.corrupt, `${folder}~${clean}~${writerText(ground)}`);
  yield 'rename';
  try {
    if (disk.aside(folders[folder], name, to)) report.quarantined.push(`${folder}/${clean}: ${why}`);
  } catch (error) {
    // A mount or a foreign folder that may not be moved; it is ignored by everything else too.
    report.quarantined.push(`${folder}/${clean}: ${why}, and it cannot be moved (${messageOf(error)})`);
  }
}

/**
 * Looks after the files of interrupted adds. One whose link in ids was made is put into pending (its writer may do
 * the same: one exact rename, so it happens once); one without, of a writer that is gone, is removed.
 * `placed` holds the ids that have a place.
 */
export function* sweeping(
  ground: Ground,
  report: Recovery,
  { placed, alive }: { placed: ReadonlySet<string>; alive: Alive },
): Steps<void> {
  const { disk, folders } = ground;
  yield 'list';
  for (const { name, is } of disk.names(folders.tmp)) {
    const temporary = parseTemporary(name);
    if (!temporary || is !== 'file') {
      yield* quarantining(ground, report, { folder: 'tmp', name, why: 'not a file of an add' });
    } else if (yield* isLinked(ground, name, temporary.id)) {
      yield* finishing(ground, report, { name, temporary, placed: placed.has(temporary.id) });
    } else if (!alive(temporary)) {
      yield* removing(ground, report, { name, temporary });
    }
  }
}

function* isLinked({ disk, folders }: Ground, name: string, id: string): Steps<boolean> {
  yield 'look';
  const [file, definition] = [disk.look(join(folders.tmp, name)), disk.look(join(folders.ids, id))];
  return file !== undefined && file.inode === definition?.inode;
}

function* finishing(
  { disk, folders }: Ground,
  report: Recovery,
  { name, temporary, placed }: { name: string; temporary: TemporaryName; placed: boolean },
): Steps<void> {
  if (placed) {
    yield 'remove';
    if (disk.remove(join(folders.tmp, name))) report.swept++;
    return;
  }
  yield 'rename';
  if (disk.rename(join(folders.tmp, name), firstPath(folders, temporary.pending))) {
    report.finished.push(temporary.id);
  }
}

/**
 * Takes the file away under a name of our own first: its writer, if it lives after all (in another container, say),
 * can then no longer link it, and if it has linked it just now, the second look shows that.
 */
function* removing(
  ground: Ground,
  report: Recovery,
  { name, temporary }: { name: string; temporary: TemporaryName },
): Steps<void> {
  const { disk, folders } = ground;
  const ours = temporaryName(ground, temporary.pending);
  yield 'rename';
  if (!disk.rename(join(folders.tmp, name), join(folders.tmp, ours))) return;
  if (yield* isLinked(ground, ours, temporary.id)) {
    yield* finishing(ground, report, { name: ours, temporary, placed: false });
    return;
  }
  yield 'remove';
  if (disk.remove(join(folders.tmp, ours))) report.swept++;
}
