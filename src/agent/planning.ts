import type { Planning, WorkItem } from '../queue/work-item.ts';
import type { AttemptEvent, Finding, Proposal } from './agent.ts';

/** The numbered sections of every plan. */
export const SECTIONS = [
  'Scope and non-goals',
  'Files',
  'Steps',
  'Failure paths',
  'Verification',
  'Definition of done',
  'Risks',
] as const;

/** The sections as they are asked for. */
export const sectionList = (): string =>
  SECTIONS.map((section, at) => `  - \`## ${at + 1}. ${section}\``).join('\n');

/** From this on an item is taken for one that is better planned: characters of its body, and points that it lists. */
const LONG_CHARACTERS = 2_500;
const MANY_POINTS = 7;

/**
 * Whether an item is planned before it is worked on. `auto`: where a person wants to see the plan, where it may be shared out, and
 * where it is long or lists many things; never for a fix, which begins with the finding.
 */
export function isPlanned(item: WorkItem, configured: Planning): boolean {
  const wanted = item.plan ?? configured;
  if (item.approve) return true;
  if (wanted !== 'auto') return wanted === 'always';
  if (item.kind === 'fix') return false;
  const points = item.body.match(/^\s*(?:[-*]|\d+[.)]) /gm)?.length ?? 0;
  return item.fanOut === true || item.body.length >= LONG_CHARACTERS || points >= MANY_POINTS;
}

/** What the agent's answer to a prompt for a plan comes to. */
type Judged = { is: 'planned'; plan: string } | Extract<AttemptEvent, { is: 'unplanned' | 'asked' | 'left' }>;

/** Reads the triage line and what belongs to it. Pure; what cannot be read is a plan that is not complete. */
export function judgePlan(answer: string): Judged {
  const text = answer.replaceAll('\r\n', '\n').trim();
  const [line = '', triage = ''] = /^\W*triage\W*(clear|unclear|too big)\b.*$/im.exec(text) ?? [];
  const rest = text.slice(text.indexOf(line) + line.length).trim();
  if (/^unclear$/i.test(triage)) {
    const question = rest.replace(/^\W*question:?\W*/i, '').trim();
    if (question !== '') return { is: 'asked', finding: { reason: 'question', text: cut(question) } };
  }
  if (/^too big$/i.test(triage)) return tooBig(rest);
  return complete(triage === '' ? text : rest);
}

const MOST_PROPOSALS = 20;

function tooBig(text: string): Judged {
  const parts = text.split(/^#{2,4} Item:/im).slice(1);
  const proposed = parts.slice(0, MOST_PROPOSALS).flatMap((part): Proposal[] => {
    const [title = '', ...body] = part.trim().split('\n');
    return title.trim() === '' ? [] : [{ title: title.trim().slice(0, 200), body: body.join('\n').trim() }];
  });
  const names = proposed.map(({ title }) => `- ${title}`).join('\n');
  if (proposed.length > 1) {
    const finding: Finding = {
      reason: 'too-big',
      text: `It is too big for one piece of work; proposed instead:\n${names}`,
    };
    return { is: 'left', finding, proposed };
  }
  return unplanned(
    'The item was called too big, but fewer than two items were proposed as `### Item: title` with a text below.',
  );
}

/** A plan has every section, in any order, with something in it. */
function complete(plan: string): Judged {
  const found = new Map<string, string>();
  for (const part of plan.split(/^#{1,6} +/m).slice(1)) {
    const [heading = '', ...body] = part.split('\n');
    found.set(plain(heading), body.join('\n').trim());
  }
  const missing = SECTIONS.filter((section) => !found.has(plain(section)));
  const empty = SECTIONS.filter((section) => found.get(plain(section)) === '');
  if (missing.length + empty.length === 0) return { is: 'planned', plan };
  return unplanned(
    [
      missing.length > 0 && `Missing from the plan: ${missing.join(', ')}.`,
      empty.length > 0 && `Without anything in them: ${empty.join(', ')}.`,
    ]
      .filter(Boolean)
      .join('\n'),
  );
}

const unplanned = (text: string): Judged => ({
  is: 'unplanned',
  finding: { reason: 'plan-incomplete', text },
});

/** A heading without its number, marks and capitals. */
const plain = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/^[\s\d.):*#-]+/, '')
    .replace(/[\s:*#]+$/, '');

const MOST_QUESTION = 4_000;
const cut = (text: string): string =>
  text.length <= MOST_QUESTION ? text : `${text.slice(0, MOST_QUESTION)} …`;
