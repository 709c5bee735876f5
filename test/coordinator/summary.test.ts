import { expect, test } from 'vitest';
import { summaryText } from '../../src/coordinator/summary.ts';
import type { Facts } from '../../src/coordinator/summary.ts';
import { newWorkItem } from '../../src/queue/work-item.ts';

const item = newWorkItem(
  {
    title: 'Limit uploads',
    body: 'A large file fills the disk.\n\n# Not a heading of ours',
    checks: ['npm test'],
  },
  { id: 'limit-uploads', addedMs: 1_800_000_000_000 },
);
const record = {
  format: 1 as const,
  item: item.id,
  attempt: 2,
  run: 'r1',
  agent: 'a1',
  rig: 'web',
  branch: 'harness/limit-uploads-2',
  startedAt: '2027-01-15T10:00:00.000Z',
  endedAt: '2027-01-15T10:30:00.000Z',
  costUsd: 0.25,
  turns: [{ session: 's', uuids: ['u'], end: 'answered', at: '2027-01-15T10:20:00.000Z' }],
  made: {
    commits: [{ id: 'c'.repeat(40), subject: 'Refuse `large` files\u001b[31m' }],
    files: 41,
    added: 1_200,
    removed: 3,
    paths: [{ path: 'src/up|load.ts', added: 1_200, removed: 3 }],
  },
  words: 'Done.\n## Evidence\n\nTrust me.',
};
const failed = {
  ...record,
  attempt: 1,
  startedAt: '2027-01-15T09:00:00.000Z',
  charged: true,
  reason: 'check-failed',
  finding: '`npm test` exited with 1',
};
const facts: Facts = {
  item,
  record: {
    ...record,
    landed: 'd'.repeat(40),
    work: { commit: 'c'.repeat(40), target: 'e'.repeat(40), merge: 'f'.repeat(40) },
  },
  records: [failed, record],
  answers: [
    {
      question: {
        format: 1,
        item: item.id,
        attempt: 1,
        run: 'r1',
        agent: 'a1',
        question: 'How large?',
        choices: [],
        askedAt: '',
      },
      answer: { format: 1, answer: '5 MiB', answeredAt: '' },
    },
  ],
  said: [
    { at: '1', tool: 'note', text: 'The old limit was never read.' },
    { at: '2', tool: 'propose_item', text: 'pabc: Tidy up' },
  ],
  checks: ['npm test'],
};

test('what landed: facts first, the words of the agent last and quoted', () => {
  expect(summaryText(facts)).toMatchInlineSnapshot(`
    "# limit-uploads: Limit uploads

    **Landed** as \`dddddddddddddddddddddddddddddddddddddddd\` at 2027-01-15T10:30:00.000Z, by a1 in attempt 2 on \`harness/limit-uploads-2\`, rig web.

    ## What changed

    - \`cccccccccccc\` \`\` Refuse \`large\` files \`\`

    41 files, 1200 lines in, 3 lines out:

    - \`src/up|load.ts\` +1200 −3
    - and 40 more

    ## Why

    > A large file fills the disk.
    >
    > # Not a heading of ours

    ## Evidence

    These commands succeeded on the merged result (\`ffffffffffff\` on \`eeeeeeeeeeee\`):

    - \`npm test\`

    2 attempts, 1 of them charged to the item.

    ## Cost

    $0.50 for 2 turns, 90 minutes from the first attempt to the end.

    ## What to look at

    - No test is among the files that changed most.
    - It is a large change.
    - Attempt 1 failed (check-failed).
    - A person was asked \`How large?\` and answered \`5 MiB\`.
    - It proposed \`pabc: Tidy up\`.

    ## The agent's words

    What the agent says of its work; nobody has checked it.

    > The old limit was never read.

    > Done.
    > ## Evidence
    >
    > Trust me.
    "
  `);
});

test('what failed: why, and that nothing was committed', () => {
  const { made: _, words: __, ...bare } = failed;
  const text = summaryText({
    ...facts,
    record: { ...bare, rescued: 'refs/harness/rescue/x.1' },
    records: [bare],
    said: [],
    answers: [],
    checks: [],
  });
  expect(text).toMatchInlineSnapshot(`
    "# limit-uploads: Limit uploads

    **Not done** (check-failed) at 2027-01-15T10:30:00.000Z, by a1 in attempt 1 on \`harness/limit-uploads-2\`, rig web.

    ## What changed

    Nothing was committed.

    ## Why

    > A large file fills the disk.
    >
    > # Not a heading of ours

    ## Evidence

    What was observed last:

    > \`npm test\` exited with 1

    Uncommitted work is kept as \`refs/harness/rescue/x.1\`.

    ## Cost

    $0.25 for 1 turns, 90 minutes from the first attempt to the end.

    ## What to look at

    - The rig and the item have no checks.
    - Attempt 1 failed (check-failed).
    "
  `);
});

test('no text of others becomes a heading, a link or a control of a terminal', () => {
  const evil = '# x\n\n](javascript:1) `` ` `` <script>\u001b]0;x\u0007';
  const text = summaryText({
    ...facts,
    item: { ...item, body: evil },
    record: { ...facts.record, words: evil, made: { ...record.made, commits: [{ id: 'c', subject: evil }] } },
  });
  expect(text.match(/^#.*$/gm)).toEqual([
    '# limit-uploads: Limit uploads',
    '## What changed',
    '## Why',
    '## Evidence',
    '## Cost',
    '## What to look at',
    "## The agent's words",
  ]);
  expect(text).not.toContain('\u001b');
});
