import type { Going } from '../agent/prepare.ts';
import { answeredPrompt, recoverPrompt } from '../agent/prompt.ts';
import { settleAnswer } from '../queue/question.ts';
import type { Answered } from '../queue/question.ts';
import { restore } from '../worktree/restore.ts';
import type { Worktree } from '../worktree/worktree.ts';
import type { RigWorks, Run } from './run.ts';

/** An attempt that goes on with an earlier one, which ended with a question. */
export interface Continued extends Going {
  /** The commit that the earlier attempt was begun at. */
  base: string;
  /** The conversation in which the question was asked; undefined if it was another agent's. */
  session: string | undefined;
}

/**
 * What is needed to go on where a question was asked: its commits, what was uncommitted, its conversation. It is the same attempt
 * to the agent and to the item's budget, under the next number: numbers are what leases are told apart by, and never repeat.
 * Undefined if the earlier attempt left nothing to go on with; the answer is part of every later prompt all the same.
 */
export async function goingOn(
  run: Run,
  works: RigWorks,
  { agent, asked, worktree }: { agent: string; asked: Answered; worktree: Worktree },
): Promise<Continued | undefined> {
  const { question, answer } = asked;
  settleAnswer(run.queue, asked);
  const earlier = run.queue.records(question.item).findLast((one) => one.attempt === question.attempt);
  if (earlier?.base === undefined || earlier.rig !== works.rig.name) return undefined;
  const { base, rescued } = earlier;
  const tip = await works.depot.resolve(`refs/heads/${earlier.branch}`);
  const uncommitted = rescued === undefined ? undefined : await works.depot.resolve(rescued);
  const session = earlier.agent === agent ? earlier.session : undefined;
  return {
    base,
    session,
    from: tip ?? base,
    restore: async () => (uncommitted === undefined ? undefined : restore(worktree, uncommitted)),
    prompt: async (scene, now) => {
      if (now === session) {
        const told = { question: question.question, answer: answer.answer };
        return answeredPrompt(run.templates, scene, told);
      }
      return recoverPrompt(run.templates, scene, await worktree.facts(scene.branch, base));
    },
  };
}
