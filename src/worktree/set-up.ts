import { createHash } from 'node:crypto';
import { constants, existsSync, lstatSync, readdirSync, rmSync, utimesSync } from 'node:fs';
import { cp, mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { randomText, wallMs } from '../clock.ts';
import type { CommandResult } from '../command.ts';
import { readSmallFile, replaceFile } from '../durable.ts';
import type { Worktree } from './worktree.ts';

/** What decides whether a tree must be set up anew, unless the rig says otherwise: the files that pin dependencies. */
export const LOCK_FILES: readonly string[] = [
  'package.json package-lock.json npm-shrinkwrap.json yarn.lock pnpm-lock.yaml bun.lock bun.lockb .nvmrc .tool-versions',
  'Cargo.lock go.sum Gemfile.lock composer.lock mix.lock Pipfile.lock poetry.lock uv.lock requirements.txt pyproject.toml',
].flatMap((line) => line.split(' '));

export interface SetUp {
  command: string;
  /** File names (anywhere in the tree) or paths that set-up depends on; none: it always runs. */
  inputs: readonly string[];
  /** Folders that set-up makes, from the top: copied from a tree that was set up with the same inputs. */
  warm: readonly string[];
}

/** What was there after a set-up: it is not run again while that stays. */
interface Stamp {
  key: string;
  made: string[];
}

/** Trees kept to copy from; more are of no use, since the lock file changes seldom. */
const MOST_WARM = 3;

/**
 * Sets a tree up, unless nothing that set-up depends on has changed since the last time and what it made is still there. Undefined
 * if it did not have to run.
 */
export async function setUp(
  worktree: Worktree,
  wanted: SetUp,
  run: () => Promise<CommandResult>,
): Promise<CommandResult | undefined> {
  const key = await keyOf(worktree, wanted);
  if (key !== undefined && isStanding(worktree, key)) return undefined;
  rmSync(stampFile(worktree), { force: true });
  if (key !== undefined && (await thaw(worktree, key, wanted.warm))) {
    await stamp(worktree, key);
    return undefined;
  }
  const result = await run();
  if (result.code !== 0 || key === undefined) return result;
  await stamp(worktree, key);
  await freeze(worktree, key, wanted.warm);
  return result;
}

/** Something failed that a fresh set-up may cure: the next one runs. */
export const distrustSetUp = (worktree: Worktree): void => rmSync(stampFile(worktree), { force: true });

const stampFile = ({ entry }: Worktree): string => join(entry.gitDir, 'harness-setup');

/** A name for the command with all its inputs as they are; undefined if there are none, so that nothing is known. */
async function keyOf({ git }: Worktree, { command, inputs }: SetUp): Promise<string | undefined> {
  if (inputs.length === 0) return undefined;
  const paths = inputs.map((input) =>
    input.includes('/') ? `:(top,literal)${input}` : `:(top,glob)**/${input}`,
  );
  const listed = await git.text(['ls-files', '--stage', '-z', '--', ...paths]);
  if (listed === '') return undefined;
  const about = [command, process.arch, process.version, listed].join('\0');
  return createHash('sha256').update(about).digest('hex').slice(0, 32);
}

function isStanding(worktree: Worktree, key: string): boolean {
  try {
    const stamped = JSON.parse(readSmallFile(stampFile(worktree), 1 << 20) ?? '') as Stamp;
    return stamped.key === key && stamped.made.every((path) => existsSync(join(worktree.path, path)));
  } catch {
    return false;
  }
}

async function stamp(worktree: Worktree, key: string): Promise<void> {
  const args = ['ls-files', '--others', '--ignored', '--exclude-standard', '--directory', '-z'];
  const ignored = (await worktree.git.text(args)).split('\0').filter((path) => path !== '');
  replaceFile(stampFile(worktree), JSON.stringify({ key, made: ignored.slice(0, 1000) } satisfies Stamp));
}

const storeOf = ({ depot }: Worktree): string => join(depot.folder, '.warm');

/** Whether the way to these paths leads over no link that an agent may have made: what lies outside of the tree is not ours. */
const isOwn = (worktree: Worktree, paths: readonly string[]): boolean =>
  paths.every((path) => {
    const parts = path.split('/').slice(0, -1);
    const ways = parts.map((_, at) => join(worktree.path, ...parts.slice(0, at + 1)));
    return ways.every((way) => lstatSync(way, { throwIfNoEntry: false })?.isSymbolicLink() !== true);
  });

/** Keeps copies of what set-up made, for other trees with the same inputs. A copy that fails is no loss. */
async function freeze(worktree: Worktree, key: string, warm: readonly string[]): Promise<void> {
  const store = storeOf(worktree);
  const place = join(store, key);
  if (warm.length === 0 || existsSync(place) || !isOwn(worktree, warm)) return;
  const temporary = `${place}.${randomText(6)}`;
  try {
    await mkdir(temporary, { recursive: true, mode: 0o700 });
    for (const path of warm) await copyTree(join(worktree.path, path), join(temporary, path));
    await rename(temporary, place);
    const kept = readdirSync(store).map((name) => join(store, name));
    const youngFirst = kept.toSorted((one, other) => lstatSync(other).mtimeMs - lstatSync(one).mtimeMs);
    for (const folder of youngFirst.slice(MOST_WARM)) await rm(folder, { recursive: true, force: true });
  } catch {
    await rm(temporary, { recursive: true, force: true });
  }
}

/** Copies what another tree was set up with; false if there is nothing whole to copy. */
async function thaw(worktree: Worktree, key: string, warm: readonly string[]): Promise<boolean> {
  const place = join(storeOf(worktree), key);
  if (warm.length === 0 || !existsSync(place) || !isOwn(worktree, warm)) return false;
  try {
    for (const path of warm) {
      await rm(join(worktree.path, path), { recursive: true, force: true });
      await copyTree(join(place, path), join(worktree.path, path));
    }
    utimesSync(place, wallMs() / 1000, wallMs() / 1000);
    return true;
  } catch {
    return false;
  }
}

/** Copies a folder, sharing its blocks where the file system can. Throws if it is not there. */
async function copyTree(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  const mode = constants.COPYFILE_FICLONE;
  await cp(from, to, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true, mode });
}
