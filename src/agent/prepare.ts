import type { Parts } from './parts.ts';
import { Broken } from './broken.ts';
import { commandText } from './evidence.ts';
import type { Scene } from './prompt.ts';

/** Where an earlier attempt stopped that this one goes on with. */
export interface Going {
  /** The commit id that its branch was left at. */
  from: string;
  /** Brings back what was not committed, into the tree as the set-up left it. */
  restore(): Promise<void>;
  /** The first prompt in the conversation that there is now. */
  prompt(scene: Scene, session: string): Promise<string>;
}

/** A clean tree on the attempt's branch, set up; returns what the set-up itself left uncommitted. */
export async function prepare(parts: Parts): Promise<ReadonlySet<string>> {
  const { worktree, branch, returned, going } = parts;
  if (returned) await worktree.resume(branch, returned.commit);
  else await worktree.begin(branch, going?.from ?? parts.base);
  const untouched = await setUp(parts);
  await going?.restore();
  return untouched;
}

async function setUp(parts: Parts): Promise<ReadonlySet<string>> {
  const done = await parts.setUp();
  if (done && done.result.code !== 0)
    throw new Broken('setup-failed', commandText(done.command, done.result));
  const { dirty } = await parts.worktree.status();
  return new Set(dirty);
}
