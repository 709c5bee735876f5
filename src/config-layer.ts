import { isMap, isPair, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { leaves, nodeAt, schema } from './config-schema.ts';
import { pathText, valueAt } from './config-tree.ts';
import type { Path } from './config-tree.ts';
import { nearest } from './nearest.ts';

/** Where a value comes from, the weakest first. */
export type Source = 'default' | 'user' | 'repository' | 'environment' | 'flag';

/** What one source says, as it was written: durations are texts, nothing is filled in. */
export interface Layer {
  source: Source;
  raw: unknown;
  /** Where a setting stands: `FILE:LINE:COL`, or the name of a variable or an option. */
  at(path: Path): string;
  /** What is wrong with it, a line each, complete with its place. */
  problems: string[];
}

/** The layer of a configuration file. Problems are collected, never thrown. */
export function fileLayer(text: string, file: string, source: Source): Layer {
  const lines = new LineCounter();
  const document = parseDocument(text.replace(/^\ufeff/, ''), { lineCounter: lines, prettyErrors: false });
  const place = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${line}:${col}`;
  };
  const at = (path: Path) => place(offsetOf(document.contents, path));
  const broken = document.errors.map(({ pos, message }) => `${place(pos[0])}: ${message}; write plain YAML`);
  if (broken.length > 0) return { source, raw: {}, at, problems: broken };
  try {
    const raw: unknown = document.toJS({ maxAliasCount: 100 }) ?? {};
    return { source, raw, at, problems: problemsOf(raw, source, at).toSorted(inOrder) };
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error);
    return { source, raw: {}, at, problems: [`${file}:1:1: ${what}; write it out without aliases`] };
  }
}

/** Lines and columns as numbers: 9 before 10. */
const inOrder = (one: string, other: string) => one.localeCompare(other, 'en', { numeric: true });

/** All that is wrong with the values of a layer. */
export function problemsOf(raw: unknown, source: Source, at: Layer['at']): string[] {
  const issues = schema.safeParse(raw).error?.issues ?? [];
  const wrong = issues.flatMap((issue) =>
    explain(issue, raw).map(({ path, what }) => `${at(path)}: ${pathText(path)}: ${what}`),
  );
  // A number may be both no whole number and too big: that is one problem.
  const distinct = [...new Set(wrong)];
  return source === 'user' ? [...distinct, ...misplaced(raw, at)] : distinct;
}

/** Settings that say something about one repository or home, in the file that counts for all of them. */
function misplaced(raw: unknown, at: Layer['at']): string[] {
  const found = ['home', 'rigs'].filter((key) => valueAt(raw, [key]) !== undefined);
  const what =
    'does not belong into the file for all your repositories; write it into .harness/config.yaml of one';
  return found.map((key) => `${at([key])}: ${key}: ${what}`);
}

type Issue = z.core.$ZodIssue;

interface Explanation {
  path: Path;
  what: string;
}

/** What is wrong; what would be right. */
function explain(issue: Issue, raw: unknown): Explanation[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path: [...issue.path, key], what: unknownKey(issue.path, key) }));
  }
  const value = valueAt(raw, issue.path);
  const right = rightFor(issue);
  const wrong = value === null || value === undefined ? 'it has no value' : `${shown(value)} does not fit`;
  return [
    { path: issue.path, what: `${issue.code === 'invalid_key' ? 'no such name' : wrong}; write ${right}` },
  ];
}

function rightFor(issue: Issue): string {
  if (issue.code === 'invalid_key') {
    const inRigs = issue.path[0] === 'rigs';
    return inRigs ? 'a rig with a-z, 0-9 and -, for example app' : 'the name of a variable, for example CI';
  }
  if (issue.code !== 'invalid_type') return issue.message;
  if (issue.expected === 'array') return 'a list, for example [a, b]';
  const isMapping = issue.expected === 'object' || issue.expected === 'record';
  return isMapping ? 'settings below it, each as name: value' : issue.message;
}

/** What to say about a setting that does not exist: the nearest one here, else the one of that name elsewhere. */
function unknownKey(parent: Path, key: string): string {
  const here = Object.keys(nodeAt(parent)?.properties ?? {});
  const near = nearest(key, here) ?? leaves().find((path) => path.endsWith(`.${key}`));
  const hint = near === undefined ? `known here: ${here.join(', ')}` : `did you mean ${near}?`;
  return `there is no such setting; ${hint}`;
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

/** Where in the text the node at a path begins; where its nearest parent does, if it is not there. */
function offsetOf(contents: unknown, path: Path): number {
  let offset = 0;
  let here = contents;
  for (const key of path) {
    const item: unknown = isSeq(here) ? here.items[Number(key)] : pairOf(here, key);
    const named = isPair(item) ? item.key : item;
    if (named === undefined) break;
    offset = (isScalar(named) || isMap(named) || isSeq(named) ? named.range?.[0] : undefined) ?? offset;
    here = isPair(item) ? item.value : item;
  }
  return offset;
}

const pairOf = (map: unknown, key: PropertyKey): unknown =>
  isMap(map)
    ? map.items.find((item) => isScalar(item.key) && String(item.key.value) === String(key))
    : undefined;
