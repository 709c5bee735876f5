import { join } from 'node:path';
import { HarnessError, messageOf } from '../errors.ts';
import { adding } from './add.ts';
import { writerText } from './ground.ts';
import type { Alive, Ground } from './ground.ts';
import type { Steps } from './steps.ts';
import { quarantining } from './sweep.ts';
import type { Recovery } from './sweep.ts';
import { DEFINITION_MAX_BYTES, parseItem, sameContent } from './work-item.ts';
import type { WorkItem } from './work-item.ts';

/** The most that an import may hold, in bytes on the disk. */
const MANIFEST_MAX_BYTES = 4 * DEFINITION_MAX_BYTES;

/** HarnessError('usage') if the item that has this id already asks for something else. */
export function verifySame(item: WorkItem, there: WorkItem | undefined): void {
  if (there && sameContent(there, item)) return;
  throw new HarnessError('usage', `item ${item.id} exists with other content; use another id`);
}

/**
 * Adds items all or not at all: a manifest with all of them is written, and its name in imports decides. After
 * that the items are added one by one, here or by the next recovery; each add may be repeated.
 */
export function* importing(ground: Ground, items: readonly WorkItem[]): Steps<void> {
  const { disk, folders } = ground;
  const text = `${JSON.stringify({ format: 1, items })}\n`;
  if (Buffer.byteLength(text) > MANIFEST_MAX_BYTES) {
    throw new HarnessError('usage', `more than ${MANIFEST_MAX_BYTES} bytes at once; import them in parts`);
  }
  const name = `i${ground.random(12)}`;
  const temporary = join(folders.imports, `${name}~${writerText(ground)}`);
  yield 'write';
  disk.write(temporary, text);
  yield 'rename';
  disk.rename(temporary, join(folders.imports, name));
  yield 'sync';
  disk.sync(folders.imports);
  const refused = yield* decided(ground, name, items);
  if (refused.length > 0) throw new HarnessError('usage', `all but these were added: ${refused.join('; ')}`);
}

/** Whatever happens now, the items are added; a second import would add them twice. */
function* decided(ground: Ground, name: string, items: readonly WorkItem[]): Steps<string[]> {
  try {
    return yield* expanding(ground, name, items);
  } catch (error) {
    const why = `some of the ${items.length} items are not in their place yet (${messageOf(error)})`;
    throw new HarnessError(
      'environment',
      `${ground.folders.imports}/${name}: ${why}; do not import them again: the next run adds them, or harness queue fsck --repair`,
      { cause: error },
    );
  }
}

/** Adds the items of a manifest, as far as it was not done before, and removes it; returns what cannot be added and why. */
function* expanding(ground: Ground, name: string, items: readonly WorkItem[]): Steps<string[]> {
  const refused: string[] = [];
  for (const item of items) {
    try {
      yield* adding(ground, item);
    } catch (error) {
      // Somebody took this id for something else since the manifest was written.
      if (!(error instanceof HarnessError) || error.trouble !== 'usage') throw error;
      refused.push(error.message);
    }
  }
  yield 'remove';
  ground.disk.remove(join(ground.folders.imports, name));
  return refused;
}

/** Whether a name in imports is that of a manifest whose items are to be added, whatever happens. */
export const isManifest = (name: string): boolean => /^i\w{12}$/.test(name);

/** Who is writing a manifest that does not count yet, by its name; undefined for all other names. */
export function writerOf(name: string): { pid: number; start: string } | undefined {
  const [, pid, start = ''] = /^i\w{12}~(\d+)-(\d+)-\w+$/.exec(name) ?? [];
  return pid === undefined ? undefined : { pid: Number(pid), start };
}

/** Ends imports that were interrupted: decided ones are finished, others removed if their writer is gone. */
export function* finishingImports(ground: Ground, report: Recovery, alive: Alive): Steps<void> {
  const { disk, folders } = ground;
  yield 'list';
  for (const { name, is } of disk.names(folders.imports)) {
    const writer = writerOf(name);
    if (is === 'file' && writer) {
      if (alive(writer)) continue;
      yield 'remove';
      if (disk.remove(join(folders.imports, name))) report.swept++;
      continue;
    }
    const items = is === 'file' ? yield* readingManifest(ground, name) : undefined;
    if (items === 'gone') continue;
    if (items) {
      const refused = yield* expanding(ground, name, items);
      report.finished.push(...items.map(({ id }) => id));
      report.quarantined.push(...refused.map((why) => `imports/${name}: ${why}`));
    } else yield* quarantining(ground, report, { folder: 'imports', name, why: 'not an import' });
  }
}

function* readingManifest({ disk, folders }: Ground, name: string): Steps<WorkItem[] | 'gone' | undefined> {
  yield 'read';
  try {
    const text = disk.read(join(folders.imports, name), MANIFEST_MAX_BYTES);
    if (text === undefined) return 'gone';
    const { format, items } = JSON.parse(text) as { format: unknown; items: WorkItem[] };
    const read = items.map((item) => parseItem(JSON.stringify(item), item.id));
    return format === 1 && read.every((item) => item !== undefined) ? read : undefined;
  } catch (error) {
    if (error instanceof HarnessError || error instanceof SyntaxError || error instanceof TypeError)
      return undefined;
    throw error;
  }
}
