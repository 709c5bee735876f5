import { statSync } from 'node:fs';
import { configFiles, readLayers } from '../config-files.ts';
import type { ConfigFile } from '../config-files.ts';
import type { Setting } from '../config.ts';
import { safeText } from '../text.ts';
import { homeOf, printJson } from './invocation.ts';
import type { Invocation } from './invocation.ts';

/**
 * `harness config`: every setting that is in effect and where it comes from. What is printed is itself a configuration
 * file. HarnessError('config') with all problems if there are any.
 */
export async function showConfig(invocation: Invocation): Promise<void> {
  const home = homeOf(invocation);
  const { resolveConfig, settingsOf, strangeVariables } = await import('../config.ts');
  const layers = await readLayers(home, invocation.env);
  resolveConfig(layers);
  const settings = settingsOf(layers).map(withoutSecret);
  const files = configFiles(home, invocation.env).map((one) => ({ ...one, exists: exists(one) }));
  if (invocation.json) {
    const values = settings.map(({ path, ...setting }) => [path.join('.'), setting] as const);
    printJson({ home: home.folder, files, settings: Object.fromEntries(values) });
  } else {
    for (const { file, source, exists: is } of files)
      print(`# ${source}: ${file}${is ? '' : ' (not there)'}`);
    for (const line of asYaml(settings)) print(line);
  }
  for (const { name, meant } of strangeVariables(invocation.env)) {
    process.stderr.write(`${name} is set and is no setting; did you mean ${meant}?\n`);
  }
}

const print = (line: string) => process.stdout.write(`${safeText(line, { max: 2_000 })}\n`);

const exists = ({ file }: ConfigFile) => statSync(file, { throwIfNoEntry: false }) !== undefined;

/** What is printed may be pasted into an issue: variables for agents may hold keys. */
function withoutSecret(setting: Setting): Setting {
  const isSecret = setting.path[0] === 'agent' && setting.path[1] === 'env' && setting.path.length > 2;
  return isSecret ? { ...setting, value: '(hidden)' } : setting;
}

/** Settings as nested YAML, each with its source as a comment. */
function asYaml(settings: readonly Setting[]): string[] {
  const lines: string[] = [];
  let before: readonly string[] = [];
  for (const { path, value, where, source } of settings) {
    const shared = path.findIndex((key, depth) => before[depth] !== key);
    for (const [depth, key] of path.slice(0, -1).entries()) {
      if (depth >= shared) lines.push(`${'  '.repeat(depth)}${key}:`);
    }
    const name = `${'  '.repeat(path.length - 1)}${path.at(-1)}`;
    lines.push(`${name}: ${scalar(value)} # ${where ?? source}`);
    before = path;
  }
  return lines;
}

/** A value as YAML in one line: JSON is YAML, plain words need no quotes. */
export const scalar = (value: unknown): string =>
  typeof value === 'string' &&
  /^[a-zA-Z0-9][\w/]*$/.test(value) &&
  !/^(true|false|null|yes|no|on|off|[\d.]+(e\d+)?|0[xo].*)$/i.test(value)
    ? value
    : JSON.stringify(value);
