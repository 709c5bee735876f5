import type { CommandResult } from '../command.ts';
import type { Verified } from '../worktree/verify.ts';
import { list } from './prompt.ts';

/** A conflict with both sides by name: the files, and what each side did there since they parted. */
export function conflictText(
  { target, files, sides }: Extract<Verified, { is: 'conflict' }>,
  commit: string,
): string {
  return [
    `Merging ${commit} with the target, commit ${target}, conflicts in:\n${list(files)}`,
    `Your side:\n${list(sides.ours)}`,
    theirSide(sides.theirs),
  ].join('\n');
}

/** What landed meanwhile. */
export const theirSide = (theirs: readonly string[]): string =>
  `The other side, what landed since you began:\n${list(theirs)}`;

/** How much of a command's output goes into a finding, in characters: its end, where failures are. */
const OUTPUT_CHARACTERS = 6_000;

/** What a failed command did, for the agent and for the record. */
export function commandText(command: string, result: CommandResult): string {
  const how = result.timedOut
    ? `was ended after ${Math.round(result.ms / 1000)} s`
    : result.signal
      ? `was ended by ${result.signal}`
      : `exited with ${result.code}`;
  return `\`${command}\` ${how}. End of its output:\n${result.output.slice(-OUTPUT_CHARACTERS)}`;
}
