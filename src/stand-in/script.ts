/** One thing that the stand-in does in a turn. */
export type Deed =
  | { is: 'write'; path: string; content: string }
  | { is: 'edit'; path: string; old: string; new: string }
  | { is: 'bash'; command: string }
  | { is: 'commit'; message: string }
  | { is: 'merge'; commit: string }
  | { is: 'sleep'; ms: number }
  | { is: 'say'; text: string }
  | { is: 'no-commit' }
  | { is: 'die' };

const NAMES = 'write edit bash commit merge sleep say die no-commit fail-check-first turn attempt'.split(' ');

/** `[[name]]` or `[[name:argument]]`; an argument may end in brackets, `\]` is one inside of it. */
const MARKER = new RegExp(String.raw`\[\[(${NAMES.join('|')})(?::((?:\\.|[^\\])*?))?\]\](?!\])`, 'gs');

const unescape = (text: string): string =>
  text.replaceAll(/\\([\\n|\]])/g, (_, character: string) => (character === 'n' ? '\n' : character));

/** The parts of an argument between `|` (`\|` is a plain one); the last of `count` keeps what is left. */
function parts(argument: string, count: number): string[] {
  const all = argument.split(/(?<!\\)\|/);
  const rest = all.splice(count - 1).join('|');
  return [...all, rest].map(unescape);
}

/**
 * What the markers in a prompt ask for on this attempt, turn by turn: `[[turn]]` ends a turn, `[[attempt:N]]` begins what
 * for attempt N only; what is no marker of ours is passed over. Without markers one plain sentence is understood, that of
 * the quick start ("Create FILE with the single line: TEXT"); other text gives no turns.
 */
export function readScript(prompt: string, attempt: number): Deed[][] {
  const turns: Deed[][] = [];
  let mine = true;
  let first = true;
  for (const [, name = '', argument = ''] of prompt.matchAll(MARKER)) {
    if (name === 'attempt') {
      mine = Number(argument) === attempt;
      continue;
    }
    if (!mine) continue;
    if (first) turns.push([]);
    first = false;
    if (name === 'turn') turns.push([]);
    else if (name === 'fail-check-first') failFirst(turns, argument);
    else turns.at(-1)?.push(deed(name, argument));
  }
  const [, path, line] = /^Create (\S+) with the single line: (.+)$/m.exec(prompt) ?? [];
  if (turns.length > 0 || path === undefined) return turns;
  return [[{ is: 'write', path, content: `${line}\n` }]];
}

/** `[[fail-check-first:path|wrong|right]]`: writes what breaks the check, and on the next turn what does not. */
function failFirst(turns: Deed[][], argument: string): void {
  const [path = '', wrong = '', right = ''] = parts(argument, 3);
  turns.at(-1)?.push({ is: 'write', path, content: wrong });
  turns.push([{ is: 'write', path, content: right }]);
}

function deed(name: string, argument: string): Deed {
  const [whole = ''] = parts(argument, 1);
  switch (name) {
    case 'write': {
      const [path = '', content = ''] = parts(argument, 2);
      return { is: 'write', path, content };
    }
    case 'edit': {
      const [path = '', old = '', replacement = ''] = parts(argument, 3);
      return { is: 'edit', path, old, new: replacement };
    }
    case 'bash':
      return { is: 'bash', command: whole };
    case 'commit':
      return { is: 'commit', message: whole || 'Work of the stand-in' };
    case 'merge':
      return { is: 'merge', commit: whole };
    case 'sleep':
      return { is: 'sleep', ms: (Number(whole) || 0) * 1000 };
    case 'die':
      return { is: 'die' };
    case 'no-commit':
      return { is: 'no-commit' };
    default:
      return { is: 'say', text: whole };
  }
}

const isWork = ({ is }: Deed): boolean => ['write', 'edit', 'bash', 'commit', 'merge', 'say'].includes(is);

/** The first turn of a script; where it asks for no work, a small file named after the branch is the work. */
export function firstTurn(deeds: readonly Deed[], branch: string): Deed[] {
  if (deeds.some(isWork)) return [...deeds];
  const name = branch.replace(/^.*\//, '') || 'stand-in';
  const file: Deed = {
    is: 'write',
    path: `stand-in/${name}.md`,
    content: `Made by the stand-in on ${branch}.\n`,
  };
  // What cuts the turn short comes after the work, so that there is something uncommitted.
  const at = deeds.findIndex(({ is }) => is === 'die');
  return at === -1 ? [...deeds, file] : [...deeds.slice(0, at), file, ...deeds.slice(at)];
}

/**
 * A later prompt on the same branch that the script says nothing about: a conflict is resolved by merging the named commit,
 * otherwise only what is still uncommitted is committed (that needs no deed).
 */
export function correction(prompt: string): Deed[] {
  const commit = /\(conflict\).*?\bcommit ([0-9a-f]{40,64})\b/s.exec(prompt)?.[1];
  return commit === undefined ? [] : [{ is: 'merge', commit }];
}
