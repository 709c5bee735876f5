import { isAlive } from '../process.ts';
import type { ProcessIdentity } from '../process.ts';
import { transcriptBytes, typedSince } from '../session/transcript.ts';
import type { Reply } from './control.ts';
import type { Coordinator } from './coordinator.ts';
import { transcriptOf } from './seat-folder.ts';
import type { Place } from './seat-folder.ts';
import type { Seat } from './seat.ts';

/** A person has an agent's conversation in a terminal; the agent does nothing meanwhile. */
export interface Attachment {
  /** The process of the person's command: when it is gone, so is the person. */
  holder: ProcessIdentity;
  place: Place;
  /** How long the transcript was when the person came, in bytes. */
  from: number;
  /** Resolves when the agent is free again. */
  over: Promise<void>;
  release(): void;
}

/** What the person's command gets. */
export interface HandedOver extends Place {
  /** Marks the program in the terminal: it is ended before the conversation gets another process. */
  marker: string;
}

/** Hands an agent's conversation over: its turn is interrupted and its process ended first, since a conversation has one process. */
export async function attach({ run }: Coordinator, seat: Seat, holder: string): Promise<Reply> {
  const place = seat.place;
  if (seat.attachment) return { ok: false, text: `somebody is attached to ${seat.agent} already` };
  if (!place) return { ok: false, text: `${seat.agent} has no conversation yet` };
  const { promise: over, resolve: release } = Promise.withResolvers<void>();
  const identity = JSON.parse(holder) as ProcessIdentity;
  const attachment = { holder: identity, place, from: 0, over, release };
  seat.attachment = attachment;
  seat.halt('a person is attached');
  await seat.session?.interrupt();
  // How that turn ended is known: what it was asked is not sent again.
  seat.session?.acknowledge();
  await seat.close();
  attachment.from = transcriptBytes(transcriptOf(run, place));
  run.tell({ is: 'attached', agent: seat.agent, session: place.session });
  return { ok: true, text: JSON.stringify({ ...place, marker: seat.marker } satisfies HandedOver) };
}

/** Takes the conversation back: what the person typed is told, and the agent goes on with it. */
export function detach({ run }: Coordinator, seat: Seat): Reply {
  const { attachment } = seat;
  if (!attachment) return { ok: false, text: `nobody is attached to ${seat.agent}` };
  const { place, from } = attachment;
  const typed = typedSince(transcriptOf(run, place), from);
  seat.attachment = undefined;
  seat.halt(undefined);
  run.tell({ is: 'detached', agent: seat.agent, session: place.session, typed });
  attachment.release();
  return { ok: true, text: `${seat.agent} goes on` };
}

/** Takes back what somebody was attached to whose terminal is gone. */
export function takeBack(coordinator: Coordinator): void {
  for (const seat of coordinator.seats) {
    if (seat.attachment && !isAlive(seat.attachment.holder)) detach(coordinator, seat);
  }
}

/** Resolves when nobody is attached to the agent (any more), or its attempt is to end. */
export async function whenFree(seat: Seat, abort: AbortSignal): Promise<void> {
  if (!seat.attachment) return;
  const aborted = new Promise<void>((resolve) => {
    if (abort.aborted) resolve();
    else abort.addEventListener('abort', () => resolve(), { once: true });
  });
  await Promise.race([seat.attachment.over, aborted]);
}
