import type { Row } from './row.ts';

const HEAD = `# Benchmarks

Measured by \`npm run bench\` (all), or \`npm run bench NAME\`; each bench writes its own section here. What counts are the
ratios: both sides of each were measured in the same run on the same machine, one after the other. Single figures
depend on the machine and on what else it does.
`;

/** The document with the section of one bench replaced, or put behind the others. */
export function withSection(document: string, name: string, section: string): string {
  const [head = '', ...sections] = (document.trim() === '' ? HEAD : document).split(/^(?=## )/m);
  const isIts = (one: string) => one.startsWith(`## ${name}\n`);
  const others = sections.filter((one) => !isIts(one));
  const at = sections.findIndex(isIts);
  const all = others.toSpliced(at < 0 ? others.length : at, 0, section);
  return `${[head, ...all].map((part) => part.trimEnd()).join('\n\n')}\n`;
}

/** The section of a bench: what it is, when and where it was measured, and its table. */
export function sectionOf(
  name: string,
  { about, machine, rows }: { about: string; machine: string; rows: readonly Row[] },
): string {
  const lines = rows.map(({ what, measured, beside, ratio, demand }) => [
    what,
    measured,
    beside ?? '',
    ratio === undefined ? '' : ratio.toFixed(2),
    demand === undefined ? '' : `${demand.is}${demand.met ? '' : ' (not met)'}`,
  ]);
  return `## ${name}\n\n${about}\n\n${machine}\n\n${table([
    ['what', 'measured', 'beside', 'ratio', 'demanded'],
    ...lines,
  ])}`;
}

const lineOf = (cells: readonly string[]): string =>
  `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;

const table = ([head = [], ...lines]: readonly string[][]): string =>
  [lineOf(head), lineOf(head.map(() => '---')), ...lines.map(lineOf)].join('\n');
