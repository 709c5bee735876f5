import type { WorkItem } from '../queue/work-item.ts';
import type { Finding, Refusal } from './agent.ts';

/** What a prompt needs to know of the place the agent works in. */
export interface Scene {
  item: WorkItem;
  branch: string;
  /** The commit the branch was cut from. */
  base: string;
  checks: readonly string[];
  /** What the attempt before this one ended with, if there was one. */
  before?: Finding | undefined;
  /** The item this conversation worked on before, and whether its work is in the tree now. */
  earlier?: { item: string; included: boolean } | undefined;
}

const RULES = `Rules for this folder:
- It is a git worktree on a branch made for this item alone. Commit your work on that branch, with messages that say why.
- Do not switch branches, do not touch other branches, tags or the stash, do not push, do not change git's configuration.
- Work in this folder only. Leave nothing uncommitted: commit what belongs to the change, remove what does not.
- Do not start anything that goes on running after your answer.`;

/** The first prompt of an attempt. */
export function implementPrompt(scene: Scene): string {
  const { item, branch, base, checks } = scene;
  return [
    opening(scene),
    `# Work item ${item.id}: ${item.title}`,
    item.body,
    scene.before &&
      `An earlier attempt at this item did not succeed (${scene.before.reason}). What was observed:\n${fenced(scene.before.text)}`,
    `The branch is ${branch}, cut from commit ${base}.`,
    RULES,
    checks.length > 0 &&
      `Your work counts as done only when these commands succeed on it, merged with the newest target branch:\n${fenced(checks.join('\n'))}`,
    'When you are finished, answer with the files you changed, the commands you ran with their results, and what risk remains.',
  ]
    .filter(Boolean)
    .join('\n\n');
}

function opening({ earlier }: Scene): string {
  if (!earlier) return '';
  const now = earlier.included ? 'is part of the tree you see now' : 'is not part of the tree you see now';
  return `This is a new work item. The folder was switched to a fresh branch; your work on ${earlier.item} ${now}. Read files again before you rely on what you remember of them.`;
}

/** The prompt that sends a finding back: exactly what was observed, and what is expected now. */
export function correctPrompt(item: WorkItem, branch: string, finding: Finding): string {
  return [
    `Work item ${item.id} (${item.title}) is not done yet.`,
    `Observed (${finding.reason}):\n${fenced(finding.text)}`,
    EXPECTED[finding.reason] ?? 'Mend this, verify it, and commit.',
    `Stay on the branch ${branch}, commit everything that belongs to the change, and leave the tree clean. Then answer with what you changed and which commands you ran with which result.`,
  ].join('\n\n');
}

/** The prompt that goes on after a refusal: never the same prompt again, since the conversation has it already. */
export function resumePrompt(item: WorkItem, refusal: Refusal): string {
  return [
    `Your last turn on work item ${item.id} (${item.title}) was cut off by something outside of your work: ${refusal.text}`,
    'That is over. What you did before is still there, in this conversation and in the folder: look at the state of the tree, then go on where you were cut off and bring the item to its end, committed.',
  ].join('\n\n');
}

/** The prompt that a cut-off turn is gone on with, in the same conversation. */
export function goOnPrompt(item: WorkItem, branch: string, cause: Finding): string {
  return [
    `Your turn on work item ${item.id} (${item.title}) was cut off: the process that carried it ended (${cause.reason}). What you did before is still there, in this conversation and in the folder.`,
    'The outcome of the last command is unknown: look at the state of the tree and at the commits before you rely on it, and do not start again what made the process hang or end.',
    `Then go on where you were cut off and bring the item to its end, committed on ${branch}.`,
  ].join('\n\n');
}

/** What is found in the folder of an attempt whose conversation is gone. */
export interface Evidence {
  commits: readonly string[];
  dirty: readonly string[];
  diffStat: { files: number; insertions: number; deletions: number };
}

/** The prompt of a new conversation that takes over an attempt in the middle: the item, and what is found in the folder. */
export function recoverPrompt(scene: Scene, evidence: Evidence): string {
  const { commits, dirty, diffStat } = evidence;
  return [
    implementPrompt({ ...scene, earlier: undefined }),
    `Somebody has worked on this before you, on this branch and in this folder; that conversation is lost. What was found:\n${fenced(
      [
        commits.length > 0 ? `Commits, newest first:\n${list(commits)}` : 'No commits yet.',
        diffStat.files > 0 &&
          `Changed by them: ${diffStat.files} files, ${diffStat.insertions} lines in, ${diffStat.deletions} lines out`,
        dirty.length > 0 ? `Not committed:\n${list(dirty)}` : 'Nothing uncommitted.',
      ]
        .filter(Boolean)
        .join('\n'),
    )}`,
    'Read those commits and changes first. Keep what is good, mend what is not, and finish the item; do not begin from nothing.',
  ].join('\n\n');
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
  'dirty-tree': 'Commit what belongs to the change and remove what does not.',
  'wrong-branch':
    'Go back to the branch of this item and bring your commits there; leave other branches as they were.',
  'check-failed':
    'Find the cause, mend the code (not the check), run the command yourself until it succeeds, and commit.',
  conflict:
    'Merge that commit into your branch, resolve the conflicts so that both changes keep their meaning, run the checks, and commit the merge.',
};

/** A text between fences that it cannot close. */
function fenced(text: string): string {
  const longest = Math.max(2, ...(text.match(/`+/g) ?? []).map((ticks) => ticks.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}\n${text}\n${fence}`;
}
