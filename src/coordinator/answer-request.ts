import { attach, detach } from './attach.ts';
import type { Reply } from './control.ts';
import type { Coordinator } from './coordinator.ts';
import type { OtherRequest } from './run-mode.ts';
import type { Seat } from './seat.ts';
import { withdraw } from './withdraw.ts';

/** Does what another terminal asks of an item or an agent, and says what came of it. Never rejects. */
export function answerRequest(coordinator: Coordinator, request: OtherRequest): Reply | Promise<Reply> {
  switch (request.verb) {
    case 'cancel':
    case 'hold':
      return withdraw(coordinator, request.verb, request.item ?? '');
    case 'nudge':
      return withSeat(coordinator, request, (seat) => nudge(coordinator, seat, request.text ?? ''));
    case 'interrupt':
      return withSeat(coordinator, request, (seat) => interrupt(coordinator, seat, request.text));
    case 'attach':
      return withSeat(coordinator, request, (seat) => attach(coordinator, seat, request.text ?? ''));
    case 'detach':
      return withSeat(coordinator, request, (seat) => detach(coordinator, seat));
    case 'scale':
      return coordinator.pool.scale(request.text ?? '');
    default:
      return request.verb satisfies never;
  }
}

function withSeat(
  { seats }: Coordinator,
  { agent = '' }: OtherRequest,
  act: (seat: Seat) => Reply | Promise<Reply>,
): Reply | Promise<Reply> {
  const seat = seats.find((one) => one.agent === agent);
  if (seat) return act(seat);
  return {
    ok: false,
    text: `there is no agent ${agent}; there are ${seats.map((one) => one.agent).join(', ')}`,
  };
}

const notInTurn = ({ agent }: Seat): Reply => ({ ok: false, text: `${agent} is in no turn now` });

async function nudge({ run }: Coordinator, seat: Seat, text: string): Promise<Reply> {
  const of = attemptOf(seat);
  if (!of || !(await seat.nudge(text))) return notInTurn(seat);
  run.tell({ ...of, is: 'nudged', text: text.slice(0, 2_000) });
  return { ok: true, text: `${seat.agent} is told at its next step` };
}

async function interrupt({ run }: Coordinator, seat: Seat, text: string | undefined): Promise<Reply> {
  const of = attemptOf(seat);
  if (!of) return notInTurn(seat);
  run.tell({ ...of, is: 'interrupted', ...(text !== undefined && { text: text.slice(0, 2_000) }) });
  const { title } = seat.work?.item ?? { title: '' };
  const goesOn = await seat.redirect(text ?? interruptedPrompt(of.item, title));
  const how = goesOn ? 'is interrupted and goes on' : 'did not obey; its session is ended and resumed';
  return { ok: true, text: `${seat.agent} ${how}` };
}

const attemptOf = (seat: Seat) =>
  seat.work && seat.session?.isInTurn
    ? { item: seat.work.item.id, attempt: seat.work.lease.attempt, agent: seat.agent }
    : undefined;

/** What an agent goes on with that a person interrupted without a word. */
const interruptedPrompt = (item: string, title: string): string =>
  `A person interrupted you. Do not start again what you were just doing: look at the state of the tree, ` +
  `consider whether it was going anywhere, and bring work item ${item} (${title}) to its end another way, committed.`;
