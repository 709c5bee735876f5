/** Settings as nested mappings, the way they are written in a file. */

export type Path = readonly PropertyKey[];

type Tree = Record<string, unknown>;

const isTree = (value: unknown): value is Tree =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const pathText = (path: Path): string => path.map(String).join('.') || 'the file';

/** The value at a path; undefined where there is none. */
export function valueAt(tree: unknown, path: Path): unknown {
  let here: unknown = tree;
  for (const key of path) {
    if (typeof here !== 'object' || here === null || !Object.hasOwn(here, key)) return undefined;
    here = (here as Record<PropertyKey, unknown>)[key];
  }
  return here;
}

/** Mappings that hold one value. */
export const nested = ([key, ...rest]: readonly string[], value: unknown): unknown =>
  key === undefined ? value : { [key]: nested(rest, value) };

/** Several trees as one, the weakest first: mappings are joined, all else is replaced. */
export const merged = (trees: readonly unknown[]): unknown => trees.reduce(join, {});

function join(under: unknown, over: unknown): unknown {
  if (!isTree(under) || !isTree(over)) return over;
  const keys = [...new Set([...Object.keys(under), ...Object.keys(over)])];
  const value = (key: string) =>
    Object.hasOwn(over, key) ? join(valueAt(under, [key]), over[key]) : under[key];
  // fromEntries defines keys such as __proto__ as what they are: names.
  return Object.fromEntries(keys.map((key) => [key, value(key)]));
}

/** All values of a tree with their paths; a list and an empty mapping are values. */
export function valuesIn(
  tree: unknown,
  before: readonly string[] = [],
): { path: string[]; value: unknown }[] {
  const entries = isTree(tree) ? Object.entries(tree) : [];
  if (entries.length === 0) return [{ path: [...before], value: tree }];
  return entries.flatMap(([key, value]) => valuesIn(value, [...before, key]));
}
