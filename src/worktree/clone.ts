import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { randomText } from '../clock.ts';
import { codeOf, HarnessError } from '../errors.ts';
import { COPY_TIMEOUT_MS, FETCH, Git } from './git.ts';
import { BASE_REF, TARGET_REF } from './refs.ts';
import type { RigFacts } from './rig.ts';
import { SETTINGS } from './settings.ts';

/**
 * Makes the depot of a rig in `folder`, beside its final name and then renamed, so that there is a whole one or none.
 * Keeps the one that is there already. Throws HarnessError('usage') if base and an older integration branch went apart.
 */
export async function createDepot(rig: RigFacts, target: string, folder: string): Promise<void> {
  const final = join(folder, 'depot.git');
  if (existsSync(final)) return;
  for (const name of readdirSync(folder)) {
    if (name.startsWith('depot.new.')) rmSync(join(folder, name), { recursive: true, force: true });
  }
  const temporary = join(folder, `depot.new.${randomText(6)}`);
  const git = await copy(rig, temporary);
  mkdirSync(join(temporary, 'logs'), { recursive: true });
  await configure(git, rig);
  await git.run(['update-ref', '--create-reflog', TARGET_REF, await firstTarget(git, rig, target)]);
  await git.run(['symbolic-ref', 'HEAD', TARGET_REF]);
  try {
    renameSync(temporary, final);
  } catch (error) {
    if (!['ENOTEMPTY', 'EEXIST'].includes(codeOf(error) ?? '')) throw error;
    rmSync(temporary, { recursive: true, force: true });
  }
}

/** Copies the objects of the user's repository by hard links; of its refs the base alone, of hooks and settings none. */
async function copy(rig: RigFacts, to: string): Promise<Git> {
  const args = ['clone', '--quiet', '--bare', '--local', '--no-tags', '--template=', '--single-branch'];
  await new Git(rig.path).run([...args, `--branch=${rig.branch}`, '--', rig.commonDir, to], {
    timeoutMs: COPY_TIMEOUT_MS,
  });
  const git = new Git(to, { gitDir: to });
  const branch = `refs/heads/${rig.branch}`;
  const head = await git.text(['rev-parse', '--verify', `${branch}^{commit}`]);
  await git.run(['update-ref', BASE_REF, head]);
  // The remote goes with the branch: an agent must find nothing to push to.
  await git.run(['remote', 'remove', 'origin']);
  await git.run(['update-ref', '--no-deref', '-d', branch]);
  return git;
}

async function configure(git: Git, rig: RigFacts): Promise<void> {
  const settings: Record<string, string> = {
    ...SETTINGS,
    'harness.base': rig.branch,
    'user.name': (await settingOf(rig, 'user.name')) ?? 'harness',
    'user.email': (await settingOf(rig, 'user.email')) ?? 'harness@localhost',
    // Hooks that the user's own configuration names for all repositories do not run here.
    'core.hooksPath': '/dev/null',
  };
  for (const [name, value] of Object.entries(settings)) await git.run(['config', name, value]);
}

async function settingOf(rig: RigFacts, name: string): Promise<string | undefined> {
  const found = await new Git(rig.path).run(['config', '--get', name], { ok: [0, 1] });
  return found.stdout.trim() || undefined;
}

/**
 * Where landings start: at the base, or at the branch that an earlier depot published to the user's repository, so that
 * it goes on from there.
 */
async function firstTarget(git: Git, rig: RigFacts, target: string): Promise<string> {
  const base = await git.text(['rev-parse', '--verify', BASE_REF]);
  const users = new Git(rig.path);
  const earlier = await users.run(['rev-parse', '--verify', '--quiet', `refs/heads/${target}^{commit}`], {
    ok: [0, 1, 128],
  });
  if (earlier.code !== 0) return base;
  await git.run([...FETCH, rig.commonDir, `refs/heads/${target}`], { timeoutMs: COPY_TIMEOUT_MS });
  const published = earlier.stdout.trim();
  const contains = async (older: string, newer: string) =>
    (await git.run(['merge-base', '--is-ancestor', older, newer], { ok: [0, 1] })).code === 0;
  if (await contains(base, published)) return published;
  if (await contains(published, base)) return base;
  const what = `${rig.branch} and ${target} have gone apart in ${rig.path}`;
  throw new HarnessError('usage', `${what}; merge one into the other, or delete ${target}`);
}
