import type { Command } from 'commander';
import { EXAMPLES } from './examples.ts';

/** The words that lead to a command: `queue add`; empty for the program itself. */
export function pathOf(command: Command): string {
  return command.parent ? `${pathOf(command.parent)} ${command.name()}`.trim() : '';
}

/** Lets the help of every command open with examples. */
export function openWithExamples(command: Command): void {
  const examples = EXAMPLES[pathOf(command)];
  if (examples) command.addHelpText('before', `${exampleLines(examples).join('\n')}\n`);
  for (const one of command.commands) openWithExamples(one);
}

const MOST_ALIGNED = 48;

function exampleLines(examples: readonly (readonly [string, string])[]): string[] {
  const width = Math.min(MOST_ALIGNED, Math.max(...examples.map(([line]) => line.length)));
  return examples.flatMap(([line, does]) =>
    line.length > width
      ? [`  ${line}`, `  ${' '.repeat(width)}  ${does}`]
      : [`  ${line.padEnd(width)}  ${does}`],
  );
}
