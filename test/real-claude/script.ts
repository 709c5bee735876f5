/**
 * What the loopback Messages API answers is written into the prompt, as markers:
 *
 *   [[text:done]] [[think:hm]] [[bash:make test]] [[write:a.txt|one\ntwo]] [[edit:a.txt|one|1]] [[commit:Say what]]
 *   [[tool:mcp__x__y|{}]]    any other tool, with its arguments as JSON
 *   [[next]]                 the reply ends here; what follows answers the results of its tools
 *   [[turn]]                 the turn ends here; what follows answers the next prompt
 *   [[work]]                 what is before it answers the prompt for a plan, what follows all others
 *   [[delay:500]]            milliseconds before the reply
 *   [[status:529 x2]]        this HTTP error, twice, before the reply; without a number for ever
 *   [[header:retry-after=2]] a header of that error
 *
 * `\n` in an argument is a newline; an argument cannot contain `]]`. Nothing is remembered about a conversation: a
 * client sends all of it every time, and the step is found by counting, so resumed and repeated ones go on where they were.
 */

export type Content =
  | { type: 'text'; text: string }
  | { type: 'thinking'; thinking: string }
  | { type: 'tool_use'; name: string; input: Record<string, unknown> };

export interface Step {
  content: Content[];
  delayMs: number;
  failure?: { status: number; times: number };
  headers: Record<string, string>;
}

/** A message as the client sends it, as far as it is read here. */
export interface Message {
  role: string;
  content: string | { type: string; text?: string }[];
}

const MARKER = /\[\[([a-z]+)(?::([\s\S]*?))?\]\]/g;

const newStep = (): Step => ({ content: [], delayMs: 0, headers: {} });

const unescaped = (text: string): string => text.replaceAll(String.raw`\n`, '\n');

/** The turns of a script, each a list of steps; undefined for a text without markers. */
export function parseScript(text: string): Step[][] | undefined {
  const [plan = '', work] = text.split('[[work]]');
  const mine = work === undefined || text.startsWith('# Plan for work item') ? plan : work;
  // What is quoted was asked before.
  const markers = [...mine.replaceAll(/^>.*$/gm, '').matchAll(MARKER)];
  if (markers.length === 0) return undefined;
  let step = newStep();
  const turns: [Step[], ...Step[][]] = [[step]];
  for (const [, name = '', argument = ''] of markers) {
    if (name === 'turn') turns.push([]);
    if (name === 'turn' || name === 'next') turns.at(-1)?.push((step = newStep()));
    else apply(step, name, argument);
  }
  return turns;
}

/** Adds one marker to a step; markers that mean nothing here are left to others. */
function apply(step: Step, name: string, argument: string): void {
  const [first = '', ...more] = argument.split('|').map(unescaped);
  const use = (tool: string, input: Record<string, unknown>): void => {
    step.content.push({ type: 'tool_use', name: tool, input });
  };
  const bash = (command: string): void => use('Bash', { command, description: 'as scripted' });
  if (name === 'text') step.content.push({ type: 'text', text: unescaped(argument) });
  if (name === 'think') step.content.push({ type: 'thinking', thinking: unescaped(argument) });
  if (name === 'bash') bash(unescaped(argument));
  if (name === 'commit')
    bash(`git add -A && git commit -qm '${unescaped(argument).replaceAll("'", String.raw`'\''`)}'`);
  if (name === 'write') use('Write', { file_path: first, content: more.join('|') });
  if (name === 'edit')
    use('Edit', { file_path: first, old_string: more[0], new_string: more.slice(1).join('|') });
  if (name === 'tool') use(first, JSON.parse(more.join('|')) as Record<string, unknown>);
  if (name === 'delay') step.delayMs = Number(argument);
  if (name === 'status') {
    const [status = '', times] = argument.split(' x');
    step.failure = { status: Number(status), times: Number(times ?? Infinity) };
  }
  if (name === 'header')
    step.headers[argument.split('=')[0] ?? ''] = argument.slice(argument.indexOf('=') + 1);
}

const blocksOf = ({ content }: Message): { type: string; text?: string }[] =>
  typeof content === 'string' ? [{ type: 'text', text: content }] : content;

const textsOf = (message: Message): string[] => blocksOf(message).flatMap(({ text }) => text ?? []);

/** The client puts reminders of its own into user messages, and joins the prompts of failed turns into one of them. */
const isPrompt = (message: Message): boolean =>
  message.role === 'user' &&
  !blocksOf(message).some(({ type }) => type === 'tool_result') &&
  textsOf(message).some((text) => !text.startsWith('<system-reminder>'));

const scriptOf = (message: Message): string | undefined =>
  textsOf(message).findLast((text) => parseScript(text) !== undefined);

/**
 * The step that answers a conversation, with a name under which its failures are counted; undefined where no script
 * says anything (any more). A script of one turn goes on over later prompts ("continue"), one of several moves on with them.
 */
export function chooseStep(messages: readonly Message[]): { step: Step; name: string } | undefined {
  const scripted = messages.findLastIndex(
    (message) => message.role === 'user' && scriptOf(message) !== undefined,
  );
  const script = messages[scripted] && scriptOf(messages[scripted]);
  const turns = script === undefined ? undefined : parseScript(script);
  if (turns === undefined) return undefined;
  const later = messages.slice(scripted + 1);
  const prompts = later.filter(isPrompt).length;
  const newest = turns.length > 1 ? later.slice(later.findLastIndex(isPrompt) + 1) : later;
  const answers = newest.filter(({ role }) => role === 'assistant').length;
  const turn = turns.length > 1 ? prompts : 0;
  const step = turns[turn]?.[answers];
  return step && { step, name: `${script} ${turn}.${answers}` };
}
