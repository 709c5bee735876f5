import { dirname } from 'node:path';
import { rigsOf } from '../../coordinator/rigs.ts';
import { HarnessError } from '../../errors.ts';
import { findRepository } from '../../home.ts';
import { safeText } from '../../text.ts';
import { Git } from '../../worktree/git.ts';
import { TARGET_REF } from '../../worktree/refs.ts';
import type { Rig } from '../../worktree/rig.ts';
import { parseStatus, STATUS } from '../../worktree/status.ts';
import { error, ok, warning } from './check.ts';
import type { Check, Finding } from './check.ts';

/** The repositories that items are for, and what in them would hurt later. */
export const rigs: Check = {
  name: 'rigs',
  async look({ home, config }) {
    if (!home) return [];
    try {
      const found: Finding[] = [];
      for (const rig of await rigsOf(home, config)) found.push(...(await lookAt(rig)));
      return found;
    } catch (cause) {
      if (!(cause instanceof HarnessError)) throw cause;
      return [error(cause.message, 'mend that; harness parallel refuses to start otherwise')];
    }
  },
};

async function lookAt(rig: Rig): Promise<Finding[]> {
  const git = new Git(rig.path);
  const found = [
    ...checksOf(rig),
    ...(await uncommitted(git, rig)),
    ...(await targetInUse(git, rig)),
    ...(await neededButIgnored(git, rig)),
    ...nested(rig),
  ];
  return found.length > 0 ? found : [ok(`${rig.name}: ${rig.path}`)];
}

function checksOf({ name, checks }: Rig): Finding[] {
  if (checks.length > 0) return [];
  const what = `${name}: there are no checks, so whatever an agent commits counts as done`;
  return [warning(what, `write some into rigs.${name}.checks, or give items their own with --check`)];
}

/** Agents start from commits. Our own file may wait for its commit: they do not need it. */
async function uncommitted(git: Git, { name }: Rig): Promise<Finding[]> {
  const { dirty } = parseStatus((await git.run(STATUS)).stdout);
  const files = dirty.filter((path) => !path.startsWith('.harness/'));
  if (files.length === 0) return [];
  const what = `${name}: ${files.length} uncommitted files, which agents do not see (${few(files)})`;
  return [warning(what, 'commit what they should build on')];
}

/** A target that is checked out somewhere can be published only while that tree is clean. */
async function targetInUse(git: Git, { name }: Rig): Promise<Finding[]> {
  const trees = (await git.text(['worktree', 'list', '--porcelain'])).split('\n\n');
  const holder = trees.find((tree) => tree.split('\n').includes(`branch ${TARGET_REF}`));
  if (holder === undefined) return [];
  const what = `${name}: ${safeText(holder.split('\n')[0] ?? '')} has the branch checked out that harness moves`;
  return [warning(what, 'check out another branch there')];
}

/** Ignored files that look like settings rather than like results; agents' work trees do not have them. */
const SETTINGS =
  /(^|\/)(\.env(\.[\w.-]+)?|.*\.local(\.\w+)?|.*\.(pem|key|sqlite3?|db)|local\.properties|(secrets?|credentials?)\.\w+)$/;
const IGNORED = ['ls-files', '--others', '--ignored', '--exclude-standard', '--directory', '-z'];

async function neededButIgnored(git: Git, { name }: Rig): Promise<Finding[]> {
  const ignored = (await git.run(IGNORED)).stdout.split('\0').filter((path) => SETTINGS.test(path));
  if (ignored.length === 0) return [];
  const what = `${name}: agents' work trees do not have ignored files (${few(ignored)}); tests that need them fail there`;
  return [warning(what, `make them in rigs.${name}.setup if tests need them`)];
}

function nested({ name, path }: Rig): Finding[] {
  const outer = dirname(path) === path ? undefined : findRepository(dirname(path))?.root;
  if (outer === undefined) return [];
  const what = `${name}: ${path} lies inside another repository, ${outer}`;
  return [warning(what, 'nothing, if the inner one is meant; else go to the outer one')];
}

const few = (files: readonly string[]): string =>
  `${files
    .slice(0, 3)
    .map((file) => safeText(file, { max: 60 }))
    .join(', ')}${files.length > 3 ? ', ...' : ''}`;
