import type { Finding } from './agent.ts';
import { fenced } from './fenced.ts';

/** What an earlier attempt at an item has shown, for the next one. */
export interface Memory extends Finding {
  /** What it left on its branch, if that was measured. */
  branch: string;
  commits?: number | undefined;
  files?: number | undefined;
  insertions?: number | undefined;
  deletions?: number | undefined;
  /** The ref that its uncommitted work was saved to. */
  rescued?: string | undefined;
  /** How many attempts ended in this same way, one after the other. */
  times: number;
}

/** What the next attempt is told of the one before it. */
export function memoryText(memory: Memory): string {
  const { reason, text, times, rescued } = memory;
  const failing = failingTests(text);
  return [
    `An earlier attempt at this item did not succeed (${reason}). What was observed:\n${fenced(text)}`,
    failing.length > 0 && `What failed, by name:\n${failing.map((name) => `- ${name}`).join('\n')}`,
    times > 1 &&
      `It is the same as in the attempt before that: the way that was tried ${times} times does not lead there.`,
    leftText(memory),
    rescued !== undefined &&
      `What it had not committed is saved as ${rescued}: look at it with git show --stat, and take over what is good with git cherry-pick --no-commit.`,
  ]
    .filter(Boolean)
    .join('\n\n');
}

function leftText({ branch, commits = 0, files = 0, insertions = 0, deletions = 0 }: Memory): string {
  if (commits === 0) return '';
  const size = `${files} files, ${insertions} lines in, ${deletions} lines out`;
  return `It left ${commits} commits on the branch ${branch} (${size}). They are not part of your tree: look at them with git log and git diff, and take over what is good with git cherry-pick.`;
}

/** How the usual test programs name what failed. */
const FAILED: readonly RegExp[] = [
  /^not ok \d+ -? ?(.+)$/, // TAP
  /^\s*(?:✗|✘|✕|×|✖)\s+(.+?)(?:\s+\(?\d+(?:\.\d+)? ?m?s\)?)?$/, // vitest, jest, mocha, node
  /^\s*FAIL\s+(.+)$/, // vitest, jest
  /^FAILED\s+(\S+)/, // pytest
  /^\s*--- FAIL: (\S+)/, // go
  /^test (.+) \.\.\. FAILED$/, // cargo
  /^\s*\d+\) (.+)$/, // mocha, rspec
];
const MOST_NAMES = 20;

/** The names of the tests that failed, as far as an output tells them. */
export function failingTests(output: string): string[] {
  const names = new Set<string>();
  for (const line of output.split('\n')) {
    for (const pattern of FAILED) {
      const name = pattern.exec(line.slice(0, 400))?.[1]?.trim();
      if (name === undefined || name === '') continue;
      names.add(name);
      break;
    }
    if (names.size >= MOST_NAMES) break;
  }
  return [...names];
}

/**
 * What two failures have in common if they are the same one: the reason and the failing tests, else the reason and the end of the
 * output, without numbers and ids, which differ from run to run.
 */
export function signatureOf({ reason, text }: Finding): string {
  const failing = failingTests(text);
  const what = failing.length > 0 ? failing.toSorted().join('; ') : text.slice(-SIGNATURE_CHARACTERS);
  return `${reason}: ${what}`
    .replaceAll(/\b[0-9a-f]{7,64}\b/g, '#')
    .replaceAll(/\d+/g, '#')
    .slice(0, 500);
}

const SIGNATURE_CHARACTERS = 300;
