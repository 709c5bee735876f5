import { readdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { wallMs } from '../clock.ts';
import { sessionEnvironment } from '../coordinator/seat-folder.ts';
import { readSmallFile } from '../durable.ts';
import { HarnessError, messageOf } from '../errors.ts';
import type { Home } from '../home.ts';
import type { JournalEvent } from '../journal/event.ts';
import { history } from '../journal/history.ts';
import { attemptFolders } from '../queue/attempt-folders.ts';
import type { AttemptRecord } from '../queue/records.ts';
import type { WorkItem } from '../queue/work-item.ts';
import { itemPage } from '../report/item-page.ts';
import { keepSecret, redact } from '../secrets.ts';
import { excerpt } from '../session/excerpt.ts';
import { transcriptFile } from '../session/transcript.ts';
import { isCommitId } from '../worktree/refs.ts';
import { patchIn } from '../worktree/made.ts';
import { homeOf, printJson, queueWithItems, readConfig, stateOf } from './invocation.ts';
import type { Invocation } from './invocation.ts';

/** Everything there is of one item, and nothing of any other. */
export interface Pack {
  format: 1;
  exportedAt: string;
  item: WorkItem;
  place: string;
  reason: string | null;
  attempts: { attempt: number; run: string; files: Record<string, string>; turns: readonly object[] }[];
  events: JournalEvent[];
  diff: { attempt: number; text: string; isCut: boolean } | null;
}

export interface ExportOptions {
  html?: string;
}

/** Files larger than this are no evidence that anybody reads. */
const MOST_BYTES = 1 << 20;
const MOST_DIFF = 4 << 20;

/**
 * `harness export ID`: the item, the journal's events of it, the evidence of its attempts, its turns cut out of the shared
 * conversations, and its diff; without secrets. As JSON, or as a page for a browser in which nothing runs.
 */
export async function exportItem(
  invocation: Invocation,
  prefix: string,
  { html }: ExportOptions,
): Promise<void> {
  const home = homeOf(invocation);
  const config = await readConfig(home, invocation.env);
  keepSecret(config.agent.env);
  const pack = await packOf(
    home,
    prefix,
    sessionEnvironment({ state: stateOf(home), config, env: invocation.env }),
  );
  // As a whole and at the end: nothing gets by, whatever was put together above.
  const clean = JSON.parse(redact(JSON.stringify(pack))) as Pack;
  if (html === undefined) return printJson(clean);
  const file = resolve(invocation.cwd, html);
  try {
    writeFileSync(file, itemPage(clean), { mode: 0o600 });
  } catch (error) {
    throw new HarnessError('environment', `the page cannot be written: ${messageOf(error)}`, {
      cause: error,
    });
  }
  if (invocation.json) printJson({ file });
  else process.stdout.write(`${file}\n`);
}

async function packOf(home: Home, prefix: string, env: Record<string, string>): Promise<Pack> {
  const queue = queueWithItems(home);
  const entry = queue.find(prefix);
  const { id, place, reason = null } = entry;
  const item = queue.read(id);
  if (!item)
    throw new HarnessError('failed', `item ${id}: its definition cannot be read; see harness queue fsck`);
  const records = queue.records(id);
  const attempts: Pack['attempts'] = [];
  for (const { path, attempt, run } of attemptFolders(queue, id)) {
    const record = records.find((one) => one.attempt === attempt && one.run === run);
    attempts.push({
      attempt,
      run,
      files: filesIn(path),
      turns: record ? await turnsOf(home, record, env) : [],
    });
  }
  const events = [...history(join(stateOf(home), 'journal.ndjson'))].filter(
    (event) => 'item' in event && event.item === id,
  );
  const exportedAt = new Date(wallMs()).toISOString();
  return { format: 1, exportedAt, item, place, reason, attempts, events, diff: await diffOf(home, records) };
}

/** The text files of an attempt; what is being written, and what is too large, is left out. */
function filesIn(folder: string): Record<string, string> {
  const names = readdirSync(folder, { withFileTypes: true })
    .filter((one) => one.isFile() && !one.name.startsWith('.'))
    .map(({ name }) => name)
    .toSorted();
  return Object.fromEntries(
    names.flatMap((name): [string, string][] => {
      try {
        return [[name, readSmallFile(join(folder, name), MOST_BYTES) ?? '']];
      } catch {
        return [];
      }
    }),
  );
}

/** The turns of an attempt, from each conversation that it was worked on in. */
async function turnsOf(
  home: Home,
  { rig = '', agent, turns = [] }: AttemptRecord,
  env: Record<string, string>,
): Promise<readonly object[]> {
  const cwd = join(home.folder, 'worktrees', rig, agent);
  const lines: object[] = [];
  for (const session of new Set(turns.map((turn) => turn.session))) {
    if (!/^[\w-]{1,80}$/.test(session)) continue;
    const uuids = turns.filter((turn) => turn.session === session).flatMap((turn) => turn.uuids);
    lines.push(...(await excerpt(transcriptFile(env, cwd, session), new Set(uuids))));
  }
  return lines;
}

/** What the newest attempt that made commits changed; null where git does not have it any more. */
async function diffOf(home: Home, records: readonly AttemptRecord[]): Promise<Pack['diff']> {
  for (const { attempt, rig = '', base = '', work, made } of records.toReversed()) {
    const tip = work?.commit ?? made?.commits[0]?.id ?? '';
    const tree = work ? { from: work.target, to: work.merge } : { from: base, to: tip };
    if (!isCommitId(tree.from) || !isCommitId(tree.to)) continue;
    const depot = join(home.folder, 'worktrees', rig, 'depot.git');
    const commits = { from: base, to: tip };
    const patch = await patchIn(depot, { commits, tree }, MOST_DIFF).catch(() => undefined);
    if (patch) return { attempt, ...patch };
  }
  return null;
}
