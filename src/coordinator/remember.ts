import type { Finding } from '../agent/agent.ts';
import { signatureOf } from '../agent/memory.ts';
import type { Memory } from '../agent/memory.ts';
import type { AttemptRecord } from '../queue/records.ts';
import type { Run } from './run.ts';

/** What the last attempt showed that the item itself caused to fail; undefined if there was none. */
export function memoryOf({ queue }: Run, item: string, attempt: number): Memory | undefined {
  const telling = queue
    .records(item)
    .filter((record) => record.attempt < attempt && record.finding !== undefined && isTelling(record));
  const last = telling.at(-1);
  if (!last) return undefined;
  const { commits, files, insertions, deletions } = last.measured ?? {};
  return {
    reason: (last.reason ?? 'internal') as Finding['reason'],
    text: last.finding ?? '',
    branch: last.branch,
    commits,
    files,
    insertions,
    deletions,
    rescued: last.rescued,
    times: timesOf(telling, last.signature),
  };
}

/** What the item caused, or what its landing was refused for. */
const isTelling = ({ charged, reason }: AttemptRecord): boolean =>
  charged === true || reason === 'conflict' || reason === 'check-failed';

/** How many of the newest attempts that were charged failed in this way, one after the other. */
function timesOf(records: readonly AttemptRecord[], signature: string | undefined): number {
  if (signature === undefined) return 1;
  const charged = records.filter((record) => record.charged === true);
  const others = charged.findLastIndex((record) => record.signature !== signature);
  return charged.length - 1 - others;
}

/** Whether an item has failed in the same way so often that it is not tried again; its last record is written already. */
export function isHopeless({ queue, config }: Run, item: string, finding: Finding): boolean {
  return timesOf(queue.records(item), signatureOf(finding)) >= config.same_failure;
}
