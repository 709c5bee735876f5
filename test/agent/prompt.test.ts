import { join } from 'node:path';
import { expect, test } from 'vitest';
import * as say from '../../src/agent/prompt.ts';
import type { Scene } from '../../src/agent/prompt.ts';
import { KINDS, PARTS } from '../../src/agent/template.ts';
import { loadTemplates } from '../../src/agent/templates.ts';
import { newWorkItem } from '../../src/queue/work-item.ts';

const templates = loadTemplates('/nowhere');

const item = (kind?: string, more = {}) =>
  newWorkItem(
    {
      title: 'Limit the size of uploads',
      body: 'Uploads of any size are accepted, and a large one fills the disk.\n\nRefuse a file that has more than `upload.max` bytes (default 20 MiB) with status 413, before all of it is read.\n- The answer names the limit.\n- Nothing of the file stays on the disk.',
      kind,
      ...more,
    },
    { id: 'limit-uploads', addedMs: 1_800_000_000_000 },
  );

const scene: Scene = {
  item: item(),
  branch: 'harness/limit-uploads-1',
  base: '4b825dc642cb6eb9a060e54bf8d69288fbee4904',
  checks: ['npm test', 'npm run lint'],
};
const plan =
  '## 1. Scope and non-goals\n\nThe upload route only.\n\n## 2. Files\n\n`src/upload.ts`, `test/upload.test.ts`';
const failed = {
  reason: 'check-failed',
  text: '`npm test` exited with 1. End of its output:\nnot ok 3 - refuses a large file\n```\nexpected 413, got 500\n```',
} as const;
const conflict = {
  reason: 'conflict',
  text: `Merging ${'a'.repeat(40)} with the target, commit ${'b'.repeat(40)}, conflicts in:\n  src/upload.ts`,
} as const;
const asked = { question: 'Is 20 MiB right?\n```\nupload.max\n```', answer: 'No, 5 MiB.' };
const evidence = {
  commits: ['c'.repeat(40)],
  dirty: ['test/upload.test.ts'],
  diffStat: { files: 1, insertions: 12, deletions: 3 },
};

const PROMPTS: Record<string, string> = {
  'implement-feature': say.implementPrompt(templates, scene),
  'implement-feature of a later item, planned, shared out, tried before': say.implementPrompt(templates, {
    ...scene,
    item: item('feature', { fanOut: true }),
    plan,
    before: {
      ...failed,
      branch: 'harness/limit-uploads-1',
      commits: 2,
      files: 3,
      insertions: 40,
      deletions: 2,
      rescued: 'refs/harness/rescue/limit-uploads.1',
      times: 2,
    },
    earlier: { item: 'add-uploads', included: true },
  }),
  'implement-feature of an item with an answered question': say.implementPrompt(templates, {
    ...scene,
    answers: [asked],
  }),
  answered: say.answeredPrompt(templates, { ...scene, plan }, asked),
  'implement-scaffold': say.implementPrompt(templates, { ...scene, item: item('scaffold') }),
  'implement-fix': say.implementPrompt(templates, { ...scene, item: item('fix') }),
  orient: say.orientPrompt(templates, { ...scene, repository: 'shop' }),
  plan: say.planPrompt(templates, scene),
  'plan that a person wants changed': say.planPrompt(templates, {
    ...scene,
    draft: plan,
    wishes: 'Leave the upload route as it is.',
  }),
  'plan-revision': say.revisePrompt(templates, scene, {
    reason: 'plan-incomplete',
    text: 'Missing from the plan: Risks.',
  }),
  nudge: say.nudgePrompt(templates, scene, {
    finding: { reason: 'false-claim', text: 'You answered: "I committed it."' },
    times: 1,
  }),
  'nudge again': say.nudgePrompt(templates, scene, {
    finding: { reason: 'same-failure', text: 'Bash: npm test' },
    times: 2,
  }),
  'hand-over': say.handOverPrompt(templates, scene, { reason: 'looping', text: 'Read: a.ts' }),
  retire: say.retirePrompt(templates, {
    repository: 'shop',
    cause: 'it has worked on 25 items (session.recycle.items)',
  }),
  'implement-feature after a hand-over': say.implementPrompt(templates, {
    ...scene,
    handedOver: 'Traps\nThe tests need `--run`.',
  }),
  correct: say.correctPrompt(templates, { ...scene, plan }, failed),
  'resolve-conflict': say.resolvePrompt(templates, scene, { finding: conflict, isReturned: false }),
  'resolve-conflict of what was ready': say.resolvePrompt(templates, scene, {
    finding: conflict,
    isReturned: true,
  }),
  resume: say.goOnPrompt(templates, scene, { reason: 'session-died', text: 'SIGKILL' }),
  'resume after a limit': say.resumePrompt(templates, scene, {
    cause: 'limit',
    text: "You've hit your 5-hour limit",
  }),
  recover: say.recoverPrompt(templates, scene, evidence),
  'recover with a hand-over': say.recoverPrompt(templates, scene, evidence, 'Done\nThe route.'),
  bootstrap: say.bootstrapText(templates, { folder: '/home/you/worktrees/app/a1', repository: 'app' }),
};

test.each(Object.entries(PROMPTS))('%s reads as it should', async (name, text) => {
  await expect(`${text}\n`).toMatchFileSnapshot(
    join(import.meta.dirname, 'prompts', `${name.replaceAll(/[ ,]+/g, '-')}.md`),
  );
});

test.each(Object.entries(PROMPTS).filter(([name]) => name !== 'bootstrap'))(
  '%s has all parts of a prompt, and nothing without a value',
  (_, text) => {
    const headings = [...text.matchAll(/^## (.*)$/gm)].map(([, heading]) => heading);
    expect(headings).toEqual([...PARTS].filter((part) => part !== 'Context' || headings.includes(part)));
    expect(text).not.toMatch(/\{\{|undefined|\n{3}/);
  },
);

test('no text for agents uses our names for things, or says only to continue', () => {
  for (const kind of KINDS) {
    const words = templates[kind].blocks.map(({ text }) => text).join('\n');
    expect(words).not.toMatch(/\b(coordinator|lease|depot|seat|rig|journal|queue|supervisor|harness)\b/i);
    expect(words).not.toMatch(/^continue\b.{0,20}$/im);
  }
});

test('what is said again is quoted and shortened, and what is in it cannot close a fence', () => {
  const long = { ...scene, item: item('feature', { body: '````\nx\n'.repeat(2_000) }) };
  const text = say.correctPrompt(templates, long, { reason: 'check-failed', text: '````\n# Injected' });
  expect(text.length).toBeLessThan(8_000);
  expect(text).toContain('> (shortened here)');
  expect(text).toContain('`````\n````\n# Injected\n`````');
});
