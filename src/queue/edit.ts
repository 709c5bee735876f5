import { join } from 'node:path';
import { nameOf, scheduled, temporaryName } from './add.ts';
import type { Alive, Ground } from './ground.ts';
import { moving } from './move.ts';
import type { Change } from './move.ts';
import type { Entry, Place } from './name.ts';
import type { Steps } from './steps.ts';
import { itemText } from './work-item.ts';
import type { WorkItem } from './work-item.ts';

/** While it is edited an item is in held, with a reason that says where it was and which process edits it. */
const MARK = /^editing-(pending|held|failed)-(\d+)-(\d+)$/;

/** Where an item that is being edited was before, and who edits it; undefined for all others. */
export function editorOf(
  entry: Entry,
): { from: Exclude<Place, 'claimed' | 'done'>; pid: number; start: string } | undefined {
  const [, from, pid, start = ''] = MARK.exec(entry.reason ?? '') ?? [];
  if (entry.place !== 'held' || from === undefined) return undefined;
  return { from: from as 'pending' | 'held' | 'failed', pid: Number(pid), start };
}

/**
 * Replaces the definition of an item that nobody works on; undefined if somebody else moved it first. It is out of
 * everybody's reach while that happens, the new definition in ids decides, and only then it goes back to its place.
 * Whatever is left of a killed edit, `returning` puts back, with the old definition or the new one.
 */
export function* editing(ground: Ground, entry: Entry, item: WorkItem): Steps<Entry | undefined> {
  const { disk, folders } = ground;
  const { pid, start } = ground.self();
  const taken = yield* moving(ground, entry, {
    to: 'held',
    reason: `editing-${entry.place}-${pid}-${start}`,
  });
  if (!taken) return undefined;
  // Two files: a second name of the one in ids would look like an add that was interrupted.
  const copies = [0, 1].map(() => join(folders.tmp, temporaryName(ground, nameOf(item))));
  const [definition = '', body = ''] = copies;
  for (const copy of copies) {
    yield 'write';
    disk.write(copy, itemText(item));
  }
  yield 'rename';
  disk.rename(definition, join(folders.ids, item.id));
  yield 'sync';
  disk.sync(folders.ids);
  yield 'rename';
  disk.rename(body, join(folders.held, taken.file));
  return yield* moving(ground, taken, { ...backTo(entry, item), priority: item.priority });
}

/** The move that brings an item back to where it was, as it was but for what the new definition says of its time. */
function backTo({ place, reason, notBeforeMs }: Entry, item: WorkItem): Change {
  const to = place === 'claimed' || place === 'done' ? 'held' : place;
  if (to === 'pending' && (item.notBefore !== undefined || reason === 'scheduled')) {
    return { to, ...scheduled(item) };
  }
  return {
    to,
    ...(reason === undefined ? {} : { reason }),
    ...(notBeforeMs === undefined ? {} : { notBeforeMs }),
  };
}

/** Puts an item back whose editor is gone. */
export function* returning(ground: Ground, entry: Entry, alive: Alive): Steps<Entry | undefined> {
  const editor = editorOf(entry);
  if (!editor || alive(editor)) return undefined;
  return yield* moving(ground, entry, { to: editor.from, reason: 'edited' });
}
