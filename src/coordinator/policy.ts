import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Parts, Report } from '../agent/parts.ts';
import { wallMs } from '../clock.ts';
import type { Happening } from '../journal/event.ts';
import type { Lease } from '../queue/name.ts';
import { readPlan, writePlan } from '../queue/plans.ts';
import type { WorkItem } from '../queue/work-item.ts';
import { ladderOf } from './equip.ts';
import type { RigWorks, Run } from './run.ts';

type Policy = Pick<
  Parts,
  'allowance' | 'maxSame' | 'planning' | 'plan' | 'draft' | 'wishes' | 'temporary' | 'repository'
>;

/** What the configuration and the plan that the item has say about its attempts. */
export function policyOf(
  { config, queue, env }: Run,
  { rig }: RigWorks,
  { item, folder }: { item: WorkItem; folder: string },
): Policy {
  const plan = readPlan(queue.attempts, item.id);
  const isAccepted = plan?.state === 'accepted';
  return {
    allowance: { corrections: config.corrections, ladder: ladderOf(config) },
    maxSame: config.nudges.same,
    planning: config.rigs[rig.name]?.plan ?? config.plan,
    plan: isAccepted ? plan.text : undefined,
    draft: isAccepted ? undefined : plan?.text,
    wishes: plan?.state === 'amended' ? plan.wishes : undefined,
    temporary: scratchFolders(env).filter((place) => !folder.startsWith(`${place}/`)),
    repository: rig.name,
  };
}

/** Where agents may write besides their folder: temporary files, and what the CLI keeps for itself. */
function scratchFolders(env: Run['env']): string[] {
  const configured = env.CLAUDE_CONFIG_DIR === undefined ? [] : [env.CLAUDE_CONFIG_DIR];
  return ['/tmp', env.TMPDIR ?? tmpdir(), join(env.HOME ?? homedir(), '.claude'), ...configured];
}

/** Keeps a plan with its item; one that has to be approved is not worked on before. */
export function keepPlan(
  { queue, tell }: Run,
  { item, lease, text }: { item: WorkItem; lease: Lease; text: string },
): void {
  const waits = item.approve === true;
  const at = new Date(wallMs()).toISOString();
  const state = waits ? 'proposed' : 'accepted';
  writePlan(queue.attempts, { format: 1, item: item.id, attempt: lease.attempt, at, state, text });
  tell({ is: 'planned', item: item.id, attempt: lease.attempt, agent: lease.agent, waits });
}

/** What the journal keeps of a verdict. */
export function judgedEvent({ verdict, measured }: Extract<Report, { is: 'judged' }>): VerdictEvent {
  if (verdict.is === 'accepted') return { is: 'verdict', verdict: verdict.is, measured: { ...measured } };
  const { reason, text } = verdict.finding;
  return {
    is: 'verdict',
    verdict: verdict.is,
    reason,
    detail: text.slice(0, 2_000),
    measured: { ...measured },
  };
}

type VerdictEvent = Omit<Extract<Happening, { is: 'verdict' }>, 'item' | 'attempt' | 'agent'>;
