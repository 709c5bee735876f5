import type { Finding } from './agent.ts';
import { list } from './prompt.ts';

/** What git says of the tree after a turn, as far as it is judged. */
export interface Facts {
  head: string | undefined;
  branch: string | undefined;
  onBranch: boolean;
  tip: string | undefined;
  commits: readonly string[];
  dirty: readonly string[];
  unfinished: string | undefined;
}

/** How the agent's turn ended, as far as it is known (a coordinator that died does not know). */
export interface Told {
  text: string;
  stopReason?: string | undefined;
  tools: number;
  toolErrors: number;
  denials: number;
}

export interface Evidence {
  branch: string;
  base: string;
  facts: Facts;
  told: Told | undefined;
  /** Files outside of its folder that it wrote. */
  strays: readonly string[];
}

/**
 * What is missing or wrong after a turn, before anything is merged; undefined if nothing is. `facts.dirty` is what the agent left,
 * not what the set-up did. The agent's words count only where the facts deny them.
 */
export function appraise({ branch, base, facts, told, strays }: Evidence): Finding | undefined {
  if (strays.length > 0) {
    return { reason: 'outside', text: `Written outside of your folder:\n${list(strays)}` };
  }
  if (!facts.onBranch || facts.tip === undefined) {
    const where = facts.branch ?? `no branch (detached at ${facts.head})`;
    return { reason: 'wrong-branch', text: `The folder is on ${where}, not on ${branch}.` };
  }
  if (facts.commits.length === 0)
    return withoutCommits(`There are no commits on ${branch} since ${base}.`, facts, told);
  if (facts.unfinished !== undefined) {
    return { reason: 'dirty-tree', text: `A ${facts.unfinished} was begun and not ended.` };
  }
  return facts.dirty.length > 0
    ? { reason: 'dirty-tree', text: `Uncommitted:\n${list(facts.dirty)}` }
    : undefined;
}

/** Says in which way nothing was committed: that tells what to say about it. */
function withoutCommits(what: string, { dirty }: Facts, told: Told | undefined): Finding {
  const left = dirty.length > 0 ? `Uncommitted:\n${list(dirty)}` : 'Nothing was changed.';
  const text = [what, left, told && turnText(told)].filter(Boolean).join('\n');
  const answer = told?.text ?? '';
  const claim = [...answer.matchAll(CLAIM)].map(([said]) => said.trim()).find((said) => !DENIES.test(said));
  if (claim !== undefined)
    return { reason: 'false-claim', text: `You answered: "${claim.slice(0, 300)}"\n${text}` };
  if (dirty.length > 0) return { reason: 'no-commits', text };
  if (ASKS.test(answer.trim()))
    return {
      reason: 'asked-nobody',
      text: `Your answer ends with a question:\n${lastLine(answer)}\n${text}`,
    };
  if (PLANS.test(answer))
    return { reason: 'plan-only', text: `Your answer says what is to be done; it was not done.\n${text}` };
  return { reason: 'no-commits', text };
}

/** "I have committed …", "all changes are committed": said of something that is not there. */
const CLAIM =
  /[^.!?\n]*\b(?:(?:I(?:'ve| have)?|is|are|was|were|been|everything|changes?) (?:now |all |already )?committed\b|committed (?:it|them|the changes?|everything|as|on|to)\b)[^.!?\n]*/gi;
const DENIES = /\b(?:not|nothing|never|no|none|cannot|without|unable)\b|n't\b/i;
const ASKS = /\?["')*_\s]*$/;
const PLANS =
  /\b(?:I (?:will|would|'ll|plan to|propose|suggest)|next steps?|the plan|step 1|shall I|here is (?:a|my) plan)\b/i;

const lastLine = (text: string): string => text.trim().split('\n').at(-1)?.slice(-300) ?? '';

/** What the turn was like, where that may explain what is missing. */
function turnText({ stopReason, tools, toolErrors, denials }: Told): string {
  return [
    `The turn made ${tools} tool calls, of which ${toolErrors} failed`,
    denials > 0 && `${denials} were not permitted`,
    stopReason !== undefined && stopReason !== 'end_turn' && `it stopped with ${stopReason}`,
  ]
    .filter(Boolean)
    .join('; ');
}

/** Whether a path is that of a test, by the usual names. */
export const isTest = (path: string): boolean =>
  /(?:^|\/)(?:tests?|__tests__|specs?)\/|(?:[._-](?:test|spec)s?\.|(?:^|\/)test_)[^/]*$/i.test(path);
