import { retirePrompt } from '../agent/prompt.ts';
import { monotonicMs } from '../clock.ts';
import type { WorkItem } from '../queue/work-item.ts';
import type { Session } from '../session/session.ts';
import type { TurnEnd } from '../session/turn.ts';
import { whenFree } from './attach.ts';
import { equip } from './equip.ts';
import { mayBegin } from './leave.ts';
import type { Run } from './run.ts';
import type { Seat } from './seat.ts';
import { UNWORN, wornBy, wornOut } from './wear.ts';
import type { Wear } from './wear.ts';

/** A conversation that was left between two items. */
export interface Recycled {
  session: string;
  cause: string;
  /** What it wrote down for the next one. */
  note: string | undefined;
}

/** The item that is about to be begun, and where. */
interface Next {
  seat: Seat;
  item: WorkItem;
  abort: AbortSignal;
  /** The work tree. */
  folder: string;
  repository: string;
  /** Books a turn that the hand-over took. */
  book(session: string, end: TurnEnd): void;
}

const told = new WeakSet<Recycled>();
const wearOf = new WeakMap<Seat, Wear>();

/** Begins to watch how a seat's sessions wear. May be called again. */
export function watchWear(seat: Seat): void {
  if (wearOf.has(seat)) return;
  wearOf.set(seat, UNWORN);
  seat.listen((event) => wearOf.set(seat, wornBy(wearOf.get(seat) ?? UNWORN, event, monotonicMs())));
}

/** Notes how worn the session is at the end of an item, while its process is there to be asked. */
export async function noteWear(seat: Seat): Promise<void> {
  const { session } = seat;
  if (!session || session.gone) return;
  const context = await session.controls.contextUsage();
  const { memory } = session.machine;
  const wear = wearOf.get(seat) ?? UNWORN;
  wearOf.set(seat, { ...wear, items: wear.items + 1, context: context?.percent, memory });
}

/**
 * Before a new item: what is remembered is kept or dropped as configured, and a session that is worn out is left, after it wrote
 * down what the next one should know. One whose process was closed meanwhile is left without that: to bring a full context
 * back costs more than the note is worth.
 */
export async function betweenItems(run: Run, next: Next): Promise<Recycled | undefined> {
  const { seat, abort } = next;
  await whenFree(seat, abort);
  const before = seat.conversation;
  const { recycle, between_items: how } = run.config.session;
  const cause = wornOut(wearOf.get(seat) ?? UNWORN, recycle);
  if (cause === undefined || before === undefined || abort.aborted) {
    await seat.betweenItems();
    return undefined;
  }
  const note = how === 'keep' ? await handOver(run, next, cause) : undefined;
  await seat.betweenItems({ isWorn: true });
  wearOf.set(seat, UNWORN);
  return { session: before, cause, note };
}

/** Tells once which conversation is there in place of the one that was left. */
export function tellReplaced({ tell }: Run, seat: Seat, left: Recycled, by: string): void {
  if (told.has(left) || left.session === by) return;
  told.add(left);
  tell({ is: 'session-replaced', agent: seat.agent, session: left.session, by, cause: left.cause });
}

/** Nothing that goes wrong here ends the attempt: the next session begins without a note then. */
async function handOver(run: Run, next: Next, cause: string): Promise<string | undefined> {
  const { seat, abort, folder, repository } = next;
  const { session } = seat;
  if (!session || !seat.knows(folder) || (await mayBegin(run, next))) return undefined;
  await equip(session, run.config, { aim: 'plan', isStrong: false }, run.note);
  if (abort.aborted) return undefined;
  const end = await turnOf(session, retirePrompt(run.templates, { repository, cause }), abort);
  next.book(session.id, end);
  seat.forgive(end.durationMs);
  return end.is === 'answered' && end.text.trim() !== '' ? end.text : undefined;
}

/** A turn that is interrupted when the attempt is to end. */
async function turnOf(session: Session, prompt: string, abort: AbortSignal): Promise<TurnEnd> {
  const stop = () => void session.interrupt();
  abort.addEventListener('abort', stop, { once: true });
  try {
    return await session.turn(prompt);
  } finally {
    abort.removeEventListener('abort', stop);
  }
}
