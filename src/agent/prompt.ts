import type { WorkItem } from '../queue/work-item.ts';
import type { Finding, Refusal } from './agent.ts';
import { answersText } from './answers.ts';
import type { Asked } from './answers.ts';
import { fenced } from './fenced.ts';
import { memoryText } from './memory.ts';
import type { Memory } from './memory.ts';
import { sectionList } from './planning.ts';
import { render } from './template.ts';
import type { Kind, Templates } from './template.ts';

/** What a prompt needs to know of the item and of the place the agent works in. */
export interface Scene {
  item: WorkItem;
  branch: string;
  /** The commit the branch was cut from. */
  base: string;
  checks: readonly string[];
  /** What the attempt before this one has shown, if there was one. */
  before?: Memory | undefined;
  /** What a person was asked about the item, and answered. */
  answers?: readonly Asked[] | undefined;
  /** What the conversation before this one wrote down about the repository. */
  handedOver?: string | undefined;
  /** The item this conversation worked on before, and whether its work is in the tree now. */
  earlier?: { item: string; included: boolean } | undefined;
  /** The plan that was accepted for the item. */
  plan?: string | undefined;
  /** A plan that a person wants changed, and in which way. */
  draft?: string | undefined;
  wishes?: string | undefined;
  repository?: string | undefined;
}

type Values = Readonly<Record<string, string>>;

/** The text of a kind for a scene; `more` are the names that this kind has besides those of every item. */
function say(templates: Templates, kind: Kind, scene: Scene, more: Values = {}): string {
  return render(templates[kind], { ...valuesOf(templates, scene), ...more });
}

function valuesOf(templates: Templates, scene: Scene): Values {
  const { item, branch, base, checks, before, earlier, plan, answers = [] } = scene;
  return {
    id: item.id,
    title: item.title,
    branch,
    base,
    body: item.body.trim(),
    restated: quoted(item.body.trim() || item.title, RESTATED_CHARACTERS),
    checks: checks.length > 0 ? fenced(checks.join('\n')) : '',
    fresh: earlier ? freshText(earlier) : '',
    memory: [handedOverText(scene), before ? memoryText(before) : '', answersText(answers)]
      .filter(Boolean)
      .join('\n\n'),
    plan: plan === undefined ? '' : quoted(plan, PLAN_CHARACTERS),
    wishes: scene.wishes === undefined ? '' : quoted(scene.wishes, RESTATED_CHARACTERS),
    repository: scene.repository ?? '',
    fan_out: item.fanOut ? render(templates['fan-out'], { branch }) : '',
  };
}

/** How much of an item's body is said again in the conversation that was given it in full, in characters. */
const RESTATED_CHARACTERS = 4_000;
const PLAN_CHARACTERS = 24_000;

function freshText({ item, included }: NonNullable<Scene['earlier']>): string {
  const now = included ? 'is part of the tree you see now' : 'is not part of the tree you see now';
  return `This is a new work item. The folder was switched to a fresh branch; your work on ${item} ${now}. Read files again before you rely on what you remember of them.`;
}

/** The prompt of a turn in which a repository is got to know, before any work. */
export function orientPrompt(templates: Templates, scene: Scene): string {
  return say(templates, 'orient', scene);
}

/** The prompt for the plan; `before`: what went wrong in the turn before, if it did. */
export function planPrompt(templates: Templates, scene: Scene, before?: Finding): string {
  const plan = scene.draft === undefined ? '' : quoted(scene.draft, PLAN_CHARACTERS);
  return say(templates, 'plan', scene, { plan, sections: sectionList(), observed: before?.text ?? '' });
}

/** The prompt that sends a plan back. */
export function revisePrompt(templates: Templates, scene: Scene, finding: Finding): string {
  return say(templates, 'plan-revision', scene, { finding: finding.text, sections: sectionList() });
}

/** The first prompt for the work itself; the item's kind picks its template. */
export function implementPrompt(templates: Templates, scene: Scene): string {
  return say(templates, `implement-${scene.item.kind ?? 'feature'}`, scene);
}

/** The prompt that sends a finding back: exactly what was observed, and what is expected now. */
export function correctPrompt(templates: Templates, scene: Scene, finding: Finding): string {
  return say(templates, 'correct', scene, observed(finding));
}

const observed = ({ reason, text }: Finding): Values => ({
  reason,
  finding: fenced(text),
  expected: EXPECTED[reason] ?? 'Mend this, verify it, and commit.',
});

/** The prompt for an agent that gets nowhere; `times`: how often something was said about that in this attempt. */
export function nudgePrompt(
  templates: Templates,
  scene: Scene,
  { finding, times }: { finding: Finding; times: number },
): string {
  const said =
    times > 1
      ? 'This is not the first time: leave the way that you are on, and begin with the next step below.'
      : '';
  return say(templates, 'nudge', scene, { ...observed(finding), times: said });
}

/** The prompt that asks a conversation to write down what the next one should know. */
export function handOverPrompt(templates: Templates, scene: Scene, { text }: Finding): string {
  return say(templates, 'hand-over', scene, { observed: `Observed, again and again:\n${fenced(text)}` });
}

/** The prompt that asks a conversation which ends between two items to write down what it learned; `cause`: why it ends. */
export function retirePrompt(templates: Templates, about: { repository: string; cause: string }): string {
  return render(templates.retire, about);
}

/**
 * The prompt for work that does not go together with what landed meanwhile; `isReturned`: it was ready, and the agent may have
 * worked on something else since.
 */
export function resolvePrompt(
  templates: Templates,
  scene: Scene,
  { finding, isReturned }: { finding: Finding; isReturned: boolean },
): string {
  const returned = isReturned
    ? `Your work was ready, but it could not land: other work landed first. The folder is back on your branch ${scene.branch}, with your commits on it. Read files again before you rely on what you remember of them.`
    : '';
  return say(templates, 'resolve-conflict', scene, {
    ...observed(finding),
    returned,
    expected: toBring(finding),
  });
}

const toBring = ({ reason }: Finding): string =>
  reason === 'conflict'
    ? 'Merge that commit of the target into your branch and resolve the conflicts so that both changes keep their meaning.'
    : 'Merge that commit of the target into your branch first: the failure shows only with both together. Then find the cause and mend the code (not the check), so that both changes keep their meaning.';

/** The prompt that goes on after a refusal: never the same prompt again, since the conversation has it already. */
export function resumePrompt(templates: Templates, scene: Scene, refusal: Refusal): string {
  const cause = `Your last turn was cut off by something outside of your work: ${refusal.text}\nThat is over.`;
  return say(templates, 'resume', scene, { cause });
}

/** The prompt that a cut-off turn is gone on with, in the same conversation. */
export function goOnPrompt(templates: Templates, scene: Scene, { reason }: Finding): string {
  return say(templates, 'resume', scene, { cause: `The process that carried your turn ended (${reason}).` });
}

/** The prompt that brings an answer to the conversation in which the question was asked. */
export function answeredPrompt(templates: Templates, scene: Scene, { question, answer }: Asked): string {
  return say(templates, 'answered', scene, { question: fenced(question), answer: fenced(answer) });
}

/** What is found in the folder of an attempt whose conversation is gone. */
export interface Evidence {
  commits: readonly string[];
  dirty: readonly string[];
  diffStat: { files: number; insertions: number; deletions: number };
}

/** The prompt of a new conversation that takes over an attempt in the middle: the item, and what is found in the folder. */
export function recoverPrompt(templates: Templates, scene: Scene, evidence: Evidence, note = ''): string {
  const whole = { ...scene, earlier: undefined };
  return say(templates, 'recover', whole, {
    found: foundText(evidence),
    note: note === '' ? '' : quoted(note, NOTE_CHARACTERS),
  });
}

const NOTE_CHARACTERS = 8_000;

const handedOverText = ({ handedOver }: Scene): string =>
  handedOver === undefined
    ? ''
    : `The session before you worked on other items here, and left this note:\n${quoted(handedOver, NOTE_CHARACTERS)}`;

function foundText({ commits, dirty, diffStat }: Evidence): string {
  const { files, insertions, deletions } = diffStat;
  const lines = [
    commits.length > 0 ? `Commits, oldest first:\n${list(commits)}` : 'No commits yet.',
    files > 0 && `Changed by them: ${files} files, ${insertions} lines in, ${deletions} lines out`,
    dirty.length > 0 ? `Not committed:\n${list(dirty)}` : 'Nothing uncommitted.',
  ];
  return fenced(lines.filter(Boolean).join('\n'));
}

/** What an agent is told once, beside its prompts: the standing rules of its folder. */
export function bootstrapText(templates: Templates, place: { folder: string; repository: string }): string {
  return render(templates.bootstrap, place);
}

const MOST_LISTED = 40;

/** A list that cannot grow without end. */
export function list(lines: readonly string[]): string {
  const shown = lines.slice(0, MOST_LISTED).map((line) => `  ${line}`);
  const more = lines.length - shown.length;
  return [...shown, ...(more > 0 ? [`  and ${more} more`] : [])].join('\n');
}

const EXPECTED: Partial<Record<Finding['reason'], string>> = {
  'no-commits':
    'There is no commit on the branch. Do the work if it is not done, verify it, and commit it. If it cannot be done, say why.',
  'plan-only': 'The plan is enough. Carry it out now: make the change, run what proves it, and commit it.',
  'asked-nobody':
    'Nobody answers questions in an answer. Take the reading that the item, the code and common sense make likely, do the work, and commit it.',
  'false-claim':
    'Look at git status and git log, find out where your work is, and commit it on the branch. Say only what they show.',
  looping:
    'Stop repeating that call: its result does not change. Find out why, or do the next thing without it.',
  'same-failure':
    'Stop running that again. Read the failure to its end, find the cause in the code, change that, and only then run it once more.',
  outside:
    'Take back what you wrote there, as it was before; what belongs to the item goes into the folder. Then finish the item and commit it.',
  'dirty-tree': 'Commit what belongs to the change and remove what does not.',
  'wrong-branch':
    'Go back to the branch of this item and bring your commits there; leave other branches as they were.',
  'check-failed':
    'Find the cause, mend the code (not the check), run the command yourself until it succeeds, and commit.',
};

/** What was said before, said again: every line with a mark in front. */
function quoted(text: string, most: number): string {
  const whole = text.length <= most ? text : `${text.slice(0, most)}\n(shortened here)`;
  return whole.replaceAll(/^/gm, '> ').replaceAll(/ +$/gm, '');
}
