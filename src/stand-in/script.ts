/** One thing that the stand-in does in a turn. */
export type Deed =
  | { is: 'write'; path: string; content: string }
  | { is: 'edit'; path: string; old: string; new: string }
  | { is: 'bash'; command: string }
  | { is: 'commit'; message: string }
  | { is: 'merge'; commit: string }
  /** On a prompt about a conflict: merges what it names, so that this file then says that. */
  | { is: 'resolve'; path: string; content: string }
  | { is: 'sleep'; ms: number }
  | { is: 'say'; text: string }
  | { is: 'no-commit' }
  /** Pretends that a model was asked for so much, in dollars. */
  | { is: 'cost'; usd: number }
  /** A call of a tool of the harness; item and attempt are added unless they are given. */
  | { is: 'call'; tool: string; arguments: Readonly<Record<string, unknown>> }
  | Fault;

/** What a turn can run into instead of work. */
export type Fault =
  /**
   * Ends without a last word. A process that goes on with the conversation passes it over, unless it is `always`; `forget`
   * takes the transcript along.
   */
  | { is: 'die'; how: 'once' | 'always' | 'forget' }
  /** Does nothing more, says nothing more, and obeys no interrupt. */
  | { is: 'hang' }
  /** From here on the turn is worked on, and kept in the transcript, without a word on stdout. */
  | { is: 'silent' }
  /** The usage limit is reached, and resets after that time. */
  | { is: 'limit'; ms: number }
  | { is: 'api-error'; status: number }
  | { is: 'auth-failure' }
  /** A failed request in the CLI's words: what it calls it, its HTTP status (0 = none), its text. */
  | { is: 'fault'; kind: string; status: number; text: string }
  /** A usage limit is that full (0 to 1), and resets after that time. */
  | { is: 'warn'; window: string; utilization: number; ms: number }
  /** So many lines in one breath. */
  | { is: 'flood'; lines: number }
  /** Asks whether it may use a tool, and waits for the answer. */
  | { is: 'ask'; tool: string };

const FAULT_NAMES = 'die hang silent limit api-error auth-failure fault warn flood ask'.split(' ');
const NAMES =
  'write edit bash commit merge resolve sleep say cost no-commit fail-check-first turn attempt anew question call'
    .split(' ')
    .concat(FAULT_NAMES);

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

/** What a conversation is told that takes over from one that is lost. */
const ANEW = /that conversation is lost/;

/**
 * What the markers in a prompt ask for on this attempt, turn by turn: `[[turn]]` ends a turn, `[[attempt:N]]` begins what
 * for attempt N only; what is no marker of ours is passed over. Without markers one plain sentence is understood, that of
 * the quick start ("Create FILE with the single line: TEXT"); other text gives no turns. What is quoted (`> `) was asked before.
 */
export function readScript(text: string, attempt: number): Deed[][] {
  const prompt = text.replaceAll(/^>.*$/gm, '');
  const turns: Deed[][] = [];
  const anew = ANEW.test(prompt);
  let mine = !anew || !prompt.includes('[[anew]]');
  let first = true;
  for (const [, name = '', argument = ''] of prompt.matchAll(MARKER)) {
    if (name === 'attempt') {
      mine = Number(argument) === attempt;
      continue;
    }
    if (name === 'anew') {
      mine = anew;
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
    case 'resolve': {
      const [path = '', content = ''] = parts(argument, 2);
      return { is: 'resolve', path, content };
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
    case 'cost':
      return { is: 'cost', usd: Number(whole) || 0 };
    case 'no-commit':
      return { is: 'no-commit' };
    case 'question':
      return { is: 'call', tool: 'ask_human', arguments: { question: whole } };
    case 'call': {
      const [tool = '', json = ''] = parts(argument, 2);
      return { is: 'call', tool, arguments: objectIn(json) };
    }
    default:
      return fault(name, whole) ?? { is: 'say', text: whole };
  }
}

/** The JSON object in a text; empty if there is none. */
function objectIn(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

function fault(name: string, argument: string): Fault | undefined {
  switch (name) {
    case 'die':
      return { is: 'die', how: argument === 'always' || argument === 'forget' ? argument : 'once' };
    case 'limit':
      return { is: 'limit', ms: (Number(argument) || 60) * 1000 };
    case 'api-error':
      return { is: 'api-error', status: Number(argument) || 529 };
    case 'fault': {
      const [kind = '', status, text = ''] = parts(argument, 3);
      return { is: 'fault', kind, status: Number(status), text };
    }
    case 'warn': {
      const [window = '', utilization, seconds] = parts(argument, 3);
      return { is: 'warn', window, utilization: Number(utilization), ms: Number(seconds) * 1000 };
    }
    case 'flood':
      return { is: 'flood', lines: Number(argument) || 10_000 };
    case 'ask':
      return { is: 'ask', tool: argument || 'WebFetch' };
    case 'hang':
    case 'silent':
    case 'auth-failure':
      return { is: name };
    default:
      return undefined;
  }
}

export const isFault = (one: Deed): one is Fault => FAULT_NAMES.includes(one.is);

/** What cuts a turn short. */
const CUTS: ReadonlySet<string> = new Set('die hang limit api-error auth-failure fault'.split(' '));

const isWork = ({ is }: Deed): boolean =>
  ['write', 'edit', 'bash', 'commit', 'merge', 'resolve', 'say', 'call'].includes(is);

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
  const at = deeds.findIndex(({ is }) => CUTS.has(is));
  return at === -1 ? [...deeds, file] : [...deeds.slice(0, at), file, ...deeds.slice(at)];
}

/**
 * A later prompt on the same branch that the script says nothing about: a conflict is resolved by merging the named commit,
 * otherwise only what is still uncommitted is committed (that needs no deed).
 */
export function correction(prompt: string): Deed[] {
  const commit = otherSide(prompt);
  return commit === undefined || !prompt.includes('(conflict)') ? [] : [{ is: 'merge', commit }];
}

/** The commit that a prompt about what landed meanwhile names. */
const otherSide = (prompt: string): string | undefined =>
  /\((?:conflict|check-failed)\).*?\btarget, commit ([0-9a-f]{40,64})\b/s.exec(prompt)?.[1];

/** The deeds with what the prompt names filled in: a resolution is a merge and then a file. */
export function resolved(deeds: readonly Deed[], prompt: string): Deed[] {
  const commit = otherSide(prompt);
  return deeds.flatMap((one): Deed[] => {
    if (one.is !== 'resolve') return [one];
    const merge: Deed[] = commit === undefined ? [] : [{ is: 'merge', commit }];
    return [...merge, { is: 'write', path: one.path, content: one.content }];
  });
}
