import { HarnessError } from '../errors.ts';

/** Every text that an agent is given, and the two that go into others: one Markdown file each. */
export const KINDS = [
  'orient',
  'plan',
  'plan-revision',
  'implement-feature',
  'implement-scaffold',
  'implement-fix',
  'correct',
  'nudge',
  'resume',
  'answered',
  'recover',
  'resolve-conflict',
  'hand-over',
  'retire',
  'summarise',
  'fan-out',
  'bootstrap',
] as const;
export type Kind = (typeof KINDS)[number];

/** The parts of a prompt, in this order: what is the case, what is asked, and where it ends. */
export const PARTS = [
  'Context',
  'Contract',
  'This turn only',
  'Expected now',
  'Evidence required now',
  'Shortcuts not acceptable',
  'Stop boundary',
  'Reply',
] as const;

/** What a template may name: what it means is in docs/prompts.md. */
const ITEM = ['id', 'title', 'branch'];
const WORK = [...ITEM, 'base', 'body', 'checks', 'fresh', 'memory', 'plan', 'fan_out'];
const MORE = [...ITEM, 'restated', 'plan', 'checks'];

interface Names {
  must: readonly string[];
  may: readonly string[];
}

const NAMES: Record<Kind, Names> = {
  orient: { must: [], may: ['repository', 'folder', 'checks'] },
  plan: { must: ['body', 'sections'], may: [...WORK, 'wishes', 'observed'] },
  'plan-revision': { must: ['finding', 'sections'], may: [...MORE, 'wishes'] },
  'implement-feature': { must: ['body', 'branch', 'checks'], may: WORK },
  'implement-scaffold': { must: ['body', 'branch', 'checks'], may: WORK },
  'implement-fix': { must: ['body', 'branch', 'checks'], may: WORK },
  correct: { must: ['finding'], may: [...MORE, 'reason', 'expected'] },
  nudge: { must: ['finding'], may: [...MORE, 'reason', 'expected', 'times'] },
  resume: { must: ['cause'], may: [...MORE, 'asked'] },
  answered: { must: ['question', 'answer', 'branch'], may: MORE },
  recover: { must: ['body', 'branch', 'found'], may: [...WORK, 'note'] },
  'resolve-conflict': { must: ['finding'], may: [...MORE, 'reason', 'expected', 'returned'] },
  'hand-over': { must: [], may: [...MORE, 'observed'] },
  retire: { must: [], may: ['repository', 'cause'] },
  summarise: { must: [], may: [...MORE, 'found'] },
  'fan-out': { must: [], may: ['branch'] },
  bootstrap: { must: [], may: ['folder', 'repository'] },
};

/** Every name that some template may use. */
export const everyName = (): string[] => [
  ...new Set(Object.values(NAMES).flatMap(({ must, may }) => [...must, ...may])),
];

/** Not prompts themselves, so without the parts of one. */
const PARTLESS: ReadonlySet<Kind> = new Set(['fan-out', 'bootstrap']);

/** More would fill the conversation with rules instead of work. */
const MOST_CHARACTERS = 16_000;

/** A text with `{{names}}` in it, cut into headings, points of lists and paragraphs. */
export interface Template {
  kind: Kind;
  blocks: readonly Block[];
}

/** All texts for agents. */
export type Templates = Readonly<Record<Kind, Template>>;

interface Block {
  is: 'heading' | 'point' | 'paragraph';
  text: string;
  names: readonly string[];
}

const NAME = /\{\{\s*([^{}]*?)\s*\}\}/g;

/**
 * Reads a template; HarnessError('config') with all that is wrong with it: names that mean nothing there, names and parts that
 * are missing, and its size. `where` is the file for that.
 */
export function parseTemplate(kind: Kind, text: string, where: string): Template {
  const template = { kind, blocks: blocksOf(text) };
  const wrong = faultsOf(template, text);
  if (wrong.length === 0) return template;
  throw new HarnessError('config', wrong.map((what) => `${where}: ${what}`).join('\n'));
}

function faultsOf({ kind, blocks }: Template, text: string): string[] {
  const { must, may } = NAMES[kind];
  const named = new Set(blocks.flatMap(({ names }) => names));
  const known = [...new Set([...must, ...may])].toSorted();
  const headings = blocks.filter(({ is }) => is === 'heading').map((one) => one.text.replace(/^#+ /, ''));
  const parts = PARTLESS.has(kind) ? [] : PARTS;
  return [
    ...(text.trim() === '' ? ['it is empty; remove the file to get the usual text'] : []),
    ...(text.length > MOST_CHARACTERS
      ? [`it has ${text.length} characters, more than the ${MOST_CHARACTERS} allowed`]
      : []),
    ...[...named]
      .filter((name) => !known.includes(name))
      .map((name) => `there is no {{${name}}} in ${kind}; there are ${known.join(', ')}`),
    ...must.filter((name) => !named.has(name)).map((name) => `{{${name}}} is missing; ${kind} needs it`),
    ...parts.filter((part) => !headings.includes(part)).map((part) => `the part "## ${part}" is missing`),
  ];
}

function blocksOf(text: string): Block[] {
  const blocks: Block[] = [];
  let isOpen = false;
  for (const line of text.replaceAll('\r\n', '\n').split('\n')) {
    const is = /^#{1,6} /.test(line) ? 'heading' : /^(?:[-*]|\d+\.) /.test(line) ? 'point' : undefined;
    const last = blocks.at(-1);
    if (line.trim() === '') isOpen = false;
    else if (is === undefined && isOpen && last) last.text += `\n${line}`;
    else blocks.push({ is: is ?? 'paragraph', text: line, names: [] });
    if (line.trim() !== '') isOpen = is !== 'heading';
  }
  return blocks.map((block) => ({ ...block, names: namesIn(block.text) }));
}

const namesIn = (text: string): string[] => [...text.matchAll(NAME)].map(([, name = '']) => name);

/**
 * The text with values for its names. A paragraph or point that names something, but nothing that has a value, is left out; so is
 * a heading with nothing below it. What a value says is never read as a template.
 */
export function render({ blocks }: Template, values: Readonly<Record<string, string>>): string {
  const kept = blocks.filter(({ names }) => names.length === 0 || names.some((name) => values[name]));
  const whole = kept.filter((block, at) => block.is !== 'heading' || !isBare(block, kept[at + 1]));
  return whole
    .map((block, at) => {
      const text = block.text.replaceAll(NAME, (_, name: string) => values[name] ?? '');
      const isListed = block.is === 'point' && whole[at - 1]?.is === 'point';
      return `${at === 0 ? '' : isListed ? '\n' : '\n\n'}${text}`;
    })
    .join('');
}

const levelOf = ({ text }: Block): number => text.indexOf(' ');

/** Whether nothing stands below a heading: the next block is a heading that is not below it, or there is none. */
const isBare = (heading: Block, next: Block | undefined): boolean =>
  next === undefined || (next.is === 'heading' && levelOf(next) <= levelOf(heading));
