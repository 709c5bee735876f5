import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { readSmallFile } from '../../durable.ts';
import { findProgram } from '../../program.ts';
import { Git } from '../../worktree/git.ts';
import { warning } from '../doctor/check.ts';
import type { Named } from '../doctor.ts';
import { below, detect } from './detect.ts';
import type { Detected, Files } from './detect.ts';

/** Folders of a repository that are looked into when its top says nothing. */
const MOST_FOLDERS = 50;

/** What the files of a repository say; those of the folders below the top only if the top says nothing. */
export function lookAt(repository: string): Detected {
  const top = detect(filesIn(repository));
  if (top.checks.length > 0 || top.setup.length > 0) return top;
  const folders = readdirSync(repository, { withFileTypes: true })
    .filter((one) => one.isDirectory() && /^[\w][\w.-]*$/.test(one.name) && one.name !== 'node_modules')
    .slice(0, MOST_FOLDERS);
  const parts = folders.map(({ name }) => below(name, detect(filesIn(join(repository, name)))));
  return {
    setup: parts.flatMap(({ setup }) => setup),
    checks: parts.flatMap(({ checks }) => checks),
    makes: parts.flatMap(({ makes }) => makes),
    notes: [...top.notes, ...parts.flatMap(({ notes }) => notes)],
  };
}

/** The files in a folder; of those that are links, devices or huge, the name only. */
function filesIn(folder: string): Files {
  const names = readdirSync(folder, { withFileTypes: true }).filter((one) => !one.isDirectory());
  return new Map(names.map(({ name }) => [name, textOf(join(folder, name))]));
}

function textOf(file: string): string {
  // Only these are read for more than their name.
  if (!/(package\.json|\.toml|\.ini|\.cfg|\.txt|akefile)$/.test(file)) return '';
  try {
    return readSmallFile(file, 1 << 20) ?? '';
  } catch {
    return '';
  }
}

/** What would go wrong with the commands: programs that are not installed, results that are not ignored. */
export async function troublesWith(
  repository: string,
  commands: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<Named[]> {
  const missing = programsOf(commands).filter((name) => findProgram(name, env) === undefined);
  const git = new Git(repository);
  const tracked: string[] = [];
  for (const folder of lookAt(repository).makes) {
    const { code } = await git.run(['check-ignore', '--quiet', '--', folder], { ok: [0, 1] });
    if (code === 1) tracked.push(folder);
  }
  const found = [
    ...missing.map((name) =>
      warning(`${name} was not found on the PATH`, 'install it, or write other commands'),
    ),
    ...tracked.map((folder) => {
      const what = `${folder} is not ignored, and setup or checks make it: work trees will never be clean`;
      return warning(what, `write ${folder} into .gitignore and commit that`);
    }),
  ];
  return found.map((one) => ({ check: 'commands', ...one }));
}

/** The programs that plain commands begin with; shell words and paths are let be. */
function programsOf(commands: readonly string[]): string[] {
  const first = commands.map((command) => command.replace(/^cd \S+ && /, '').split(/\s/)[0] ?? '');
  return [...new Set(first)].filter((name) => /^[a-z][\w.-]*$/.test(name) && !SHELL.has(name));
}

const SHELL = new Set([
  'cd',
  'test',
  'exit',
  'export',
  'set',
  'if',
  'for',
  'while',
  'true',
  'false',
  'eval',
  'exec',
]);
