import { problemsOf } from './config-layer.ts';
import type { Layer } from './config-layer.ts';
import { leaves, nodeAt } from './config-schema.ts';
import { merged, nested, pathText } from './config-tree.ts';
import type { Path } from './config-tree.ts';
import { nearest } from './nearest.ts';

/**
 * The rule of environment overrides: `HARNESS_` and the setting in capitals, dots as underscores
 * (`session.silence`: HARNESS_SESSION_SILENCE). Texts and durations as they are, numbers as digits, lists as JSON.
 * An empty variable counts as not set. What belongs to one place or holds names of its own has no variable:
 * home, rigs, agent.env.
 */

type Environment = Readonly<Record<string, string | undefined>>;

const PREFIX = 'HARNESS_';

/** Variables that are no settings: they say where and how the program itself runs. */
const OTHERS =
  'HARNESS_HOME HARNESS_TIME_SCALE HARNESS_DEBUG HARNESS_RUN HARNESS_VERSION HARNESS_PORT HARNESS_PORTS'.split(
    ' ',
  );

export const variableOf = (path: string): string => PREFIX + path.toUpperCase().replaceAll('.', '_');

/** All variables that override a setting, with that setting's path. */
export function variables(): Map<string, string> {
  const settings = leaves().filter((path) => path !== 'home' && isOne(path));
  return new Map(settings.map((path) => [variableOf(path), path]));
}

const isOne = (path: string) => nodeAt(path.split('.'))?.type !== 'object';

/** The variable that a value came from; a place within a list is that of the list. */
const at = (path: Path) => variableOf(pathText(path.filter((key) => typeof key === 'string')));

/** What the environment overrides. */
export function environmentLayer(env: Environment): Layer {
  const found: unknown[] = [];
  const problems: string[] = [];
  const isCandidate = Object.keys(env).some((name) => name.startsWith(PREFIX) && !OTHERS.includes(name));
  for (const [name, path] of isCandidate ? variables() : []) {
    const text = env[name];
    if (!text) continue;
    const value = read(text, nodeAt(path.split('.'))?.type);
    if (value === undefined)
      problems.push(`${name}: ${path}: not a JSON array; write for example ["a", "b"]`);
    else found.push(nested(path.split('.'), value));
  }
  const raw = merged(found);
  return { source: 'environment', raw, at, problems: [...problems, ...problemsOf(raw, 'environment', at)] };
}

/** Variables that look like a setting of ours and are none, each with the one that may be meant. Programs of other makers use the prefix too, so they are no errors. */
export function strangeVariables(env: Environment): { name: string; meant: string }[] {
  const known = [...variables().keys(), ...OTHERS];
  return Object.keys(env).flatMap((name) => {
    if (!name.startsWith(PREFIX) || known.includes(name)) return [];
    const meant = nearest(
      name.slice(PREFIX.length),
      known.map((one) => one.slice(PREFIX.length)),
    );
    return meant === undefined ? [] : [{ name, meant: PREFIX + meant }];
  });
}

function read(text: string, type: string | undefined): unknown {
  if (type === 'integer') return /^-?\d+$/.test(text) ? Number(text) : text;
  if (type !== 'array') return text;
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
