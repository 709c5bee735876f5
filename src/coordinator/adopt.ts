import { reentry } from '../agent/reentry.ts';
import type { AttemptState } from '../agent/agent.ts';
import { wallMs } from '../clock.ts';
import { messageOf } from '../errors.ts';
import type { Lease } from '../queue/name.ts';
import type { AttemptRecord } from '../queue/records.ts';
import type { WorkItem } from '../queue/work-item.ts';
import { readInflight } from '../session/inflight.ts';
import { branchOf } from '../worktree/refs.ts';
import { takeOver } from '../worktree/take-over.ts';
import type { RigWorks, Run } from './run.ts';
import { agentFolder, hasConversation } from './seat-folder.ts';
import { lastSession } from './seat-state.ts';
import { Tally } from './tally.ts';

/** An attempt in the middle, under this run's name now, that is gone on with in the same conversation. */
export interface Midway {
  lease: Lease;
  item: WorkItem;
  works: RigWorks;
  record: AttemptRecord;
  session: string;
  state: AttemptState;
}

interface Found {
  lease: Lease;
  item: WorkItem;
  works: RigWorks;
  record: AttemptRecord;
}

/** An attempt that outlived this many coordinators is begun anew: it may be what ends them. */
const MOST_ADOPTIONS = 3;

/**
 * Adopts an attempt that a dead coordinator left in the middle: only with the same seat, session, branch and HEAD as recorded.
 * From the moment in which its lease has this run's name it is gone on with, and never given back for that death.
 * Undefined if it is not adopted: then nothing of it was changed.
 */
export async function adoptMidway(run: Run, found: Found, agents: number): Promise<Midway | undefined> {
  const { queue, tell } = run;
  const { lease, works, record } = found;
  const of = { item: lease.id, attempt: lease.attempt, agent: lease.agent };
  const state = leftIn(run, found, agents);
  const session = record.session;
  if (state === undefined || session === undefined) return undefined;
  try {
    const { base = '', branch } = record;
    const why = await takeOver(works.depot, { tree: lease.agent, branch, base });
    if (why !== undefined) {
      tell({ is: 'recovered', what: `${lease.id} is begun anew: ${why}` });
      return undefined;
    }
  } catch (error) {
    tell({ is: 'trouble', ...of, what: `could not be gone on with: ${messageOf(error)}` });
    return undefined;
  }
  // Its record goes along under this run's name, where the next recovery looks for it.
  const taken = { ...record, run: run.id };
  queue.writeRecord(taken);
  const adopted = queue.adopt(lease, run.id);
  if (!adopted) return undefined;
  queue.writeRecord({ ...record, endedAt: new Date(wallMs()).toISOString(), outcome: 'adopted', costUsd: 0 });
  tell({ ...of, is: 'adopted', session });
  return { ...found, lease: adopted, record: taken, session, state };
}

/** Where the attempt can be gone on with, as far as the records say. */
function leftIn(run: Run, { lease, record, works }: Found, agents: number): AttemptState | undefined {
  const { id: item, attempt, agent } = lease;
  const seats = Array.from({ length: agents }, (_, index) => `a${index + 1}`);
  const lives = run.queue.records(item).filter((one) => one.attempt === attempt).length;
  if (!seats.includes(agent) || lives > MOST_ADOPTIONS) return undefined;
  if (record.branch !== branchOf(item, attempt) || record.endedAt !== undefined) return undefined;
  const folder = agentFolder(run.state, agent);
  if (lastSession(folder) !== record.session) return undefined;
  if (new Tally(folder).standing() !== undefined) return undefined;
  const place = { session: record.session ?? '', folder: `${works.depot.folder}/${agent}` };
  if (!hasConversation(run, place)) return undefined;
  const isAsked = readInflight(folder).length > 0;
  const isAdmitted = run.gatekeeper.admission === 'open';
  return reentry({ state: record.state, isAsked, isAdmitted });
}
