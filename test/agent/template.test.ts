import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { everyName, KINDS, parseTemplate, PARTS, render } from '../../src/agent/template.ts';
import type { Kind } from '../../src/agent/template.ts';
import { loadTemplates } from '../../src/agent/templates.ts';

const HANDED_OVER = PARTS.map((part) => `## ${part}\n\nText.\n`).join('\n');
const parse = (text: string, kind: Kind = 'hand-over') => parseTemplate(kind, text, 'x.md');

describe('a template', () => {
  const template = (text: string) => parse(`${HANDED_OVER}\n# Tail\n\n${text}`);
  const tail = (text: string, values: Record<string, string>) =>
    render(template(text), values).split('# Tail\n\n')[1];

  test('gets its values, and what a value says is never read as a template', () => {
    expect(tail('On {{ branch }} of {{id}}.', { branch: '{{id}} $1 $&', id: 'a' })).toBe(
      'On {{id}} $1 $& of a.',
    );
  });

  test('loses paragraphs and points whose names have no value, and headings with nothing below', () => {
    const text =
      'Before.\n\nThese:\n{{checks}}\n\n- {{plan}}\n- one\n- two {{id}}\n\n## Bare\n\n{{observed}}\n\n## End\n\nEnd.';
    expect(tail(text, { id: 'x' })).toBe('Before.\n\n- one\n- two x\n\n## End\n\nEnd.');
    expect(tail(text, { checks: 'c', observed: 'o' })).toContain('These:\nc\n\n- one\n\n## Bare\n\no');
  });

  test('keeps a heading that has only headings below it', () => {
    expect(tail('## One\n\n### Two\n\nText.', {})).toBe('## One\n\n### Two\n\nText.');
  });
});

describe('what is wrong with a template is said', () => {
  test.each<[string, Kind, string, string]>([
    [
      'an unknown name',
      'hand-over',
      `${HANDED_OVER}\n{{brunch}}`,
      'there is no {{brunch}} in hand-over; there are branch, ',
    ],
    [
      'a name of another kind',
      'hand-over',
      `${HANDED_OVER}\n{{finding}}`,
      'there is no {{finding}} in hand-over',
    ],
    ['a name that must be there', 'correct', HANDED_OVER, '{{finding}} is missing; correct needs it'],
    [
      'a part that is missing',
      'hand-over',
      HANDED_OVER.replace('## Stop boundary', '## Stop'),
      'the part "## Stop boundary" is missing',
    ],
    ['emptiness', 'bootstrap', '\n', 'it is empty'],
    ['size', 'bootstrap', 'x'.repeat(16_001), 'it has 16001 characters, more than the 16000 allowed'],
  ])('%s', (_, kind, text, what) => {
    expect(() => parse(text, kind)).toThrow(`x.md: ${what}`);
  });

  test('all of it at once', () => {
    expect(() => parse('{{a}}', 'correct')).toThrow(/\{\{a\}\}(.*\n)+.*finding(.*\n)+.*Context/);
  });
});

test('every name and every file is explained in the documents', () => {
  const text = readFileSync(join(import.meta.dirname, '../../docs/prompts.md'), 'utf8');
  for (const kind of KINDS) expect(text).toContain(`\`${kind}.md\``);
  for (const name of everyName()) expect(text).toContain(`\`{{${name}}}\``);
});

describe('the texts of a home', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'templates-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test('are those of the program, each in a file of its own', () => {
    expect(Object.keys(loadTemplates(join(folder, 'none')))).toEqual([...KINDS]);
    const own = readdirSync(join(import.meta.dirname, '../../src/agent/prompts'));
    expect(own.toSorted()).toEqual(KINDS.map((kind) => `${kind}.md`).toSorted());
  });

  test('are replaced one by one', () => {
    writeFileSync(join(folder, 'bootstrap.md'), 'Be kind in {{folder}}.');
    const templates = loadTemplates(folder);
    expect(render(templates.bootstrap, { folder: '/x' })).toBe('Be kind in /x.');
    expect(templates.correct.blocks.length).toBeGreaterThan(10);
  });

  test('are refused with file and reason', () => {
    writeFileSync(join(folder, 'nudge.md'), 'Continue.');
    expect(() => loadTemplates(folder)).toThrow(`${join(folder, 'nudge.md')}: {{finding}} is missing`);
    rmSync(join(folder, 'nudge.md'));
    mkdirSync(join(folder, 'nudge.md'));
    expect(() => loadTemplates(folder)).toThrow(/nudge\.md/);
  });
});
