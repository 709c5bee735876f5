import { statSync } from 'node:fs';
import { HarnessError } from '../errors.ts';
import { Git } from './git.ts';
import { TARGET, TARGET_REF } from './refs.ts';

/** A repository that items are for. */
export interface Rig {
  name: string;
  /** Top level of the user's work tree. */
  path: string;
  /** The branch of the user's repository that landings are published as. */
  target: string;
  /** How the target is brought out: as a branch of the user's repository (unless said otherwise), from there to a remote, or not. */
  publish?: 'branch' | 'push' | 'none';
  /** The remote that `push` is for; `origin` unless said otherwise. */
  remote?: string;
  /** How work gets on the target: as a merge unless said otherwise. */
  strategy?: 'merge' | 'squash' | 'rebase';
  /** Command that makes a fresh tree ready to work in. */
  setup?: string;
  /** What `setup` depends on, and folders that it makes which other trees may have copies of. */
  inputs?: readonly string[] | undefined;
  warm?: readonly string[];
  /** Run in a work tree before it is removed. */
  teardown?: string | undefined;
  /** Commands that must pass on the merged result. */
  checks: string[];
}

/** What was found at the path of a rig. */
export interface RigFacts {
  /** Top level of the work tree, absolute. */
  path: string;
  /** The folder that the repository's refs and objects are in; several work trees may share it. */
  commonDir: string;
  /** The branch that is checked out, without `refs/heads/`. */
  branch: string;
  /** The commit id of that branch. */
  head: string;
}

/** `merge-tree --write-tree` and `fetch --no-write-fetch-head` are there from 2.38 and 2.29 on. */
const OLDEST_GIT = [2, 38] as const;

/**
 * Looks whether harness can work on the repository that `path` is in; `isKnown`: it has before. Throws HarnessError('usage') for a repository that it
 * cannot (yet) work on and HarnessError('environment') for a missing or old git, each in one sentence with the way out.
 */
export async function inspectRig(path: string, { isKnown = false } = {}): Promise<RigFacts> {
  if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) throw usage(`${path} is not a folder`);
  const git = new Git(path);
  await verifyGitVersion(git);
  await verifyWorkTree(git, path);
  const top = await git.text(['rev-parse', '--show-toplevel']);
  const commonDir = await commonDirOf(git);
  // Where a depot has recorded the base already, it does not matter what is checked out now.
  const branch = isKnown ? '' : await verifyBranch(git, top);
  const head = await git.run(['rev-parse', '--verify', '--quiet', 'HEAD^{commit}'], { ok: [0, 1, 128] });
  if (head.code !== 0) throw usage(`${top} has no commit yet; make a first one`);
  await verifyPlainRepository(git, top);
  return { path: top, commonDir, branch, head: head.stdout.trim() };
}

/** The folder with the refs and objects of the repository that `git` looks at. */
export const commonDirOf = (git: Git): Promise<string> =>
  git.text(['rev-parse', '--path-format=absolute', '--git-common-dir']);

async function verifyGitVersion(git: Git): Promise<void> {
  const text = await git.text(['--version']);
  const [major = 0, minor = 0] = (/(\d+)\.(\d+)/.exec(text)?.slice(1) ?? []).map(Number);
  const [needMajor, needMinor] = OLDEST_GIT;
  if (major > needMajor || (major === needMajor && minor >= needMinor)) return;
  const needed = OLDEST_GIT.join('.');
  throw new HarnessError('environment', `${text} is too old; install git ${needed} or newer`);
}

async function verifyWorkTree(git: Git, path: string): Promise<void> {
  const looked = await git.run(['rev-parse', '--is-bare-repository', '--is-inside-work-tree'], {
    ok: [0, 128],
  });
  if (looked.code !== 0) {
    if (!/not a git repository/.test(looked.stderr)) {
      throw usage(
        `${path}: ${looked.stderr.split('\n')[0]?.replace(/^fatal: /, '') ?? 'git cannot read it'}`,
      );
    }
    throw usage(`${path} is not in a git repository; go to one, or run git init there and commit something`);
  }
  const [isBare, isInside] = looked.stdout.split('\n');
  if (isBare === 'true') throw usage(`${path} is a bare repository; name a clone that has a work tree`);
  if (isInside !== 'true') throw usage(`${path} is inside a .git folder; name the work tree instead`);
}

async function verifyBranch(git: Git, top: string): Promise<string> {
  const head = await git.run(['symbolic-ref', '--quiet', 'HEAD'], { ok: [0, 1] });
  const ref = head.stdout.trim();
  if (head.code !== 0) {
    throw usage(`${top} has no branch checked out (detached HEAD); check out the branch to start from`);
  }
  if (ref === TARGET_REF) {
    throw usage(`${top} has ${TARGET} checked out, which harness moves; check out the branch to start from`);
  }
  if (!ref.startsWith('refs/heads/')) throw usage(`${top} has ${ref} checked out, which is not a branch`);
  return ref.slice('refs/heads/'.length);
}

/** Kinds of repositories that were not tried, so that work in them is not promised. */
async function verifyPlainRepository(git: Git, top: string): Promise<void> {
  if ((await git.text(['rev-parse', '--is-shallow-repository'])) === 'true') {
    throw usage(`${top} is a shallow clone; run git fetch --unshallow first`);
  }
  const partial = await git.run(
    ['config', '--get-regexp', '^(extensions\\.partialclone|remote\\..*\\.promisor)$'],
    {
      ok: [0, 1],
    },
  );
  if (partial.code === 0) throw usage(`${top} is a partial clone, which is not supported; use a full clone`);
  const submodules = await git.run(['cat-file', '-e', 'HEAD:.gitmodules'], { ok: [0, 1, 128] });
  if (submodules.code === 0) throw usage(`${top} has submodules, which are not supported yet`);
  const blocking = await git.run(['show-ref', '--verify', '--quiet', 'refs/heads/harness'], { ok: [0, 1] });
  if (blocking.code === 0) {
    throw usage(`${top} has a branch named harness, which leaves no room for ${TARGET}; rename it`);
  }
}

const usage = (message: string) => new HarnessError('usage', message);
