import type { Deed } from './script.ts';

/** The sections that a plan is asked for, in the prompt itself. */
const ASKED_SECTION = /`(## \d+\. [^`]+)`/g;

/** `[[plan-NAME:argument]]`: what the stand-in does when it is asked for a plan; the rest of the script is for the work. */
const MARKER = /\[\[plan-(unclear|too-big|without|writes)(?::([^\]]*))?\]\]/g;

/**
 * What is done on a prompt that is not for the work itself: getting to know the repository, a plan, a hand-over. Undefined for all
 * others. A plan has every section that is asked for, but for the one after `[[plan-without:...]]`.
 */
export function aside(prompt: string): Deed[] | undefined {
  if (/^# (?:Plan for|Revise the plan for) work item /.test(prompt)) return planned(prompt);
  if (prompt.startsWith('# Get to know this repository')) return [{ is: 'say', text: 'I looked around.' }];
  if (prompt.startsWith('# Hand over to the session after you'))
    return [{ is: 'say', text: 'Traps\nMind the gap.' }];
  if (prompt.startsWith('# Hand over work item '))
    return [{ is: 'say', text: 'Done\nNothing.\n\nOpen\nAll of it.' }];
  return undefined;
}

function planned(prompt: string): Deed[] {
  const deeds: Deed[] = [];
  let text = '';
  let without = '';
  for (const [, name, argument = ''] of prompt.replaceAll(/^>.*$/gm, '').matchAll(MARKER)) {
    if (name === 'writes') deeds.push({ is: 'write', path: argument, content: 'too early\n' });
    if (name === 'without') without = argument;
    if (name === 'unclear') text = `Triage: unclear\n\nQuestion: ${argument}`;
    if (name === 'too-big')
      text = `Triage: too big\n\n${argument
        .split('|')
        .map((title) => `### Item: ${title}\n\nDo ${title}.`)
        .join('\n\n')}`;
  }
  const sections = [...prompt.matchAll(ASKED_SECTION)].map(([, heading = '']) => heading);
  const kept = sections.filter((heading) => without === '' || !heading.endsWith(without));
  const plan = kept.map((heading) => `${heading}\n\nAs the item says.`).join('\n\n');
  return [...deeds, { is: 'say', text: text || `Triage: clear\n\n${plan}` }];
}
