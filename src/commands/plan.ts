import { wallMs } from '../clock.ts';
import { HarnessError } from '../errors.ts';
import { readPlan, writePlan } from '../queue/plans.ts';
import type { ItemPlan } from '../queue/plans.ts';
import type { Entry } from '../queue/name.ts';
import type { Queue } from '../queue/queue.ts';
import { safeText } from '../text.ts';
import { homeOf, printJson, queueWithItems, stateOf } from './invocation.ts';
import type { Invocation } from './invocation.ts';
import { readText } from './item-options.ts';
import { moveItem } from './queue-hands.ts';

/** Why an item is held whose plan a person has to approve. */
const WAITS = 'approval';
const MOST_CHARACTERS = 64_000;

/** `harness plan ID`: the plan of an item, and whether it waits for a person. */
export function showPlan(invocation: Invocation, prefix: string): void {
  const { entry, plan } = planned(queueWithItems(homeOf(invocation)), prefix);
  const waits = isWaiting(entry, plan);
  if (invocation.json) return printJson({ ...plan, waits });
  process.stdout.write(`${safeText(plan.text, { max: 1 << 20, lines: true })}\n`);
  if (plan.wishes !== undefined)
    process.stdout.write(`\nto be changed: ${safeText(plan.wishes, { lines: true })}\n`);
  if (waits) {
    const id = entry.id;
    process.stderr.write(
      `it waits: harness plan ${id} approve, or harness plan ${id} amend "what to change"\n`,
    );
  }
}

/** `harness plan ID approve`: the item is worked on by this plan. */
export async function approvePlan(invocation: Invocation, prefix: string): Promise<void> {
  await decide(invocation, prefix, (plan) => {
    const { wishes: _, ...rest } = plan;
    return { ...rest, state: 'accepted' };
  });
}

/** `harness plan ID amend TEXT`: the plan is written again, with what a person wants changed. */
export async function amendPlan(invocation: Invocation, prefix: string, text: string): Promise<void> {
  const given = text === '-' ? await readText(invocation.cwd, '-', 'what to change') : text;
  const wishes = given.trim();
  if (wishes === '' || wishes.length > MOST_CHARACTERS) {
    throw new HarnessError(
      'usage',
      `say in 1 to ${MOST_CHARACTERS} characters what is to be changed in the plan`,
    );
  }
  await decide(invocation, prefix, (plan) => ({ ...plan, state: 'amended', wishes }));
}

/** Writes the decision down before the item can be claimed again. */
async function decide(
  invocation: Invocation,
  prefix: string,
  change: (plan: ItemPlan) => ItemPlan,
): Promise<void> {
  const home = homeOf(invocation);
  const queue = queueWithItems(home);
  const { entry, plan } = planned(queue, prefix);
  if (entry.place === 'claimed' || entry.place === 'done') {
    throw new HarnessError('usage', `item ${entry.id} is ${entry.place}; its plan can no longer be changed`);
  }
  const decided = { ...change(plan), at: new Date(wallMs()).toISOString() };
  writePlan(queue.attempts, decided);
  const isHeld = entry.place === 'held' && entry.reason === WAITS;
  const { place } = isHeld ? await moveItem(queue, stateOf(home), entry.id, { verb: 'release' }) : entry;
  if (invocation.json) printJson({ id: entry.id, state: decided.state, place });
  else process.stdout.write(`${entry.id}: plan ${decided.state}, ${place}\n`);
}

function planned(queue: Queue, prefix: string): { entry: Entry; plan: ItemPlan } {
  const entry = queue.find(prefix);
  const plan = readPlan(queue.attempts, entry.id);
  if (plan) return { entry, plan };
  throw new HarnessError(
    'usage',
    `item ${entry.id} has no plan; harness queue edit ${entry.id} --plan always asks for one`,
  );
}

const isWaiting = ({ place, reason }: Entry, { state }: ItemPlan): boolean =>
  place === 'held' && reason === WAITS && state === 'proposed';
