import type { Place } from '../queue/name.ts';
import type { Alert } from './alerts.ts';
import type { Numbers } from './numbers.ts';
import type { GateCause } from './gate.ts';
import type { Mode } from './plan.ts';
import type { Spending } from './spending.ts';

/** How one agent is. */
export interface AgentSnapshot {
  agent: string;
  state: 'free' | 'working' | 'waiting' | 'parked' | 'paused';
  /**
   * Evidence of its session: `live` its process was seen just now, `exited` its end was seen, `unverifiable` neither,
   * `none` it was not started yet.
   */
  liveness: 'live' | 'exited' | 'unverifiable' | 'none';
  session?: string;
  pid?: number;
  item?: string;
  title?: string;
  attempt?: number;
  phase?: string;
  /** ISO 8601: when the phase began. */
  since?: string;
  /** ISO 8601: when its session last said anything. */
  heardAt?: string;
  /** ISO 8601: when the lease of its item was last renewed. */
  heartbeatAt?: string;
  /** The last event in words. */
  last?: string;
  turns: number;
  costUsd: number;
  restarts: number;
  /** Why it is parked or waits. */
  reason?: string;
}

/** Why agents wait before the account, or nothing new is begun. */
export interface GateSnapshot {
  /** `probing`: one tries; `held-back`: a limit is near, turns still get answers. */
  is: 'closed' | 'probing' | 'held-back';
  cause: GateCause;
  text: string;
  /** ISO 8601. */
  until: string;
  since?: string;
  /** The agents that wait in the middle of an attempt. */
  waiting: string[];
}

/** What agents cost: in this run, today (local calendar), against which budgets (dollars, null = no limit). */
export interface MoneySnapshot {
  run: Spending;
  today: Spending;
  budgets: Record<'item' | 'run' | 'day', number | null>;
  /** Over the last hour. */
  usdPerHour: number;
  /** Which budget ends at this pace, and when (ISO 8601). */
  ends?: { of: 'run' | 'day'; at: string };
  /** Why nothing more is spent now. */
  usedUp?: string;
}

export type Counts = Record<Place, number> & { blocked: number };

/**
 * How things are now: `state/snapshot.json`, replaced atomically. What `harness status --json` prints and the dashboard
 * reads.
 */
export interface Snapshot {
  format: 1;
  /** ISO 8601: when this was written. */
  at: string;
  home: string;
  /** `none`: no run yet; `died`: the last one was killed; else as in the run. */
  state: Mode | 'ended' | 'died' | 'none';
  run?: string;
  pid?: number;
  startedAt?: string;
  /** At least this often (ms) a run writes a snapshot. */
  tickMs?: number;
  /** For how long (ms) a session may say nothing in mid-turn. */
  silenceMs?: number;
  /** The command that agents are started with, and whether it is the stand-in. */
  command?: string;
  agents: AgentSnapshot[];
  queue: Counts;
  /** While the run drains or stops: what it waits for, and when it stops waiting (ISO 8601). */
  ending?: { waitsFor: string[]; until: string };
  /** Ready attempts that wait for their landing, and the one being landed. */
  ready: string[];
  landing?: string;
  /** Of this run. */
  landed: number;
  failed: number;
  costUsd: number;
  money?: MoneySnapshot;
  /** Whether what agents run is confined to their folders, and if not, why. */
  sandbox?: { on: boolean; why?: string };
  gate?: GateSnapshot;
  targets: Record<string, string>;
  /** What needs a person. */
  problems: string[];
  /** What has begun and not ended, of what people are called for; oldest first. */
  alerts: Alert[];
  /** What the last 24 hours came to, whichever runs they were; in `harness status --json`, not in the file. */
  numbers?: Numbers;
}

/** The snapshot of a home in which nothing runs. */
export function restingSnapshot(home: string, at: string, queue: Counts): Snapshot {
  return {
    format: 1,
    at,
    home,
    state: 'none',
    agents: [],
    queue,
    ready: [],
    landed: 0,
    failed: 0,
    costUsd: 0,
    targets: {},
    problems: [],
    alerts: [],
  };
}
