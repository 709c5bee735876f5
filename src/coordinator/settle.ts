import { randomFraction, wallMs } from '../clock.ts';
import type { Finding, Reason } from '../agent/agent.ts';
import { signatureOf } from '../agent/memory.ts';
import { ASKED, questionOf, writeQuestion } from '../queue/question.ts';
import { propose } from './propose.ts';
import { isHopeless } from './remember.ts';
import { isChanged } from './changed.ts';
import { rigOf } from './run.ts';
import type { Run } from './run.ts';
import type { Seat } from './seat.ts';
import { keepSummary } from './summary.ts';
import type { AttemptEnd } from './work.ts';

/**
 * Books the end of an attempt: the record first, then the one rename that decides. Says where the item is now;
 * `lost` if somebody else moved it meanwhile.
 */
export function settleAttempt(
  run: Run,
  seat: Seat | undefined,
  end: Omit<AttemptEnd, 'rescued'> & { rescued?: string },
): 'ready' | 'landed' | 'failed' | 'cancelled' | 'again' | 'lost' {
  const { lease, item, outcome, record } = end;
  const of = { item: item.id, attempt: lease.attempt, agent: lease.agent };
  switch (outcome.is) {
    case 'ready':
      if (isChanged(run.queue, record)) return back(run, end, CHANGED, false);
      run.queue.writeRecord({ ...record, outcome: 'ready', work: outcome.work });
      if (seat) seat.earlier = { item: item.id, commit: outcome.work.commit };
      run.tell({ ...of, is: 'ready', commit: outcome.work.commit });
      return 'ready';
    case 'landed-already':
      return landed(run, end, outcome.commit);
    case 'failed':
    case 'given-back':
      if (seat) seat.earlier = { item: item.id, commit: undefined };
      if (seat) blame(seat, outcome.finding);
      return back(run, end, outcome.finding, outcome.is === 'failed');
    case 'held':
      if (seat) seat.earlier = { item: item.id, commit: undefined };
      propose(run, item, outcome.proposed);
      if (outcome.finding.reason === 'question') ask(run, end, outcome.finding.text);
      return back(run, end, outcome.finding, false);
    default:
      return outcome satisfies never;
  }
}

/** Reasons for which a person decides how it goes on. */
const HELD: ReadonlySet<Reason> = new Set<Reason>(['held', 'changed', 'approval', 'too-big']);

/** The target has it: the record and the summary, then the rename. */
function landed(
  run: Run,
  { lease, item, record }: Pick<AttemptEnd, 'lease' | 'item' | 'record'>,
  commit: string,
): 'landed' | 'lost' {
  const of = { item: item.id, attempt: lease.attempt, agent: lease.agent };
  const whole = { ...record, ...ending(), outcome: 'landed', landed: commit };
  run.queue.writeRecord(whole);
  keepSummary(run, rigOf(run, item), item, whole);
  if (!run.queue.finish(lease, 'landed')) return lost(run, of);
  run.tell({ ...of, is: 'landed', commit });
  return 'landed';
}

const CHANGED: Finding = { reason: 'changed', text: 'its definition was changed meanwhile' };

const ending = () => ({ endedAt: new Date(wallMs()).toISOString() });

/** What an agent asks in place of a plan is a question like any other. */
function ask(
  { queue }: Run,
  { lease, item, record }: Pick<AttemptEnd, 'lease' | 'item' | 'record'>,
  question: string,
): void {
  // What it asked over its tools is written down already, with the answers to choose from.
  if (questionOf(queue, lease)?.question === question) return;
  const { attempt, agent } = lease;
  const askedAt = new Date(wallMs()).toISOString();
  writeQuestion(queue, {
    format: 1,
    item: item.id,
    attempt,
    run: record.run,
    agent,
    question,
    choices: [],
    askedAt,
  });
}

function lost(run: Run, of: { item: string; attempt: number; agent: string }): 'lost' {
  run.tell({ ...of, is: 'lease-lost' });
  return 'lost';
}

/** Back to pending for another try, or to failed when the budget is used up. */
function back(
  run: Run,
  { lease, item, record, rescued }: Parameters<typeof settleAttempt>[2],
  finding: Finding,
  charged: boolean,
): 'failed' | 'cancelled' | 'again' | 'lost' {
  const of = { item: item.id, attempt: lease.attempt, agent: lease.agent };
  const { reason, text } = finding;
  const outcome = charged ? 'failed' : 'given-back';
  const kept = rescued === undefined ? {} : { rescued };
  const signature = signatureOf(finding);
  const told = { outcome, reason, charged, finding: text, signature };
  const whole = { ...record, ...ending(), ...kept, ...told };
  run.queue.writeRecord(whole);
  if (reason === 'lease-lost') return 'lost';
  if (HELD.has(reason)) {
    if (!run.queue.hold(lease, reason === 'held' ? 'asked' : reason)) return lost(run, of);
    const detail = reason === 'held' || reason === 'changed' ? 'harness queue release puts it back' : text;
    run.tell({ ...of, is: 'given-back', reason, detail, charged });
    return 'again';
  }
  if (reason === 'question') {
    if (!run.queue.hold(lease, ASKED)) return lost(run, of);
    run.tell({ is: 'question-asked', ...of, question: text });
    return 'again';
  }
  const used = lease.charged + (charged ? 1 : 0);
  const detail = text.split('\n', 1)[0] ?? '';
  if (reason === 'cancelled' || reason === 'budget' || used >= run.config.max_attempts) {
    keepSummary(run, rigOf(run, item), item, whole);
    if (!run.queue.fail(lease, reason, { charged })) return lost(run, of);
    run.tell({ ...of, is: 'failed', reason, detail });
    return reason === 'cancelled' ? 'cancelled' : 'failed';
  }
  if (charged && isHopeless(run, item.id, finding)) {
    keepSummary(run, rigOf(run, item), item, whole);
    if (!run.queue.fail(lease, 'quarantined', { charged })) return lost(run, of);
    run.tell({
      ...of,
      is: 'failed',
      reason: 'quarantined',
      detail: `${reason} again in the same way: ${detail}`,
    });
    return 'failed';
  }
  const againInMs = charged ? backoffMs(run, used) : 0;
  const notBeforeMs = againInMs > 0 ? wallMs() + againInMs : undefined;
  const given = run.queue.giveBack(lease, {
    reason,
    charged,
    ...(notBeforeMs !== undefined && { notBeforeMs }),
  });
  if (!given) return lost(run, of);
  run.tell({ ...of, is: 'given-back', reason, detail, charged, ...(againInMs > 0 && { againInMs }) });
  return 'again';
}

/** `first` x 2^n up to `most`, give or take a tenth, so that items that failed together do not return together. */
function backoffMs({ config }: Run, charged: number): number {
  const { first, most } = config.retry;
  return Math.min(first * 2 ** (charged - 1), most) * (0.9 + 0.2 * randomFraction());
}

/** What lies with the agent or its machine slows the agent down or parks it; the item is left alone. */
function blame(seat: Seat, { reason }: Finding): void {
  // A session that would not start was counted when it did not.
  if (reason === 'machine') seat.died();
  // What its conversation died of may be in there.
  if (reason === 'session-died' || reason === 'session-lost') seat.forget();
}
