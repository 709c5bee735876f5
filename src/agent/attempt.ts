import type { Measured } from '../queue/records.ts';
import { messageOf } from '../errors.ts';
import type { Session } from '../session/session.ts';
import { StartError } from '../session/start-error.ts';
import { MOST_DEATHS, START, step } from './agent.ts';
import type { Aim, AttemptEvent, AttemptState, Finding, Outcome, Used } from './agent.ts';
import { abortFinding, Broken, findingOf } from './broken.ts';
import { detailOf } from './detail.ts';
import { Dialogue } from './dialogue.ts';
import type { Equipment, Parts } from './parts.ts';
import { isPlanned, judgePlan } from './planning.ts';
import { prepare } from './prepare.ts';
import * as say from './prompt.ts';
import { verdictOf } from './verdict.ts';
import { toldOf, verify } from './verifying.ts';

/** What an attempt remembers from step to step, besides its state. */
interface Story {
  parts: Parts;
  dialogue: Dialogue;
  /** What the set-up left uncommitted. */
  untouched: ReadonlySet<string>;
  /** The commit that the branch was at when the tree was ready; unknown to a process that found it in the middle. */
  start: string | undefined;
  /** The accepted plan. */
  plan: string | undefined;
  /** What the conversation before wrote down for the next one. */
  note: string | undefined;
}

/**
 * The story of one attempt: prepare the tree, let the agent plan and work, look at the evidence, send findings back, and say
 * how it ended. Never rejects. The agent's words count for nothing here: only commits, a clean tree and checks do.
 */
export async function runAttempt(parts: Parts): Promise<Outcome> {
  const untouched = new Set(parts.untouched);
  const story: Story = {
    parts,
    dialogue: new Dialogue(parts),
    untouched,
    start: undefined,
    plan: parts.plan,
    note: undefined,
  };
  try {
    for (let state = parts.from ?? START; ; ) {
      if (state.phase === 'ended') return state.outcome;
      parts.report({ is: 'phase', state, ...detailOf(state) });
      state = step(state, await happening(story, state), parts.allowance);
    }
  } finally {
    await story.dialogue.close();
  }
}

type Begun = Exclude<AttemptState, { phase: 'ended' }>;

/** What comes of a state: never an exception, and the wish to end the attempt before all else. */
async function happening(story: Story, state: Begun): Promise<AttemptEvent> {
  const { parts, dialogue } = story;
  let event: AttemptEvent;
  let measured: Measured = {};
  try {
    if (state.phase === 'verifying') ({ event, measured } = await verify(parts, dialogue, story.untouched));
    else event = await perform(story, state);
  } catch (error) {
    event = { is: 'broken', finding: findingOf(error) };
  }
  if (parts.abort.aborted) event = { is: 'broken', finding: abortFinding(parts.abort) };
  const verdict = verdictOf(event, 'aim' in state ? state.aim : 'work');
  const isTurn = state.phase !== 'preparing' && state.phase !== 'waiting-for-answer';
  if (verdict && isTurn)
    parts.report({ is: 'judged', verdict, measured: { ...toldOf(dialogue.told), ...measured } });
  return event;
}

async function perform(story: Story, state: Exclude<Begun, { phase: 'verifying' }>): Promise<AttemptEvent> {
  const { parts } = story;
  const { templates } = parts;
  switch (state.phase) {
    case 'preparing':
      return begin(story);
    case 'orienting':
      return turn(story, state, say.orientPrompt(templates, parts));
    case 'planning':
      return turn(story, state, planningPrompt(parts, state));
    case 'implementing':
      return implement(story, state);
    case 'correcting':
      return correct(story, state);
    case 'nudged':
      return nudge(story, state);
    case 'handing-over':
      return handOver(story, state);
    case 'waiting-for-limit':
      return (await parts.waitForAccount(state.refusal)) ?? { is: 'released' };
    case 'waiting-for-answer':
      return { is: 'left', finding: state.finding, proposed: [] };
    case 'resuming':
      return turn(story, state, say.resumePrompt(templates, sceneOf(story), state.refusal));
    case 'recovering':
      return recover(story, state);
    default:
      return state satisfies never;
  }
}

function planningPrompt(parts: Parts, { finding, revisions }: Extract<Begun, { phase: 'planning' }>): string {
  return finding && revisions > 0
    ? say.revisePrompt(parts.templates, parts, finding)
    : say.planPrompt(parts.templates, parts, finding);
}

const sceneOf = ({ parts, plan }: Story): say.Scene => ({ ...parts, plan });

/** A clean tree on the attempt's branch, set up; says what the first turn is for. */
async function begin(story: Story): Promise<AttemptEvent> {
  const { parts } = story;
  const { returned, going, base } = parts;
  story.untouched = await prepare(parts);
  story.start = returned?.commit ?? going?.from ?? base;
  parts.report({ is: 'prepared', untouched: [...story.untouched] });
  return { is: 'prepared', aim: firstAim(parts), returned };
}

function firstAim({ item, plan, planning, isMet }: Parts): Aim {
  if (plan !== undefined || !isPlanned(item, planning)) return 'work';
  return isMet ? 'plan' : 'orient';
}

/** A turn in the agent's session; what it was for says how its answer is read. */
async function turn(story: Story, state: Used, prompt: string, session?: Session): Promise<AttemptEvent> {
  const { parts, dialogue } = story;
  const said = {
    session: session ?? (await sessionOf(parts.session())),
    prompt,
    equipment: equipmentOf(parts, state),
  };
  return read(story, state, await dialogue.say(said));
}

const equipmentOf = ({ allowance }: Parts, { aim, rungs }: Used): Equipment => ({
  aim,
  isStrong: allowance.ladder.slice(0, rungs).includes('stronger'),
});

/** The answer of a turn that was to write nothing: what it wrote all the same is put back; of a plan, whether it is one. */
async function read(story: Story, { aim }: Used, event: AttemptEvent): Promise<AttemptEvent> {
  const { parts, dialogue, untouched } = story;
  if (event.is !== 'answered' || aim === 'work') return event;
  const { commits, dirty, onBranch, tip } = await parts.worktree.facts(
    parts.branch,
    story.start ?? parts.base,
  );
  const written = dirty.filter((path) => !untouched.has(path));
  const hasMoved = story.start !== undefined && (tip !== story.start || !onBranch);
  if (hasMoved || written.length > 0) {
    await parts.restore();
    const what = [...written, ...commits.map((id) => `commit ${id}`)];
    const text = `You wrote although this turn was for reading only:\n${say.list(what)}\nIt was taken back; the folder is as it was.`;
    // The plan is asked for anew then; what was learned by reading stays.
    return { is: 'unplanned', finding: { reason: 'wrote-in-plan', text } };
  }
  if (aim === 'orient') return event;
  const judged = judgePlan(dialogue.told?.text ?? '');
  if (judged.is !== 'planned') return judged;
  story.plan = judged.plan;
  parts.keepPlan(judged.plan);
  if (!parts.item.approve) return { is: 'planned' };
  const text = `The plan waits for approval: harness plan ${parts.item.id}`;
  return { is: 'left', finding: { reason: 'approval', text }, proposed: [] };
}

/** The first turn of the work itself, in the conversation that there is. */
async function implement(story: Story, state: Used): Promise<AttemptEvent> {
  const { parts } = story;
  const scene = sceneOf(story);
  const session = await sessionOf(parts.session());
  const goesOn = await parts.going?.prompt(scene, session.id);
  return turn(story, state, goesOn ?? say.implementPrompt(parts.templates, scene), session);
}

/** Sends a finding back; a refused landing to whoever made the commits, else to one who is told all of it. */
async function correct(story: Story, state: Extract<Begun, { phase: 'correcting' }>): Promise<AttemptEvent> {
  const { parts } = story;
  const { finding } = state;
  const { templates, branch, base, returned } = parts;
  const session = await sessionOf(parts.session());
  const scene = sceneOf(story);
  const isReturned = finding === returned?.finding;
  if (!isReturned && finding.reason !== 'conflict')
    return turn(story, state, say.correctPrompt(templates, scene, finding), session);
  const resolve = say.resolvePrompt(templates, scene, { finding, isReturned });
  if (!isReturned || session.id === returned?.session) return turn(story, state, resolve, session);
  const facts = await parts.worktree.facts(branch, base);
  return turn(story, state, `${say.recoverPrompt(templates, scene, facts)}\n\n${resolve}`, session);
}

/** Says what was observed, into the turn that still runs or as the next one. */
async function nudge(story: Story, state: Extract<Begun, { phase: 'nudged' }>): Promise<AttemptEvent> {
  const { parts, dialogue } = story;
  const { rung, finding, rungs } = state;
  const prompt = say.nudgePrompt(parts.templates, sceneOf(story), { finding, times: rungs });
  const event = rung === 'stronger' ? undefined : await dialogue.add(prompt, rung);
  return event ? read(story, state, event) : turn(story, state, prompt);
}

/** The conversation that got nowhere writes down what the next one should know; whatever comes of that, the next one begins. */
async function handOver(
  story: Story,
  state: Extract<Begun, { phase: 'handing-over' }>,
): Promise<AttemptEvent> {
  const { parts, dialogue } = story;
  const prompt = say.handOverPrompt(parts.templates, sceneOf(story), state.finding);
  const session = await sessionOf(parts.session());
  const event = await dialogue.say({ session, prompt, equipment: { aim: 'plan', isStrong: false } });
  if (event.is === 'answered') story.note = dialogue.told?.text;
  return event;
}

/** A session that was asked for; one that cannot be opened ends the attempt. */
async function sessionOf(opening: Promise<Session>): Promise<Session> {
  try {
    return await opening;
  } catch (error) {
    throw new Broken('session-start', messageOf(error));
  }
}

type Recovering = Extract<Begun, { phase: 'recovering' }>;

/** After a death: the supervisor's leave, then the same conversation, else a new one that is told what is found in the folder. */
async function recover(story: Story, state: Recovering): Promise<AttemptEvent> {
  const { parts } = story;
  const { how, cause, deaths } = state;
  switch (how) {
    case 'wait': {
      const verdict = await parts.revive({ wait: deaths < MOST_DEATHS });
      if ('pardoned' in verdict) return { is: 'revived', pardoned: verdict.pardoned };
      return { is: 'broken', finding: { reason: 'agent-parked', text: verdict.parked } };
    }
    case 'resume':
      return resume(story, state);
    case 'anew': {
      const session = await sessionOf(parts.anew(cause));
      return turn(story, state, await anewPrompt(story, state), session);
    }
    default:
      return how satisfies never;
  }
}

async function anewPrompt(story: Story, { aim }: Used): Promise<string> {
  const { parts, note } = story;
  const { templates } = parts;
  const scene = { ...sceneOf(story), earlier: undefined };
  if (aim === 'orient') return say.orientPrompt(templates, scene);
  if (aim === 'plan') return say.planPrompt(templates, scene);
  const facts = await parts.worktree.facts(parts.branch, parts.base);
  return say.recoverPrompt(templates, scene, facts, note);
}

async function resume(story: Story, state: Recovering): Promise<AttemptEvent> {
  const { parts, dialogue } = story;
  const prompt = say.goOnPrompt(parts.templates, sceneOf(story), state.cause);
  let session: Session | undefined;
  try {
    session = await parts.resume(prompt);
  } catch (error) {
    const why = error instanceof StartError ? error.why : 'hopeless';
    if (why === 'hopeless') throw new Broken('session-start', messageOf(error));
    // The turn goes on as soon as the process is up: its death there is one in mid-turn.
    const reason = why === 'died' ? 'session-died' : 'session-start';
    const died: Finding = { reason, text: messageOf(error) };
    return { is: 'died', finding: died };
  }
  if (!session) return { is: 'lost', finding: state.cause };
  const equipment = equipmentOf(parts, state);
  return read(story, state, await dialogue.say({ session, prompt, equipment, isCutOff: true }));
}
