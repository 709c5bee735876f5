import { jsonSchema } from '../../config.ts';
import type { SchemaNode } from '../../config.ts';
import { safeText } from '../../text.ts';
import { scalar } from '../config.ts';
import type { Found } from './detect.ts';

/** What the new configuration says. */
export interface Answers {
  /** The name of the rig. */
  rig: string;
  /** Where the repository is, if that is not the one around the file. */
  path?: string | undefined;
  /** Whether the file makes its folder a home. */
  isHome: boolean;
  setup: Found | undefined;
  checks: readonly Found[];
  agents: number | undefined;
}

/** The text of a new configuration file: what was answered, and every default as a comment. */
export function configText(answers: Answers, schemaFile: string): string {
  return [
    `# yaml-language-server: $schema=${schemaFile}`,
    '# How harness works here. This file may be committed (the line above is for editors on this machine).',
    '# harness config shows what is in effect; harness doctor says whether everything is there that a run needs.',
    '',
    ...(answers.isHome ? ['home: .', ''] : []),
    ...rigLines(answers),
    '',
    ...(answers.agents === undefined ? [] : [`agents: ${answers.agents}`, '']),
    '# All other settings, with their defaults. Take away the "# " of a line to change it, and that of its group.',
    '',
    ...defaultLines(answers.agents === undefined ? ['home', 'rigs'] : ['home', 'rigs', 'agents']),
    '',
  ].join('\n');
}

function rigLines({ rig, path, setup, checks }: Answers): string[] {
  return [
    '# The repositories that work items are for.',
    'rigs:',
    `  ${rig}:`,
    ...(path === undefined ? [] : [`    path: ${scalar(path)}`]),
    '    # Makes a fresh work tree ready to work in.',
    setup ? `    setup: ${withReason(setup)}` : '    # setup: make deps',
    '    # Must succeed before work counts as done, the quickest first.',
    checks.length > 0 ? '    checks:' : '    checks: []',
    ...checks.map((check) => `      - ${withReason(check)}`),
  ];
}

const withReason = ({ command, why }: Found): string =>
  why === '' ? scalar(command) : `${scalar(command)} # ${safeText(why)}`;

/** Every setting with its default, as comments. */
function defaultLines(without: readonly string[]): string[] {
  const settings = Object.entries(jsonSchema().properties ?? {}).filter(([name]) => !without.includes(name));
  return settings.flatMap(([name, node]) => [...settingLines(name, node, ''), '']);
}

/** One setting or group of settings; those without a default are comments within the comment. */
function settingLines(name: string, node: SchemaNode, indent: string): string[] {
  const about = `# ${indent}${indent === '' ? '' : '# '}${node.description}`;
  if (!node.properties) {
    const value = node.default === undefined ? `# ${name}: ...` : `${name}: ${scalar(node.default)}`;
    return [about, `# ${indent}${value}`];
  }
  // A group of which nothing is set would be a line without a value.
  const isEmpty = Object.values(node.properties).every((one) => !one.properties && one.default === undefined);
  const within = Object.entries(node.properties).flatMap(([key, one]) =>
    settingLines(key, one, `${indent}  `),
  );
  return [about, `# ${indent}${name}:${isEmpty ? ' {}' : ''}`, ...within];
}
