import { join } from 'node:path';
import type { Alive, Ground } from './ground.ts';
import { editing, editorOf } from './edit.ts';
import { inspecting } from './inspect.ts';
import { entryOf } from './move.ts';
import { isId, parseItem, DEFINITION_MAX_BYTES } from './work-item.ts';
import type { Steps } from './steps.ts';
import { recovering } from './recover.ts';
import { quarantining } from './sweep.ts';
import type { Recovery } from './sweep.ts';

/**
 * Mends what `inspecting` finds and no person has to decide: all that recovery mends, then evidence that cannot be read
 * or belongs to nothing (moved to corrupt; the numbers of its attempts still count), and copies that differ from their definition.
 * Only while there is no coordinator. Nothing is deleted but files of adds that never happened.
 */
export function* repairing(ground: Ground, alive: Alive): Steps<Recovery> {
  const report = yield* recovering(ground, alive);
  for (const { where, what, mend } of yield* inspecting(ground, alive)) {
    const [folder, name = '', ...deeper] = where.split('/');
    if (mend === 'person') continue;
    if (folder === 'attempts') {
      const path = [name, ...deeper].join('/');
      yield* quarantining(ground, report, { folder: 'attempts', name: path, why: what });
    } else if (folder === 'pending' || folder === 'held') {
      yield* renewing(ground, report, entryOf(folder, name));
    }
  }
  return report;
}

/** Gives an item the definition of ids in its place, too, by the same way as an edit. */
function* renewing(ground: Ground, report: Recovery, entry: ReturnType<typeof entryOf>): Steps<void> {
  if (!entry || editorOf(entry) || !isId(entry.id)) return;
  const path = join(ground.folders.ids, entry.id);
  yield 'read';
  const item = parseItem(ground.disk.read(path, DEFINITION_MAX_BYTES) ?? '', entry.id);
  if (item && (yield* editing(ground, entry, { ...item, priority: entry.priority })))
    report.finished.push(entry.id);
}
