import { numbersOf } from '../coordinator/numbers.ts';
import type { Numbers } from '../coordinator/numbers.ts';
import { FAULTS, SCALE } from './course.ts';
import type { Fault, SoakOptions } from './course.ts';
import { invariantsOf, setsOf } from './invariants.ts';
import type { Invariant, Sets } from './invariants.ts';
import { growthsOf } from './measures.ts';
import type { Growth } from './slope.ts';
import type { Soaked } from './soak.ts';

/** Where and of what a soak was made. */
export interface Setting extends SoakOptions {
  machine: string;
  /** ISO 8601. */
  at: string;
  version: string;
  /** What this machine does not allow, or is not done on it, and why. */
  without: readonly string[];
  leak: number;
}

/** A soak and what it shows, as plain values: what `harness soak --json` prints. */
export interface SoakReport {
  format: 1;
  passed: boolean;
  setting: Setting;
  hours: number;
  items: number;
  turns: number;
  coordinators: number;
  fronts: number;
  faults: Partial<Record<Fault, { done: number; not: number }>>;
  finishedInMs: number | undefined;
  tookMs: number;
  sets: Sets;
  invariants: Invariant[];
  growths: Growth[];
  refs: { first: number; last: number };
  stateBytes: number;
  numbers: Numbers;
  doesNotProve: readonly string[];
}

/** What a compressed day says nothing of. */
const DOES_NOT_PROVE = [
  'anything of the real CLI and the real API: their memory, their limits, tokens that expire, what a model does',
  'what only time brings: connections that die idle, memory that fragments over hours, a machine that sleeps, a nightly cron',
  'a power cut: processes were killed, the disk was not (test/queue simulates that)',
  'other file systems, other systems than Linux, larger repositories',
] as const;

/** Judges a soak. */
export function reportOf(soaked: Soaked, setting: Setting): SoakReport {
  const { evidence, samples, looks, faults, finishedInMs, fronts, tookMs } = soaked;
  const sets = setsOf(evidence);
  const invariants = invariantsOf(evidence);
  const growths = growthsOf({ samples, looks });
  const numbers = numbersOf(evidence.events);
  const passed =
    finishedInMs !== undefined &&
    Object.values(sets).every((set) => set.length === 0) &&
    invariants.every(({ broken }) => broken.length === 0) &&
    growths.every(({ verdict }) => verdict !== 'exceeded');
  return {
    format: 1,
    passed,
    setting,
    hours: (setting.minutes * SCALE) / 60,
    items: evidence.added.length,
    turns: numbers.turns,
    coordinators: evidence.events.filter(({ is }) => is === 'run-started').length,
    fronts,
    faults,
    finishedInMs,
    tookMs,
    sets,
    invariants,
    growths,
    refs: { first: looks[0]?.refs ?? 0, last: looks.at(-1)?.refs ?? 0 },
    stateBytes: evidence.bytes.state,
    numbers,
    doesNotProve: DOES_NOT_PROVE,
  };
}

const number = (value: number | undefined): string => {
  if (value === undefined) return '?';
  const size = Math.abs(value);
  if (size >= 1 << 20) return `${(value / (1 << 20)).toFixed(1)} MiB`;
  if (size >= 10_240) return `${(value / 1024).toFixed(0)} KiB`;
  return size >= 100 || Number.isInteger(value) ? value.toFixed(0) : value.toFixed(2);
};

const seconds = (ms: number) => `${Math.round(ms / 1000)} s`;
const setLine = (name: string, ids: readonly string[]) =>
  `- ${name}: ${ids.length === 0 ? 'none' : ids.slice(0, 10).join(', ')}`;

function growthLine({ measure, perDay, day, least, most, verdict, unit, slope }: Growth): string {
  const from = unit === 'B' || unit === '' ? '' : ` ${unit}`;
  const says = verdict === 'unknown' ? 'says nothing' : verdict;
  return `| ${measure} | ${number(day)}${from} | ${number(least)} to ${number(most)} | ${number(perDay)} | ${slope?.lives ?? 0} | ${says} |`;
}

/** The report for people, in Markdown. */
export function reportLines(report: SoakReport): string[] {
  const { setting, sets, invariants, growths, faults, finishedInMs, numbers } = report;
  const { minutes, seed, agents, leak } = setting;
  const finished = finishedInMs === undefined ? 'it did not' : `it took ${seconds(finishedInMs)}`;
  return [
    `# Soak: ${report.passed ? 'passed' : 'FAILED'}`,
    '',
    `${setting.machine}; ${setting.at}; harness ${setting.version}; \`harness soak --minutes ${minutes} --seed ${seed} --agents ${agents}\`${leak ? `, with a planted leak of ${leak} B an event` : ''}.`,
    '',
    `${report.hours.toFixed(1)} hours in ${seconds(report.tookMs)}: the harness' own intervals ran ${SCALE} times as fast, what waits for the operating system did not.`,
    `${agents} agents of the stand-in program (no model), ${report.items} items, ${report.turns} turns, ${report.coordinators} coordinators, the front started again ${report.fronts} times.`,
    '',
    '## Faults, ten times those of a day',
    '',
    ...(Object.keys(FAULTS) as Fault[]).map((fault) => {
      const { done = 0, not = 0 } = faults[fault] ?? {};
      return `- ${fault}: ${done}${not > 0 ? ` (and ${not} with nothing to hurt, or not possible here)` : ''}`;
    }),
    ...setting.without.map((what) => `- **not done here**: ${what}`),
    '',
    `## After the last fault everything had to finish: ${finished}`,
    '',
    ...Object.entries(sets).map(([name, ids]) => setLine(name, ids as string[])),
    '',
    '## Invariants',
    '',
    ...invariants.map(({ id, what, broken }) => {
      const sign = broken.length === 0 ? 'holds' : `**BROKEN**: ${broken.slice(0, 5).join(', ')}`;
      return `- ${id} ${what}: ${sign}`;
    }),
    '',
    '## What grows, for a day of three agents',
    '',
    'The slope by Theil and Sen over all lives of the coordinator, with its bounds of 95 %.',
    '',
    '| measure | a day | bounds | budget | lives | |',
    '| --- | --- | --- | --- | --- | --- |',
    ...growths.map(growthLine),
    '',
    `Refs of the depot: ${report.refs.first} at first, ${report.refs.last} at last. State folder: ${number(report.stateBytes)}.`,
    `Success ${Math.round(100 * (numbers.successRate ?? 0))} %, ${numbers.attempts} attempts, ${numbers.interventions} interventions.`,
    '',
    '## What this does not prove',
    '',
    ...report.doesNotProve.map((what) => `- ${what}`),
  ];
}
