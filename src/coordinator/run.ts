import type { Templates } from '../agent/template.ts';
import type { Config } from '../config.ts';
import { keepSecret } from '../secrets.ts';
import type { Happening } from '../journal/event.ts';
import type { Queue } from '../queue/queue.ts';
import type { WorkItem } from '../queue/work-item.ts';
import type { Depot } from '../worktree/depot.ts';
import type { Rig } from '../worktree/rig.ts';
import type { Gatekeeper } from './gatekeeper.ts';
import type { Incidents } from './incidents.ts';
import type { Machine } from './machine.ts';
import type { Purse } from './purse.ts';
import type { Starts } from './starts.ts';
import type { Fence } from '../session/fence.ts';
import type { Sandbox } from '../session/sandbox.ts';
import type { Slots } from './slots.ts';
import type { PassedChecks } from '../worktree/verify.ts';

/** Everything of one rig that a run holds. */
export interface RigWorks {
  rig: Rig;
  depot: Depot;
  /** Check results of this run, by tree. */
  passed: PassedChecks;
  /** The highest attempt number among the branches of each item, when the run began. */
  attempts: ReadonlyMap<string, number>;
}

/** What the parts of a run share: handed down, never global. */
export interface Run {
  id: string;
  /** The folder `state/`. */
  state: string;
  config: Config;
  env: Record<string, string | undefined>;
  queue: Queue;
  rigs: ReadonlyMap<string, RigWorks>;
  /** The texts for agents. */
  templates: Templates;
  gatekeeper: Gatekeeper;
  incidents: Incidents;
  purse: Purse;
  starts: Starts;
  /** What holds agents' processes to their limits here. */
  fence: Fence;
  /** What confines their commands here, or why nothing does. */
  sandbox: Sandbox;
  machine: Machine;
  /** The first run of the front that this one belongs to. */
  began: string;
  /** Where set-ups and checks wait for each other. */
  slots: Slots;
  tell: (happening: Happening) => void;
  /** Called for every event of a session, where that is measured. */
  heard?: (() => void) | undefined;
  /** A line for the log that is of no interest to the journal. */
  note: (text: string) => void;
}

/** Why a limit of the user's ends the run before its work is done, if one does. */
export const cutShort = ({ purse, gatekeeper }: Run): string | undefined =>
  purse.runUsedUp ?? gatekeeper.stops;

/** The rig of an item: the named one, else the first of the home. */
export function rigOf(run: Run, item: WorkItem): RigWorks | undefined {
  return item.rig === undefined ? run.rigs.values().next().value : run.rigs.get(item.rig);
}

/** What changed in the configuration counts from now on: everybody looks at the same objects. */
export function configure(run: Run, config: Config, changes: string[]): void {
  keepSecret(config.agent.env);
  Object.assign(run.config, config);
  for (const { rig } of run.rigs.values()) {
    const { checks, setup } = config.rigs[rig.name] ?? rig;
    Object.assign(rig, { checks, setup });
  }
  run.tell({ is: 'config-changed', changes });
}
