import { existsSync, lstatSync, mkdirSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readSmallFile } from '../durable.ts';

/**
 * A view is how somebody sees a depot: the refs and objects of all, but settings, hooks, attributes and logs of its own.
 * Agents and their tools write into what git shares (`git config`, hooks, `core.bare`), and git runs what it finds
 * there; with a view each, that reaches nobody else, least of all the coordinator.
 */
export interface View {
  folder: string;
  /** What it shares with the depot, by link, besides refs and objects. */
  links: readonly string[];
  /** Path in the view -> what it must say. The hooks folder holds nothing else, `info` nothing that counts. */
  files: Readonly<Record<string, string>>;
}

/** What all views of a depot share, by link. */
const SHARED = ['objects', 'refs', 'packed-refs'] as const;

/** What was found changed in a view. */
export interface Change {
  file: string;
  /** The text that was found; undefined if the file was gone or is no plain file. */
  found: string | undefined;
}

const MOST_BYTES = 1 << 20;

/** Makes a view of a depot, or puts it in order; says what was not as it must be (nothing if it is new). */
export function mendView(depotGitDir: string, { folder, files, links }: View): Change[] {
  const stat = lstatSync(folder, { throwIfNoEntry: false });
  const isNew = stat?.isDirectory() !== false && !existsSync(join(folder, 'config'));
  for (const inner of ['', 'hooks', 'info']) makeOwnFolder(join(folder, inner));
  const changes: Change[] = [];
  for (const name of [...SHARED, ...links]) {
    if (link(join(depotGitDir, name), join(folder, name))) changes.push({ file: name, found: undefined });
  }
  for (const [file, text] of Object.entries(files)) {
    const found = textOf(join(folder, file));
    if (found === text) continue;
    changes.push({ file, found });
    rmSync(join(folder, file), { recursive: true, force: true });
    writeFileSync(join(folder, file), text, { flag: 'wx', mode: file.startsWith('hooks/') ? 0o700 : 0o600 });
  }
  for (const file of foreignFiles(folder, files)) {
    changes.push({ file, found: textOf(join(folder, file)) });
    rmSync(join(folder, file), { recursive: true, force: true });
  }
  return isNew ? [] : changes;
}

/** Files that git would heed and that do not belong here. */
function foreignFiles(folder: string, files: View['files']): string[] {
  const inside = ['hooks', 'info'].flatMap((inner) =>
    readdirSync(join(folder, inner)).map((name) => `${inner}/${name}`),
  );
  const alone = ['config.worktree', 'shallow', 'commondir'].filter((name) =>
    lstatSync(join(folder, name), { throwIfNoEntry: false }),
  );
  // `info/refs` and such are written by gc for servers; an exclude file hides work from nobody but its writer.
  const harmless = new Set(['info/refs', 'info/exclude', 'info/sparse-checkout']);
  return [...inside, ...alone].filter((file) => files[file] === undefined && !harmless.has(file));
}

/** Makes a folder where there is none; a file or a link in its place is removed. */
export function makeOwnFolder(path: string): void {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat?.isDirectory()) return;
  if (stat) rmSync(path, { force: true });
  mkdirSync(path, { recursive: true, mode: 0o700 });
}

/** Sets a link where it is missing or wrong; true if something else was there. */
function link(target: string, path: string): boolean {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat?.isSymbolicLink() && readlinkSync(path) === target) return false;
  if (stat) rmSync(path, { recursive: true, force: true });
  symlinkSync(target, path);
  return stat !== undefined;
}

function textOf(file: string): string | undefined {
  const stat = lstatSync(file, { throwIfNoEntry: false });
  return stat?.isFile() && stat.size <= MOST_BYTES ? readSmallFile(file, MOST_BYTES) : undefined;
}

/** A configuration file of git from `section.key` or `section.sub.key` and values. */
export const configText = (settings: Readonly<Record<string, string>>): string =>
  Object.entries(settings).map(settingText).join('');

function settingText([name, value]: [string, string]): string {
  const [section = '', ...sub] = name.split('.');
  const key = sub.pop();
  const head = sub.length === 0 ? section : `${section} "${escape(sub.join('.'))}"`;
  return `[${head}]\n\t${key} = "${escape(value)}"\n`;
}

const escape = (text: string) =>
  text.replaceAll('\\', '\\\\').replaceAll('"', String.raw`\"`).replaceAll('\n', String.raw`\n`);

/**
 * The hook that git runs before it changes refs: an agent moves its own branch (named in `ownFile`) and makes new ones, and
 * leaves alone what is the coordinator's or another agent's. `git stash` is refused too: its list is shared by all trees, and
 * one agent would pop what another one pushed.
 */
export function refsHook(ownFile: string): string {
  return `#!/bin/sh
# Made by harness. An agent moves its own branch and makes new ones, nothing else.
[ "$1" = prepared ] || exit 0
own=
[ -f ${quoted(ownFile)} ] && read -r own < ${quoted(ownFile)}
while read -r old new ref; do
  case "$ref" in
    "$own") ;;
    refs/stash)
      echo "harness: git stash is switched off, since all agents share its list; commit on your branch instead" >&2
      exit 1 ;;
    refs/heads/harness/*|refs/harness/*|refs/replace/*)
      echo "harness: $ref is not yours to change; work on \${own#refs/heads/} only" >&2
      exit 1 ;;
  esac
done
exit 0
`;
}

const quoted = (text: string) => `'${text.replaceAll("'", String.raw`'\''`)}'`;
