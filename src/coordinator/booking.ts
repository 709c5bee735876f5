import type { Report } from '../agent/parts.ts';
import { wallMs } from '../clock.ts';
import type { Lease } from '../queue/name.ts';
import type { AttemptRecord } from '../queue/records.ts';
import type { WorkItem } from '../queue/work-item.ts';
import type { TurnEnd, TurnFacts } from '../session/turn.ts';
import { endAsked } from './hearing.ts';
import { judgedEvent } from './policy.ts';
import type { Run } from './run.ts';
import type { Seat } from './seat.ts';

/** The attempt that something is booked on. */
interface Booked {
  seat: Seat;
  item: WorkItem;
  lease: Lease;
  record: AttemptRecord;
}

/** Books what an attempt reports: on its seat for the snapshot, in its record, in the journal. */
export function bookReport(run: Run, booked: Booked, report: Report): void {
  const { seat, item, lease, record } = booked;
  const of = { item: item.id, attempt: lease.attempt, agent: seat.agent };
  if (report.is === 'phase') {
    const { state, detail } = report;
    if (seat.work) Object.assign(seat.work, { phase: state.phase, since: wallMs() });
    record.state = state;
    run.queue.writeRecord(record);
    // Whatever the last turn ended with is on the disk now.
    seat.session?.acknowledge();
    run.tell({ ...of, is: 'phase', phase: state.phase, ...(detail !== undefined && { detail }) });
    return;
  }
  if (report.is === 'prepared') {
    record.untouched = report.untouched;
    return;
  }
  if (report.is === 'judged') {
    record.measured = { ...report.measured };
    return run.tell({ ...of, ...judgedEvent(report) });
  }
  if (seat.work) endAsked(seat.work);
  bookTurn(run, booked, { session: record.session ?? '', end: report.end });
}

/** Books a turn of a conversation on an attempt: what it cost, how it ended. */
export function bookTurn(
  run: Run,
  { seat, item, lease, record }: Booked,
  { session, end }: { session: string; end: TurnEnd },
): void {
  const of = { item: item.id, attempt: lease.attempt, agent: seat.agent };
  const refused =
    end.is === 'error' && (end.cls === 'limit' || end.cls === 'transient' || end.cls === 'fatal');
  if (end.is === 'died' || end.is === 'interrupted') run.gatekeeper.gone(seat.agent);
  else if (!refused) run.gatekeeper.passed(seat.agent);
  seat.turnEnded(session, end);
  record.costUsd = (record.costUsd ?? 0) + end.costUsd;
  record.tokens = addTokens(record.tokens, end.tokens);
  noteTurn(record, session, end);
  const rig = record.rig ?? '';
  run.purse.book(item.id, { agent: seat.agent, rig }, end);
  run.queue.writeRecord(record);
  const text = 'text' in end ? end.text : undefined;
  run.tell({
    ...of,
    is: 'turn-ended',
    end: end.is,
    costUsd: end.costUsd,
    rig,
    rounds: end.rounds,
    tokens: end.tokens,
    models: end.models,
    ms: end.durationMs,
    ...(text !== undefined && { text: text.slice(0, 2_000) }),
  });
}

/** More turns than anybody reads of one attempt. */
const MOST_TURNS = 500;

/** Where the turn is in the conversation, and what the agent said at its end. */
function noteTurn(
  record: AttemptRecord,
  session: string,
  { is, uuid, uuids = [uuid], ...end }: TurnEnd,
): void {
  const at = new Date(wallMs()).toISOString();
  const turn = { session, uuids: [...uuids], end: is, at };
  record.turns = [...(record.turns ?? []), turn].slice(-MOST_TURNS);
  if (is === 'answered' && 'text' in end) record.words = end.text.slice(0, 8_000);
}

const addTokens = (one: AttemptRecord['tokens'], other: TurnFacts['tokens']) => ({
  input: (one?.input ?? 0) + other.input,
  output: (one?.output ?? 0) + other.output,
  cacheRead: (one?.cacheRead ?? 0) + other.cacheRead,
  cacheWrite: (one?.cacheWrite ?? 0) + other.cacheWrite,
});
