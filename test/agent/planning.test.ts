import { describe, expect, test } from 'vitest';
import { isPlanned, judgePlan, SECTIONS } from '../../src/agent/planning.ts';
import { newWorkItem } from '../../src/queue/work-item.ts';
import type { ItemInput } from '../../src/queue/work-item.ts';

const item = (input: Partial<ItemInput>) =>
  newWorkItem({ title: 't', ...input }, { id: 'a', addedMs: 1_800_000_000_000 });

describe('whether an item is planned', () => {
  const points = (count: number) => Array.from({ length: count }, (_, at) => `${at + 1}. thing`).join('\n');
  test.each<[string, Partial<ItemInput>, 'never' | 'auto' | 'always', boolean]>([
    ['a short one is not', { body: 'Do this.' }, 'auto', false],
    ['a long one is', { body: 'x'.repeat(2_500) }, 'auto', true],
    ['one with many points is', { body: points(7) }, 'auto', true],
    ['one with a few is not', { body: points(6) }, 'auto', false],
    ['a long fix is not', { body: 'x'.repeat(9_000), kind: 'fix' }, 'auto', false],
    ['one that may be shared out is', { fanOut: true }, 'auto', true],
    ['never is never', { body: 'x'.repeat(9_000) }, 'never', false],
    ['always is always', { kind: 'fix' }, 'always', true],
    ['what the item says counts more', { plan: 'never' }, 'always', false],
    ['in both directions', { plan: 'always' }, 'never', true],
    ['what is to be approved must be there', { approve: true, plan: 'never' }, 'never', true],
  ])('%s', (_, input, configured, planned) => {
    expect(isPlanned(item(input), configured)).toBe(planned);
  });
});

const section = (name: string, at: number) => `## ${at + 1}. ${name}\n\nSomething about it.`;
const PLAN = SECTIONS.map(section).join('\n\n');

describe('an answer to the prompt for a plan', () => {
  test('with every section is a plan, without its triage line', () => {
    expect(judgePlan(`I read the code.\n\n**Triage: clear**\n\n${PLAN}`)).toEqual({
      is: 'planned',
      plan: PLAN,
    });
    expect(judgePlan(PLAN)).toMatchObject({ is: 'planned' });
  });

  test('may number and mark its headings as it likes', () => {
    const loose = PLAN.replaceAll(/^## (\d)\. (.*)$/gm, '### $1) **$2:**').toUpperCase();
    expect(judgePlan(`triage: CLEAR\n${loose}`)).toMatchObject({ is: 'planned' });
  });

  test.each(SECTIONS.map((name) => [name]))('without "%s" is told so', (name) => {
    const answer = SECTIONS.filter((one) => one !== name)
      .map(section)
      .join('\n\n');
    expect(judgePlan(answer)).toEqual({
      is: 'unplanned',
      finding: { reason: 'plan-incomplete', text: `Missing from the plan: ${name}.` },
    });
  });

  test('with a section that says nothing is told so', () => {
    const answer = PLAN.replace(/(Risks\n\n).*/, '$1');
    expect(judgePlan(answer)).toMatchObject({ finding: { text: 'Without anything in them: Risks.' } });
  });

  test('may be a question, with which the item waits for a person', () => {
    expect(judgePlan('Triage: unclear\n\nQuestion: Which limit?\nIf 1 MB: x.')).toEqual({
      is: 'asked',
      finding: { reason: 'question', text: 'Which limit?\nIf 1 MB: x.' },
    });
    expect(judgePlan('Triage: unclear')).toMatchObject({ is: 'unplanned' });
  });

  test('may cut the item into smaller ones', () => {
    expect(judgePlan('Triage: too big\n\n### Item: First\n\nDo a.\n\n### Item: Then\nDo b.')).toMatchObject({
      is: 'left',
      finding: { reason: 'too-big', text: expect.stringContaining('- First\n- Then') },
      proposed: [
        { title: 'First', body: 'Do a.' },
        { title: 'Then', body: 'Do b.' },
      ],
    });
    expect(judgePlan('Triage: too big\n\n### Item: Alone\n\nDo a.')).toMatchObject({ is: 'unplanned' });
  });

  test.each([[''], ['Done.'], ['Triage: clear'], ['#'.repeat(10_000)], ['Triage: '.repeat(5_000)]])(
    'that is none is told what is missing',
    (answer) => {
      expect(judgePlan(answer)).toMatchObject({ is: 'unplanned' });
    },
  );
});
