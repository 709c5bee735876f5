import { wallMs } from '../clock.ts';
import { HarnessError, messageOf } from '../errors.ts';
import { newId } from '../queue/new-id.ts';
import { newWorkItem } from '../queue/work-item.ts';
import type { WorkItem } from '../queue/work-item.ts';
import { momentOf, readText } from './item-options.ts';
import { homeOf, openQueue, printJson, readConfig } from './invocation.ts';
import type { Invocation } from './invocation.ts';
import { parseManifest } from './manifest.ts';
import type { ManifestItem } from './manifest.ts';

/** `harness queue import FILE`: all items of a file, or none. Everything that is wrong with it is said at once. */
export async function importItems(
  invocation: Invocation,
  file: string,
  { dryRun = false }: { dryRun?: boolean },
): Promise<void> {
  const home = homeOf(invocation);
  const given = parseManifest(await readText(invocation.cwd, file, 'import'), file);
  const rigs = new Set(Object.keys((await readConfig(home, invocation.env)).rigs));
  const items = itemsOf(given, file, rigs);
  const queue = openQueue(home);
  if (dryRun) queue.verifyImport(items);
  else queue.import(items);
  const ids = items.map(({ id }) => id);
  if (invocation.json) printJson({ added: !dryRun, ids });
  else if (dryRun) process.stdout.write(`${ids.length} items could be added\n`);
  else for (const id of ids) process.stdout.write(`${id}\n`);
}

/** Ids of one import sort in its order: each takes the next 32nd of a second. */
const ID_STEP_MS = 1000 / 32;

function itemsOf(given: readonly ManifestItem[], file: string, rigs: ReadonlySet<string>): WorkItem[] {
  const addedMs = wallMs();
  const troubles: string[] = [];
  const ids = new Set<string>();
  const items = given.flatMap(({ where, id, input }, at): WorkItem[] => {
    const known = id ?? newId(addedMs + at * ID_STEP_MS);
    try {
      const { rig, notBefore } = input;
      if (rig !== undefined && !rigs.has(rig)) throw new HarnessError('usage', `no rig is called ${rig}`);
      if (ids.has(known)) throw new HarnessError('usage', `id ${known} is there twice`);
      ids.add(known);
      const moment = notBefore === undefined ? undefined : momentOf(notBefore, addedMs);
      return [newWorkItem({ ...input, notBefore: moment }, { id: known, addedMs })];
    } catch (error) {
      troubles.push(`${file}: ${where}: ${messageOf(error)}`);
      return [];
    }
  });
  if (troubles.length > 0) throw new HarnessError('usage', troubles.join('\n'));
  if (items.length === 0) throw new HarnessError('usage', `${file}: there are no items in it`);
  return items;
}
