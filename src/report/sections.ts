import { numberLines } from '../coordinator/numbers.ts';
import { safeText } from '../text.ts';
import { lasting, many, money } from '../words.ts';
import type { Failed } from './outcomes.ts';
import type { Report } from './report.ts';
import { sparkline } from './sparkline.ts';
import type { Share } from './spend.ts';
import { changeWords, figuresOf, moment, nameOf, restartWords, waitedWords } from './words.ts';

/** A part of the report for a terminal: rows of aligned columns, or lines that stand for themselves. */
export interface Section {
  heading: string;
  rows?: readonly (readonly string[])[];
  lines?: readonly string[];
}

/** The report for a terminal, what needs a person first; everything in it is safe to print. */
export function sectionsOf(report: Report, { ascii = false } = {}): Section[] {
  const { home, from, to, isRunning, landed, failed, slowest, limits, restarts, anomalies } = report;
  const sections: Section[] = [
    {
      heading: `${nameOf(home)}, ${moment(from)} to ${moment(to)}${isRunning ? ', still running' : ''}`,
      lines: [
        figuresOf(report)
          .map(({ number, word }) => `${number} ${word}`)
          .join('   '),
      ],
    },
    {
      heading: 'Waits for you',
      rows: report.waiting.map(({ what, why, command }) => [cut(what), cut(why), command]),
    },
    { heading: 'Course', rows: courseRows(report, ascii), lines: numberLines(report.numbers) },
    {
      heading: 'Landed',
      rows: landed.map((one) => [
        one.id,
        one.commit.slice(0, 10),
        changeWords(one.change),
        money(one.costUsd),
        many(one.attempts, 'attempt'),
        lasting(one.tookMs),
        one.title,
      ]),
    },
    { heading: 'Failed', lines: failed.flatMap(failedLines) },
    { heading: 'Spend', rows: spendRows(report) },
    {
      heading: 'Slowest steps',
      rows: slowest.map(({ ms, isOpen, phase, item, attempt, agent }) => [
        lasting(ms) + (isOpen ? ' so far' : ''),
        phase,
        item,
        `attempt ${attempt}`,
        agent,
      ]),
    },
    {
      heading: 'Limits',
      rows: limits.map(({ at, text, waitedMs }) => [moment(at), waitedWords(waitedMs), text]),
    },
    { heading: 'Restarts', lines: restartWords(restarts) },
    { heading: 'Worth a look', lines: anomalies },
  ];
  return sections
    .filter(({ rows = [], lines = [] }) => rows.length + lines.length > 0)
    .map(({ heading, rows = [], lines = [] }) => ({
      heading: safeText(heading),
      rows: rows.map((row) => row.map((text) => safeText(text))),
      lines: lines.map((line) => safeText(line)),
    }));
}

/** So that the command stays in sight. */
const WIDEST = 44;
const cut = (text: string): string => safeText(text, { max: WIDEST });

function courseRows({ course }: Report, ascii: boolean): string[][] {
  const { landed, costUsd, stepMs, from } = course;
  const since = `each sign ${lasting(stepMs * Math.max(1, Math.ceil(landed.length / WIDTH)))} from ${moment(from).slice(11)}`;
  const all = landed.reduce((sum, one) => sum + one, 0);
  const spent = costUsd.reduce((sum, one) => sum + one, 0);
  return [
    ...(all === 0 ? [] : [['landed', `[${sparkline(landed, { width: WIDTH, ascii })}]`, since]]),
    ...(spent === 0 ? [] : [['spend', `[${sparkline(costUsd, { width: WIDTH, ascii })}]`, since]]),
  ];
}

const WIDTH = 24;
const EVIDENCE_LINES = 6;

function failedLines({ id, title, reason, evidence, branch, rescued, costUsd, attempts }: Failed): string[] {
  const end = evidence.trim().split('\n').slice(-EVIDENCE_LINES);
  const where = [
    ...(branch === undefined ? [] : [`its work is on ${branch}`]),
    ...(rescued === undefined ? [] : [`uncommitted work in ${rescued}`]),
  ];
  return [
    `${id}  ${title}`,
    `  ${reason} after ${many(attempts, 'attempt')}, ${money(costUsd)}`,
    ...(where.length === 0 ? [] : [`  ${where.join(', ')}`]),
    ...end.filter((line) => line.trim() !== '').map((line) => `  | ${line}`),
  ];
}

const MOST_ITEMS = 5;

function spendRows({ spend }: Report): string[][] {
  const { items, agents, models } = spend;
  if (spend.totalUsd === 0) return [];
  return [...models, ...agents, ...items.slice(0, MOST_ITEMS)].map(shareRow);
}

const shareRow = ({ name, costUsd, turns }: Share): string[] => [name, money(costUsd), many(turns, 'turn')];
