import { safeText } from './text.ts';

/** One argument of a tool; `max` in characters. */
interface Field {
  about: string;
  max: number;
  required?: boolean;
  /** A list of so many texts at most, instead of one text. */
  most?: number;
  /** One of these. */
  oneOf?: readonly string[];
}

interface Tool {
  about: string;
  fields: Readonly<Record<string, Field>>;
}

/** The name of the server, which is part of the names under which agents see its tools. */
const SERVER = 'harness';

const TOOLS = {
  ask_human: {
    about:
      'Ask the person who wants this work item a question that only a person can answer: a decision, a missing fact, a right that you lack. ' +
      'Look into the repository first; do not ask for permission to go on. Put everything you need to know into one question, with what you found ' +
      'and what you would do without an answer. Then end your turn at once: your work is saved as it is, and the answer comes as your next prompt.',
    fields: {
      question: { about: 'The question, complete in itself.', max: 8_000, required: true },
      choices: { about: 'Answers to choose from, the one you would choose first.', max: 300, most: 8 },
    },
  },
  report_progress: {
    about: 'Say in a line what you are doing now, when a longer step begins. It is shown to whoever watches.',
    fields: { text: { about: 'One line.', max: 300, required: true } },
  },
  complete_item: {
    about:
      'Say that you are finished, when everything is committed: what changed, why, and what deserves a look. The commits and the checks decide, not this.',
    fields: {
      summary: { about: 'What changed, why, and what deserves a look.', max: 8_000, required: true },
    },
  },
  propose_item: {
    about:
      'Propose another work item, for what should be done but does not belong to this one. A person decides whether it is done.',
    fields: {
      title: { about: 'What should be done, in a line.', max: 200, required: true },
      body: { about: 'Everything that somebody who was not here must know to do it.', max: 32_000 },
      priority: { about: 'How urgent it is.', max: 10, oneOf: ['urgent', 'high', 'normal', 'low'] },
    },
  },
  note: {
    about:
      'Leave a note for whoever looks at this work item later: a surprise, a risk, a thing you left alone.',
    fields: { text: { about: 'The note.', max: 4_000, required: true } },
  },
} as const satisfies Record<string, Tool>;

type ToolName = keyof typeof TOOLS;

const toolOf = (name: ToolName): Tool => TOOLS[name];
const toolNames = Object.keys(TOOLS) as ToolName[];

/** The names under which the CLI knows the tools, for its list of what is permitted. */
export const permittedNames: readonly string[] = toolNames.map((name) => `mcp__${SERVER}__${name}`);

/** Every call says what it is about: one that comes late must not be taken for one about the next item. */
const ABOUT = {
  item: { type: 'string', description: 'The id of your work item, as in the heading of your prompt.' },
  attempt: {
    type: 'integer',
    description: 'The number at the end of the name of your branch: 3 on harness/<item>-3.',
  },
};

/** The tools as MCP describes them. */
export function toolCards() {
  return toolNames.map((name) => ({
    name,
    description: toolOf(name).about,
    inputSchema: { type: 'object' as const, ...schemaOf(toolOf(name).fields) },
  }));
}

function schemaOf(fields: Tool['fields']) {
  const described = Object.entries(fields).map(([name, { about, max, most, oneOf }]) => {
    const text = { type: 'string', maxLength: max, ...(oneOf && { enum: oneOf }) };
    const whole = most === undefined ? text : { type: 'array', maxItems: most, items: text };
    return [name, { ...whole, description: about }];
  });
  const required = Object.keys(fields).filter((name) => fields[name]?.required);
  return {
    properties: { ...ABOUT, ...(Object.fromEntries(described) as Record<string, object>) },
    required: ['item', 'attempt', ...required],
    additionalProperties: false,
  };
}

/** A call that has the right form. Whether it is about the right thing is not known yet. */
export interface Call {
  tool: ToolName;
  item: string;
  attempt: number;
  /** The texts of its arguments, without control characters; those that were left out are missing. */
  texts: Readonly<Record<string, string>>;
  choices: readonly string[];
}

type Json = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Reads a call, or says what is wrong with it; nothing that comes from an agent's side is believed. */
export function readCall(value: unknown): Call | { wrong: string } {
  if (!isObject(value) || !isObject(value.arguments))
    return { wrong: 'a call is an object with a tool and arguments' };
  const tool = toolNames.find((name) => name === value.tool);
  if (!tool) return { wrong: `there is no such tool; there are ${toolNames.join(', ')}` };
  const { item, attempt, ...given } = value.arguments;
  if (typeof item !== 'string' || item.length > 64)
    return { wrong: 'item: the id of your work item is missing' };
  if (!Number.isSafeInteger(attempt)) return { wrong: 'attempt: the number of your attempt is missing' };
  const { fields } = toolOf(tool);
  const strange = Object.keys(given).find((name) => !Object.hasOwn(fields, name));
  if (strange !== undefined)
    return { wrong: `${safeText(strange, { max: 40 })}: ${tool} has no such argument` };
  const texts: Record<string, string> = {};
  let choices: string[] = [];
  for (const [name, field] of Object.entries(fields)) {
    const wrong = wrongWith(given[name], field);
    if (wrong !== undefined) return { wrong: `${name}: ${wrong}` };
    const read = given[name];
    if (typeof read === 'string') texts[name] = clean(read, field);
    if (Array.isArray(read)) choices = read.map((one) => clean(String(one), field));
  }
  return { tool, item, attempt: attempt as number, texts, choices };
}

const clean = (text: string, { max }: Field): string => safeText(text.trim(), { max, lines: true });

function wrongWith(value: unknown, { required, max, most, oneOf }: Field): string | undefined {
  if (value === undefined) return required ? 'it is missing' : undefined;
  if (most !== undefined) {
    if (!Array.isArray(value) || value.length > most) return `a list of at most ${most} texts`;
    return value.some((one) => typeof one !== 'string' || one.length > max)
      ? `texts of at most ${max} characters`
      : undefined;
  }
  if (typeof value !== 'string') return 'a text';
  if (value.length > max) return `${value.length} characters, at most ${max} are taken; say it shorter`;
  if (required && safeText(value).trim() === '') return 'it is empty';
  return oneOf && !oneOf.includes(value) ? oneOf.join(', ') : undefined;
}

/** What a caller is told. */
export interface Answer {
  ok: boolean;
  text: string;
}
