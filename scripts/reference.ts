import type { CommandView } from '../src/commands/commands.ts';

/** What is read of a JSON schema. */
export interface Schema {
  description?: string;
  default?: unknown;
  type?: string;
  enum?: string[];
  pattern?: string;
  items?: Schema;
  anyOf?: Schema[];
  properties?: Record<string, Schema>;
  additionalProperties?: Schema | boolean;
}

const GENERATED = (from: string) =>
  `<!-- Generated from ${from}; \`npx vitest run test/scripts/reference.test.ts --update\` writes it anew. -->`;

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
const code = (text: string): string => `\`${text.replaceAll('|', '\\|')}\``;

/** The reference of the commands, as Markdown: what the help of each says. */
export function commandReference(commands: readonly CommandView[]): string {
  const [program, ...all] = commands;
  const contents = all.map(
    ({ path, description }) =>
      `| [harness ${path}](#harness-${path.replaceAll(' ', '-')}) | ${cell(description)} |`,
  );
  return [
    '# Commands',
    '',
    GENERATED('the commands themselves'),
    '',
    'Data goes to standard output, everything else to standard error. Exit codes: 0 ok, 1 failed, 2 usage or configuration, 3 environment,',
    '130 interrupted. Ids can be shortened to any beginning that only one item has. `harness COMMAND --help` says the same as this page.',
    '',
    'Options that all commands have:',
    '',
    ...optionTable(program?.options ?? []),
    '',
    '| command | what it does |',
    '| --- | --- |',
    ...contents,
    '',
    ...all.flatMap(sectionOf),
  ].join('\n');
}

function sectionOf({ path, description, usage, options, examples }: CommandView): string[] {
  const width = Math.max(0, ...examples.map(([line]) => line.length));
  const lines = examples.map(([line, does]) => `${line.padEnd(width)}  # ${does}`);
  const own = options.filter(({ flags }) => flags !== '-h, --help');
  return [
    `## harness ${path}`,
    '',
    `${description[0]?.toUpperCase() ?? ''}${description.slice(1).replace(/[.,\s]+$/, '')}.`,
    '',
    '```',
    usage.replace(' [options]', own.length > 0 ? ' [options]' : ''),
    ...(lines.length > 0 ? ['', ...lines] : []),
    '```',
    '',
    ...(own.length > 0 ? [...optionTable(own), ''] : []),
  ];
}

function optionTable(options: CommandView['options']): string[] {
  const rows = options.map(({ flags, description, choices, byDefault }) => {
    const more = [
      ...(choices ? [`one of ${choices.join(', ')}`] : []),
      ...(byDefault ? [`default: ${byDefault}`] : []),
    ];
    return `| ${code(flags)} | ${cell(description + (more.length > 0 ? ` (${more.join('; ')})` : ''))} |`;
  });
  return ['| option | |', '| --- | --- |', ...rows];
}

interface Setting {
  name: string;
  schema: Schema;
}

/** Every setting below a schema, with dots between the names of groups and NAME for those that people choose. */
function settingsOf(schema: Schema, path = ''): Setting[] {
  const inside = Object.entries(schema.properties ?? {}).flatMap(([name, one]) =>
    settingsOf(one, `${path}${path && '.'}${name}`),
  );
  if (inside.length > 0) return inside;
  const named = schema.additionalProperties;
  if (typeof named === 'object' && named.properties) return settingsOf(named, `${path}.NAME`);
  return path === '' ? [] : [{ name: path, schema }];
}

function kindOf(schema: Schema): string {
  if (schema.enum) return schema.enum.map((one) => `\`${one}\``).join(', ');
  if (schema.anyOf) return [...new Set(schema.anyOf.map(kindOf))].join(' or ');
  if (schema.pattern?.includes('(ms|s|m|h)')) return 'duration';
  if (schema.pattern?.includes('usd')) return 'amount';
  if (schema.type === 'array') return `list of ${schema.items ? kindOf(schema.items) : 'anything'}`;
  return (
    { string: 'text', boolean: 'true or false', object: 'names with values' }[schema.type ?? ''] ??
    schema.type ??
    ''
  );
}

const shownDefault = (value: unknown): string =>
  value === undefined ? '' : code(typeof value === 'string' ? value : JSON.stringify(value));

/** The reference of the settings, as Markdown, in the order of the schema. */
export function settingReference(schema: Schema): string {
  const rows = settingsOf(schema).map(
    ({ name, schema: one }) =>
      `| ${code(name)} | ${kindOf(one)} | ${shownDefault(one.default)} | ${cell(one.description ?? '')} |`,
  );
  return [
    '# Settings',
    '',
    GENERATED('[config.schema.json](config.schema.json)'),
    '',
    'Every setting of `.harness/config.yaml`. [configuration.md](configuration.md) says where settings come from and how they work together;',
    '`harness config` prints those in effect.',
    '',
    '| setting | is | default | what it means |',
    '| --- | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
}
