import { unready } from '../agent/agent.ts';
import type { AttemptState, Finding, Outcome, ReadyWork } from '../agent/agent.ts';
import { runAttempt } from '../agent/attempt.ts';
import { findingOf } from '../agent/broken.ts';
import { wallMs } from '../clock.ts';
import { fingerprintOf } from '../queue/fingerprint.ts';
import type { AttemptRecord } from '../queue/records.ts';
import type { Lease } from '../queue/name.ts';
import { answersTo } from '../queue/question.ts';
import type { Answered } from '../queue/question.ts';
import type { WorkItem } from '../queue/work-item.ts';
import type { Session } from '../session/session.ts';
import { landedAlready } from '../worktree/merge.ts';
import { branchOf } from '../worktree/refs.ts';
import type { Worktree } from '../worktree/worktree.ts';
import { whenFree } from './attach.ts';
import { bookReport, bookTurn } from './booking.ts';
import { boundsFinding } from './bounds.ts';
import { setUpHere, verifyCommit } from './checks.ts';
import { insured } from './insurance.ts';
import { mayBegin, waitForAccount } from './leave.ts';
import { goingOn } from './going-on.ts';
import type { Continued } from './going-on.ts';
import { equip } from './equip.ts';
import { keepPlan, policyOf } from './policy.ts';
import { save } from './recovery.ts';
import { betweenItems, noteWear, tellReplaced, watchWear } from './recycle.ts';
import type { Recycled } from './recycle.ts';
import { memoryOf } from './remember.ts';
import type { RigWorks, Run } from './run.ts';
import type { Seat } from './seat.ts';
import { treeForNew } from './seat-tree.ts';
import { noteMade } from './summary.ts';

/** What an attempt left behind when it ended. */
export interface AttemptEnd {
  lease: Lease;
  item: WorkItem;
  outcome: Outcome | { is: 'landed-already'; commit: string };
  record: AttemptRecord;
  /** The ref that uncommitted work was saved to. */
  rescued?: string;
}

/** Joins queue, worktree and session to one attempt and sees it through. Never rejects. */
export async function work(run: Run, works: RigWorks, seat: Seat, claimed: Claimed): Promise<AttemptEnd> {
  const { lease, item, left, returned } = claimed;
  const record: AttemptRecord = left?.record ??
    (returned && goesOn(returned)) ?? {
      format: 1,
      item: item.id,
      attempt: lease.attempt,
      run: run.id,
      agent: seat.agent,
      rig: works.rig.name,
      branch: branchOf(item.id, lease.attempt),
      definition: fingerprintOf(item),
      startedAt: new Date(wallMs()).toISOString(),
      costUsd: 0,
    };
  const end = (outcome: AttemptEnd['outcome'], rescued?: string): AttemptEnd => ({
    lease,
    item,
    outcome,
    record,
    ...(rescued !== undefined && { rescued }),
  });
  try {
    const broke = run.purse.itemUsedUp(item.id);
    if (broke !== undefined) return end(unready({ reason: 'budget', text: broke }));
    const commit = await landedAlready(works.depot, item.id);
    if (commit !== undefined) return end({ is: 'landed-already', commit });
    let going: Continued | undefined;
    let recycled: Recycled | undefined;
    watchWear(seat);
    const worktree = await treeForNew(run, works, { seat, lease, left }, async (tree) => {
      recycled = await leaveWorn(run, works, { seat, worktree: tree, record, going, ...claimed });
    });
    if (!left) {
      const asked = claimed.answered;
      going = asked && (await goingOn(run, works, { agent: seat.agent, asked, worktree }));
      record.base ??= going?.base ?? (await works.depot.target());
      run.queue.writeRecord(record);
    }
    const outcome = await insured(run, { worktree, lease }, async () =>
      runAttempt(await parts(run, works, { seat, worktree, record, going, recycled, ...claimed })),
    );
    const isIdle = await seat.session?.atBoundary();
    if (isIdle === false || seat.session?.machine.excess !== undefined) await seat.close();
    await noteWear(seat);
    await noteMade(works, record, outcome);
    const rescued = outcome.is === 'ready' ? undefined : await save(run, worktree, lease);
    return end(outcome, rescued);
  } catch (error) {
    return end(unready(findingOf(error)));
  } finally {
    works.depot.guard.quit(seat.agent);
    run.gatekeeper.gone(seat.agent);
  }
}

export interface Claimed {
  lease: Lease;
  item: WorkItem;
  abort: AbortSignal;
  /** Where a dead coordinator left it, if one did. */
  left?: { record: AttemptRecord; state: AttemptState } | undefined;
  /** What a person answered to it, if it asked. */
  answered?: Answered | undefined;
  /** Its landing was refused: the attempt goes on from what it had made. */
  returned?: { work: ReadyWork; record: AttemptRecord; finding: Finding };
}

/** The record of an attempt whose landing was refused: from here on it is not ready any more. */
function goesOn({ record }: NonNullable<Claimed['returned']>): AttemptRecord {
  const { work: _, outcome: __, ...rest } = record;
  return { ...rest, returns: (record.returns ?? 0) + 1 };
}

interface Bench extends Claimed {
  seat: Seat;
  worktree: Worktree;
  record: AttemptRecord;
  going: Continued | undefined;
  /** The conversation that was left for this attempt, if one was. */
  recycled?: Recycled | undefined;
}

/** What comes before a new item; work that goes on in its conversation keeps that. */
async function leaveWorn(run: Run, works: RigWorks, bench: Bench): Promise<Recycled | undefined> {
  const { seat, worktree, returned, answered } = bench;
  if (returned) return undefined;
  if (answered) {
    await seat.betweenItems();
    return undefined;
  }
  return betweenItems(run, {
    ...bench,
    folder: worktree.path,
    repository: works.rig.name,
    book: (session, end) => bookTurn(run, bench, { session, end }),
  });
}

async function parts(run: Run, works: RigWorks, bench: Bench): Promise<Parameters<typeof runAttempt>[0]> {
  const { seat, worktree, record, item, lease, abort, left, returned, going } = bench;
  const base = record.base ?? '';
  const { earlier } = seat;
  const waiting = { abort, waited: (ms: number) => seat.forgive(ms) };
  return {
    item,
    branch: record.branch,
    base,
    worktree,
    checks: [...works.rig.checks, ...item.checks],
    templates: run.templates,
    before: memoryOf(run, item.id, lease.attempt),
    earlier: earlier && {
      item: earlier.item,
      included: earlier.commit !== undefined && (await works.depot.isAncestor(earlier.commit, base)),
    },
    answers: answersTo(run.queue, item.id).map(({ question, answer }) => ({
      question: question.question,
      answer: answer.answer,
    })),
    going,
    handedOver: bench.recycled?.note,
    ...policyOf(run, works, { item, folder: worktree.path }),
    isMet: seat.knows(worktree.path),
    equip: (session, how) => equip(session, run.config, how, run.note),
    listen: seat.listen.bind(seat),
    restore: async () => {
      await save(run, worktree, lease);
      await worktree.resume(record.branch, going?.from ?? base);
    },
    keepPlan: (text) => keepPlan(run, { item, lease, text }),
    returned: returned && {
      finding: returned.finding,
      commit: returned.work.commit,
      times: record.returns ?? 1,
      session: returned.record.session,
    },
    abort,
    from: left?.state,
    untouched: record.untouched ?? [],
    ...sessionsOf(run, works, bench),
    guard: () => boundsFinding(run, works.depot, { item: item.id, agent: seat.agent, tree: worktree.name }),
    afford: () => mayBegin(run, bench),
    waitForAccount: (refusal) => waitForAccount(run, bench, refusal),
    setUp: () => setUpHere(run, works.rig, { worktree, marker: seat.marker, ...waiting }),
    verify: (commit) => verifyCommit(run, works, { item, commit, spare: `spare-${seat.agent}`, ...waiting }),
    report: (report) => bookReport(run, bench, report),
  };
}

type SessionParts = Pick<Parameters<typeof runAttempt>[0], 'session' | 'resume' | 'anew' | 'revive'>;

/** How an attempt gets its session: opened, gone on with, begun anew; never while a person has the conversation. */
function sessionsOf(run: Run, works: RigWorks, bench: Bench): SessionParts {
  const { seat, worktree, record, lease, abort, going } = bench;
  /** On the disk before it is asked anything, so that it can be gone on with after a crash. */
  const recorded = (session: Session): Session => {
    record.session = session.id;
    run.queue.writeRecord(record);
    return session;
  };
  const ready = async (): Promise<void> => {
    await whenFree(seat, abort);
    works.depot.guard.enter(worktree.name);
  };
  return {
    session: async () => {
      await ready();
      const session = recorded(await seat.openSession(worktree.path, going?.session));
      if (bench.recycled) tellReplaced(run, seat, bench.recycled, session.id);
      return session;
    },
    resume: async (prompt) => {
      await ready();
      await save(run, worktree, lease);
      await worktree.unlock();
      const session = await seat.resumeSession(worktree.path, prompt);
      return session && recorded(session);
    },
    anew: async (cause) => {
      await ready();
      return recorded(await seat.beginAnew(worktree.path, cause.text));
    },
    revive: async ({ wait }) => (seat.attachment ? { pardoned: true } : seat.revive(wait, abort)),
  };
}
