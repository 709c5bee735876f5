import { join } from 'node:path';
import { sleep, wallMs } from '../clock.ts';
import { messageOf } from '../errors.ts';
import type { Finding } from '../agent/agent.ts';
import type { Config } from '../config.ts';
import type { Happening } from '../journal/event.ts';
import type { TurnFacts } from '../session/turn.ts';
import { forecast, nextDayMs, paceOf, usedUp } from './budget.ts';
import type { Payment } from './budget.ts';
import { Ledger } from './ledger.ts';
import type { Run } from './run.ts';
import type { MoneySnapshot } from './snapshot.ts';
import type { Purpose } from './spending.ts';

/** How often somebody who waits for the next day looks whether it has come, or the budget was raised, in ms. */
const LOOK_MS = 1_000;

interface PurseSetup {
  ledger: Ledger;
  /** As it is now: a changed budget counts at once. */
  config: Pick<Config, 'budget'>;
  tell: (happening: Happening) => void;
  /** What the records say that an item has cost before this run looked. */
  earlier(item: string): number;
}

/** The purse of a home; `began`: what all lives of a run's coordinator have in common. */
export function openPurse({
  state,
  queue,
  began,
  config,
  tell,
}: Pick<Run, 'state' | 'queue' | 'config' | 'tell'> & { began: string }): Purse {
  const earlier = (item: string) => costOf(queue.records(item));
  return new Purse({ ledger: new Ledger(join(state, 'spending.json'), began), config, tell, earlier });
}

/** What the attempts at an item have cost. The record of one that another run went on with counts what it cost before, too. */
export function costOf(records: readonly { attempt: number; costUsd?: number }[]): number {
  const byAttempt = new Map<number, number>();
  for (const { attempt, costUsd = 0 } of records)
    byAttempt.set(attempt, Math.max(costUsd, byAttempt.get(attempt) ?? 0));
  return [...byAttempt.values()].reduce((sum, usd) => sum + usd, 0);
}

/** Says who may begin another turn: what was spent by item, run and day, held against the budgets. */
export class Purse {
  #setup: PurseSetup;
  #beganMs = wallMs();
  #payments: Payment[] = [];
  #items = new Map<string, number>();
  /** The budgets whose end was told. */
  #told = new Set<string>();

  constructor(setup: PurseSetup) {
    this.#setup = setup;
  }

  /** What an item has cost in all its attempts. */
  item(id: string): number {
    const known = this.#items.get(id) ?? this.#setup.earlier(id);
    this.#items.set(id, known);
    return known;
  }

  /** Books a turn that ended. */
  book(item: string, purpose: Purpose, facts: TurnFacts): void {
    const now = wallMs();
    this.#items.set(item, this.item(item) + facts.costUsd);
    this.#payments = this.#payments.filter(({ atMs }) => now - atMs < 3_600_000);
    if (facts.costUsd > 0) this.#payments.push({ atMs: now, usd: facts.costUsd });
    try {
      this.#setup.ledger.book(now, purpose, facts);
    } catch (error) {
      this.#setup.tell({ is: 'trouble', what: `spending could not be noted: ${messageOf(error)}` });
    }
    this.#tellEnds(now);
  }

  /** Each budget's end is told once, that of a day once a day. */
  #tellEnds(nowMs: number): void {
    const until = new Date(nextDayMs(nowMs)).toISOString();
    for (const of of ['run', 'day'] as const) {
      const text = of === 'run' ? this.runUsedUp : this.dayUsedUp;
      const key = of === 'run' ? of : until;
      if (text === undefined || this.#told.has(key)) continue;
      this.#told.add(key);
      this.#setup.tell({ is: 'budget-used-up', of, text, ...(of === 'day' && { until }) });
    }
  }

  /** Why the run spends nothing more, if it does not. */
  get runUsedUp(): string | undefined {
    return usedUp('run', this.#setup.config.budget, this.#setup.ledger.run.spent.costUsd);
  }

  /** Why nobody spends anything more today. */
  get dayUsedUp(): string | undefined {
    return usedUp('day', this.#setup.config.budget, this.#setup.ledger.day(wallMs()).spent.costUsd);
  }

  /** Why an item may cost nothing more, with what its running turn has cost so far. */
  itemUsedUp(id: string, runningUsd = 0): string | undefined {
    return usedUp('item', this.#setup.config.budget, this.item(id) + runningUsd);
  }

  /**
   * Whether another turn may begin: a finding ends the attempt. While only the day's budget is used up it waits for the next
   * day; `halt` is told why, and that it is over.
   */
  async afford(
    item: string,
    abort: AbortSignal,
    halt: (why: string | undefined) => void,
  ): Promise<Finding | undefined> {
    for (let waits = false; !abort.aborted; await sleep(LOOK_MS, abort)) {
      const [ofItem, ofRun, ofDay] = [this.itemUsedUp(item), this.runUsedUp, this.dayUsedUp];
      const over = ofItem === undefined && ofRun === undefined && ofDay === undefined;
      if (waits && (over || ofItem !== undefined || ofRun !== undefined)) halt(undefined);
      if (ofItem !== undefined) return { reason: 'budget', text: ofItem };
      if (ofRun !== undefined) return { reason: 'run-budget', text: ofRun };
      if (over) return undefined;
      if (!waits) halt(ofDay);
      waits = true;
    }
    return undefined;
  }

  /** For the snapshot. */
  money(): MoneySnapshot {
    const now = wallMs();
    const { ledger, config } = this.#setup;
    const { run, day } = config.budget;
    const today = ledger.day(now);
    const usdPerHour = paceOf(this.#payments, now, this.#beganMs);
    const spent = { run: ledger.run.spent.costUsd, day: today.spent.costUsd };
    const end = forecast(config.budget, spent, { usdPerHour, nowMs: now });
    const why = this.runUsedUp ?? this.dayUsedUp;
    return {
      run: ledger.run,
      today,
      budgets: { item: limit(config.budget.item), run: limit(run), day: limit(day) },
      usdPerHour,
      ...(end && { ends: { of: end.of, at: new Date(end.atMs).toISOString() } }),
      ...(why !== undefined && { usedUp: why }),
    };
  }
}

/** JSON knows no infinity: no limit is null. */
const limit = (usd: number): number | null => (Number.isFinite(usd) ? usd : null);
