import { fileLayer, problemsOf } from './config-layer.ts';
import type { Layer, Source } from './config-layer.ts';
import { conflictsIn } from './config-relations.ts';
import type { Conflict } from './config-relations.ts';
import { leaves, nodeAt, schema } from './config-schema.ts';
import type { Config } from './config-schema.ts';
import { merged, nested, pathText, valueAt, valuesIn } from './config-tree.ts';
import type { Path } from './config-tree.ts';
import { HarnessError } from './errors.ts';

/**
 * The configuration: flags > environment > the repository's (or the home's) file > the user's file > defaults.
 * This file brings zod and yaml along; import it lazily.
 */

export { environmentLayer, strangeVariables, variableOf, variables } from './config-environment.ts';
export { fileLayer } from './config-layer.ts';
export { jsonSchema } from './config-schema.ts';
export type { SchemaNode } from './config-schema.ts';
export type { Layer, Source } from './config-layer.ts';
export type { Config } from './config-schema.ts';

/**
 * The configuration that several sources make together, the weakest first. All problems of all sources are reported
 * at once, a line each (`FILE:LINE:COL: path: what is wrong; what would be right`), in one HarnessError('config').
 */
export function resolveConfig(layers: readonly Layer[]): Config {
  verifyNone(layers.flatMap(({ problems }) => problems));
  const config = schema.parse(merged(layers.map(({ raw }) => raw)));
  verifyNone(conflictsIn(config).map((conflict) => conflictText(layers, conflict)));
  return config;
}

function verifyNone(problems: readonly string[]): void {
  if (problems.length > 0) throw new HarnessError('config', problems.join('\n'));
}

/** Of settings that are wrong together, the one that the strongest source set is the one to change. */
function conflictText(layers: readonly Layer[], { paths, what }: Conflict): string {
  for (const layer of layers.toReversed()) {
    const path = paths.find((one) => valueAt(layer.raw, one) !== undefined);
    if (path) return `${layer.at(path)}: ${pathText(path)}: ${what}`;
  }
  return `${pathText(paths[0] ?? [])}: ${what}`;
}

/** Reads one file alone. All problems at once, in one HarnessError('config'). */
export const parseConfig = (text: string, file: string): Config =>
  resolveConfig([fileLayer(text, file, 'repository')]);

/** What options of the command line say: values by dotted path (`agents`), given as options of these names (`--agents`). */
export function flagLayer(flags: Readonly<Record<string, { value: unknown; option: string }>>): Layer {
  const given = Object.entries(flags).filter(([, { value }]) => value !== undefined);
  const raw = merged(given.map(([path, { value }]) => nested(path.split('.'), value)));
  const at = (path: Path) => flags[pathText(path)]?.option ?? pathText(path);
  return { source: 'flag', raw, at, problems: problemsOf(raw, 'flag', at) };
}

/** One setting as it is in effect. */
export interface Setting {
  path: string[];
  /** As people write it: durations are texts. */
  value: unknown;
  source: Source;
  /** Where it was set; absent for defaults. */
  where?: string;
}

/** Every setting that is in effect, with where it comes from. */
export function settingsOf(layers: readonly Layer[]): Setting[] {
  const raw = merged(layers.map((layer) => layer.raw));
  return valuesIn(merged([defaultsFor(raw), raw])).map(({ path, value }) => {
    const from = layers.findLast((layer) => valueAt(layer.raw, path) !== undefined);
    return { path, value, source: from?.source ?? 'default', ...(from && { where: from.at(path) }) };
  });
}

/** The default of every setting, those of the rigs that there are included. */
function defaultsFor(raw: unknown): unknown {
  const rigs = Object.keys(valueAt(raw, ['rigs']) ?? {});
  const inRigs = rigs.flatMap((name) =>
    leaves(nodeAt(['rigs', name])).map((key) => ['rigs', name, ...key.split('.')]),
  );
  const paths = [...leaves().map((path) => path.split('.')), ...inRigs];
  const known = paths.map((path) => ({ path, value: nodeAt(path)?.default }));
  return merged(
    known.filter(({ value }) => value !== undefined).map(({ path, value }) => nested(path, value)),
  );
}
