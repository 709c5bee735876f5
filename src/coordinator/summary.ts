import { join } from 'node:path';
import type { Outcome } from '../agent/outcome.ts';
import { replaceFile } from '../durable.ts';
import { messageOf } from '../errors.ts';
import { answersTo } from '../queue/question.ts';
import type { Answered } from '../queue/question.ts';
import type { AttemptRecord } from '../queue/records.ts';
import { saidIn } from '../queue/reports.ts';
import type { Said } from '../queue/reports.ts';
import type { WorkItem } from '../queue/work-item.ts';
import { redact } from '../secrets.ts';
import { safeText } from '../text.ts';
import { madeIn } from '../worktree/made.ts';
import type { RigWorks, Run } from './run.ts';

/** What a summary is made of: facts first, the agent's words second. */
export interface Facts {
  item: WorkItem;
  /** The attempt that ended it. */
  record: AttemptRecord;
  /** All attempts, this one included, oldest first. */
  records: readonly AttemptRecord[];
  answers: readonly Answered[];
  said: readonly Said[];
  /** The commands that had to succeed on the merged result. */
  checks: readonly string[];
}

/** Notes in the record what git says was made; what it cannot say is left out. */
export async function noteMade(works: RigWorks, record: AttemptRecord, outcome: Outcome): Promise<void> {
  const { base, branch } = record;
  try {
    const to = await works.depot.resolve(`refs/heads/${branch}`);
    if (base === undefined || to === undefined || to === base) return;
    const ready = outcome.is === 'ready' ? outcome.work : undefined;
    // What is ready is compared with the target that it was merged with: that is what the landing changes.
    const tree = ready ? { from: ready.target, to: ready.merge } : { from: base, to };
    const made = await madeIn(works.depot.gitDir, { commits: { from: base, to }, tree });
    if (made) record.made = made;
  } catch (error) {
    record.made = { commits: [], files: 0, added: 0, removed: 0, paths: [], unknown: messageOf(error) };
  }
}

/** Leaves `summary.md` with the attempt that finished an item. A disk that is full costs the summary, not the item. */
export function keepSummary(
  run: Run,
  works: RigWorks | undefined,
  item: WorkItem,
  record: AttemptRecord,
): void {
  const { queue } = run;
  try {
    const folder = queue.attemptFolder(item.id, record.attempt, record.run);
    const checks = [...(works?.rig.checks ?? []), ...item.checks];
    const records = queue.records(item.id);
    const said = saidIn(queue, item.id, record.attempt);
    const text = summaryText({ item, record, records, answers: answersTo(queue, item.id), said, checks });
    replaceFile(join(folder, 'summary.md'), redact(text));
  } catch (error) {
    run.note(`no summary of ${item.id}: ${messageOf(error)}`);
  }
}

/** The summary as Markdown. What others wrote is quoted or in code, so that it is no part of its own structure. */
export function summaryText(facts: Facts): string {
  const { item, record } = facts;
  const parts: [heading: string, lines: string[]][] = [
    ['What changed', changed(record.made)],
    ['Why', [quoted(item.body.trim() || item.title, 2_000)]],
    ['Evidence', evidence(facts)],
    ['Cost', [cost(facts)]],
    ['What to look at', lookAt(facts)],
    ["The agent's words", words(facts)],
  ];
  const shown = parts.filter(([, lines]) => lines.length > 0);
  return [
    `# ${item.id}: ${item.title}`,
    outcomeLine(record),
    ...shown.map(([heading, lines]) => `## ${heading}\n\n${lines.join('\n')}`),
  ]
    .join('\n\n')
    .concat('\n');
}

function outcomeLine({ landed, reason, attempt, agent, rig, branch, endedAt }: AttemptRecord): string {
  const how =
    landed === undefined ? `**Not done** (${reason ?? 'unknown'})` : `**Landed** as ${code(landed)}`;
  const when = endedAt === undefined ? '' : ` at ${endedAt}`;
  return `${how}${when}, by ${agent} in attempt ${attempt} on ${code(branch)}${rig === undefined ? '' : `, rig ${rig}`}.`;
}

function changed(made: AttemptRecord['made']): string[] {
  if (!made) return ['Nothing was committed.'];
  if (made.unknown !== undefined) return [`Git could not say it: ${code(made.unknown)}`];
  const commits = made.commits.map(({ id, subject }) => `- ${code(id.slice(0, 12))} ${code(subject)}`);
  const paths = made.paths.map(({ path, added, removed }) => `- ${code(path)} +${added} −${removed}`);
  const more = made.files - made.paths.length;
  return [
    ...commits,
    '',
    `${made.files} files, ${made.added} lines in, ${made.removed} lines out:`,
    '',
    ...paths,
    ...(more > 0 ? [`- and ${more} more`] : []),
  ];
}

function evidence({ record, checks, records }: Facts): string[] {
  const passed = record.landed !== undefined || record.work !== undefined;
  const merged =
    record.work && ` (${code(record.work.merge.slice(0, 12))} on ${code(record.work.target.slice(0, 12))})`;
  const failed = records.filter((one) => one.charged).length;
  return [
    ...(passed && checks.length > 0
      ? [`These commands succeeded on the merged result${merged ?? ''}:`, '']
      : []),
    ...(passed ? checks.map((check) => `- ${code(check)}`) : []),
    ...(passed && checks.length === 0
      ? ['No commands had to succeed: only the commits and the clean tree are proven.']
      : []),
    ...(passed || record.finding === undefined
      ? []
      : ['What was observed last:', '', quoted(record.finding, 4_000)]),
    ...(record.rescued === undefined ? [] : ['', `Uncommitted work is kept as ${code(record.rescued)}.`]),
    ...(records.length > 1 ? ['', `${records.length} attempts, ${failed} of them charged to the item.`] : []),
  ];
}

function cost({ records }: Facts): string {
  const turns = records.reduce((all, { turns: ended = [] }) => all + ended.length, 0);
  const usd = records.reduce((all, { costUsd = 0 }) => all + costUsd, 0);
  const first = records[0]?.startedAt;
  const last = records.at(-1)?.endedAt;
  const ms = first === undefined || last === undefined ? Number.NaN : Date.parse(last) - Date.parse(first);
  const lasted = Number.isFinite(ms)
    ? `, ${Math.max(1, Math.round(ms / 60_000))} minutes from the first attempt to the end`
    : '';
  return `$${usd.toFixed(2)} for ${turns} turns${lasted}.`;
}

/** What deserves a person's eye, by what is known. */
function lookAt({ record, records, answers, said, checks }: Facts): string[] {
  const { made } = record;
  const isTested = made?.paths.some(({ path }) => /(?:^|[/._-])(?:tests?|specs?)(?:[/._-]|$)/i.test(path));
  const proposals = said.filter(({ tool }) => tool === 'propose_item');
  return [
    ...(made && made.files > 0 && !isTested ? ['- No test is among the files that changed most.'] : []),
    ...(made && made.added + made.removed > 1_000 ? ['- It is a large change.'] : []),
    ...(checks.length === 0 ? ['- The rig and the item have no checks.'] : []),
    ...records
      .filter(({ charged, finding }) => charged && finding !== undefined)
      .map(({ attempt, reason }) => `- Attempt ${attempt} failed (${reason ?? 'unknown'}).`),
    ...answers.map(
      ({ question, answer }) =>
        `- A person was asked ${code(question.question)} and answered ${code(answer.answer)}.`,
    ),
    ...proposals.map(({ text }) => `- It proposed ${code(text)}.`),
  ];
}

function words({ record, said }: Facts): string[] {
  const told = said.filter(({ tool }) => tool === 'complete_item' || tool === 'note');
  const all = [...told.map(({ text }) => text), ...(record.words === undefined ? [] : [record.words])];
  if (all.length === 0) return [];
  return [
    'What the agent says of its work; nobody has checked it.',
    '',
    all.map((text) => quoted(text, 4_000)).join('\n\n'),
  ];
}

const quoted = (text: string, max: number): string =>
  safeText(text, { max, lines: true }).replaceAll(/^/gm, '> ').replaceAll(/ +$/gm, '');

/** A text as code in a line. */
function code(text: string): string {
  const line = safeText(text, { max: 300 }).trim();
  const ticks = '`'.repeat(Math.max(0, ...(line.match(/`+/g) ?? []).map((run) => run.length)) + 1);
  return ticks.length > 1 ? `${ticks} ${line} ${ticks}` : `\`${line}\``;
}
