import { readCall } from '../agent-tools.ts';
import type { Answer, Call } from '../agent-tools.ts';
import type { Finding } from '../agent/agent.ts';
import { sleep, timeScale, wallMs } from '../clock.ts';
import { HarnessError } from '../errors.ts';
import { writeQuestion } from '../queue/question.ts';
import { keepSaid } from '../queue/reports.ts';
import { newWorkItem } from '../queue/work-item.ts';
import { redacted } from '../secrets.ts';
import { proposalId } from './propose.ts';
import type { Run } from './run.ts';
import type { Seat } from './seat.ts';
import type { Work } from './seat-work.ts';

/** What an attempt may say in all, and how many questions and proposals are among that. */
const MOST_CALLS = 300;
const MOST_PROPOSALS = 10;

/** An agent that has asked is given so long to end its turn by itself, ms; then the turn is interrupted. */
const END_TURN_MS = 60_000;

/** What was heard from the agent in one attempt. */
interface Heard {
  /** Answers by the content of the call: the same call again changes nothing and gets the same answer. */
  answers: Map<string, Answer>;
  proposals: number;
}

/** The parts of a coordinator that are needed to hear. */
interface Hears {
  run: Run;
  seats: readonly Seat[];
}

const heardIn = new WeakMap<Work, Heard>();

/**
 * Takes a call of an agent's tools: only about the item and attempt that it works on now, each content once, and so many in
 * all. Agents report and propose; nothing here claims, lands or decides.
 */
export function hearAgent({ run, seats }: Hears, agent: string, value: unknown): Answer {
  const call = readCall(value);
  if ('wrong' in call) return no(call.wrong);
  const seat = seats.find((one) => one.agent === agent);
  const work = seat?.work;
  if (!seat || !work) return no('you have no work item now; end your turn');
  const { item, lease } = work;
  if (call.item !== item.id || call.attempt !== lease.attempt) {
    return no(
      `you work on item ${item.id}, attempt ${lease.attempt}; a call about anything else is not taken`,
    );
  }
  const heard = heardIn.get(work) ?? { answers: new Map<string, Answer>(), proposals: 0 };
  heardIn.set(work, heard);
  const content = JSON.stringify([call.tool, call.texts, call.choices]);
  const before = heard.answers.get(content);
  if (before) return before;
  if (heard.answers.size >= MOST_CALLS)
    return no('you have called often enough in this attempt; go on without');
  const answer = take(run, seat, { work, call: redacted(call), heard });
  if (answer.ok) heard.answers.set(content, answer);
  return answer;
}

const no = (text: string): Answer => ({ ok: false, text });
const yes = (text: string): Answer => ({ ok: true, text });

interface Taken {
  work: Work;
  call: Call;
  heard: Heard;
}

function take(run: Run, seat: Seat, taken: Taken): Answer {
  const { work, call } = taken;
  if (work.asked !== undefined)
    return no('you have asked a person; end your turn now, the answer will be your next prompt');
  switch (call.tool) {
    case 'ask_human':
      return ask(run, seat, taken);
    case 'propose_item':
      return propose(run, taken);
    case 'report_progress':
    case 'complete_item':
    case 'note':
      say(run, work, call, call.texts.text ?? call.texts.summary ?? '');
      return yes(call.tool === 'complete_item' ? 'noted; the commits and the checks decide' : 'noted');
    default:
      return call.tool satisfies never;
  }
}

/** Keeps the agent's words with the attempt, and tells them. */
function say(run: Run, { lease, item }: Work, { tool }: Call, text: string): void {
  const of = { item: item.id, attempt: lease.attempt };
  keepSaid(run.queue, { ...of, run: run.id }, { at: new Date(wallMs()).toISOString(), tool, text });
  run.tell({ is: 'agent-said', ...of, agent: lease.agent, tool, text });
}

/** The question is on the disk before the agent is told that it was asked; when its turn has ended, so does the attempt. */
function ask(run: Run, seat: Seat, { work, call }: Taken): Answer {
  const { lease, item } = work;
  const question = call.texts.question ?? '';
  const choices = [...call.choices];
  const of = { item: item.id, attempt: lease.attempt, agent: lease.agent };
  const askedAt = new Date(wallMs()).toISOString();
  writeQuestion(run.queue, { format: 1, ...of, run: run.id, question, choices, askedAt });
  work.asked = question;
  void endLater(run, seat, work);
  return yes('Asked. End your turn now, with nothing more to say; the answer will be your next prompt.');
}

/** An agent that goes on after its question is interrupted. */
async function endLater(run: Run, seat: Seat, work: Work): Promise<void> {
  await sleep(END_TURN_MS / timeScale(run.env), work.abort.signal);
  if (seat.work === work) endAsked(work);
}

/** Ends the attempt of an agent that asked a person; nothing happens to any other. */
export function endAsked({ asked, abort }: Work): void {
  if (asked !== undefined) abort.abort({ reason: 'question', text: asked } satisfies Finding);
}

/** The item is held from its first moment on; the same proposal of an item is the same item, whoever makes it when. */
function propose(run: Run, { work, call, heard }: Taken): Answer {
  const { texts } = call;
  if (heard.proposals >= MOST_PROPOSALS) return no('you have proposed enough items in this attempt');
  const title = (texts.title ?? '').replaceAll(/\s+/g, ' ');
  const { id: from, rig } = work.item;
  const id = proposalId(from, title, texts.body);
  try {
    const item = newWorkItem(
      { title, body: texts.body, priority: texts.priority, rig, proposedBy: from },
      { id, addedMs: wallMs() },
    );
    if (!run.queue.read(id)) run.queue.add(item);
  } catch (error) {
    if (error instanceof HarnessError && error.trouble === 'usage') return no(error.message);
    throw error;
  }
  heard.proposals++;
  say(run, work, call, `${id}: ${title}`);
  return yes(`proposed as ${id}; a person decides`);
}
