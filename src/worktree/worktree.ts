import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { HarnessError } from '../errors.ts';
import type { Depot } from './depot.ts';
import { dropForeign, dropStaleLocks, dropUnfinished, mendEntry, noteOwn, unfinishedIn } from './entry.ts';
import type { Entry } from './entry.ts';
import { COPY_TIMEOUT_MS, Git } from './git.ts';
import { unhide } from './hidden.ts';
import { include } from './include.ts';
import { foreignRef, NOTHING, verifyCommitId } from './refs.ts';
import { parseNumstat, parseStatus, STATUS } from './status.ts';
import { mendView } from './view.ts';

/** What git says of a worktree; nothing here comes from what an agent says. */
export interface TreeFacts {
  /** The commit id of HEAD. */
  head: string | undefined;
  /** The branch that HEAD is on; undefined if it is detached. */
  branch: string | undefined;
  /** Whether HEAD is on the branch of the attempt. */
  onBranch: boolean;
  /** The commit id of the attempt's branch; undefined if somebody deleted it. */
  tip: string | undefined;
  /** Commits of the attempt's branch that the base does not have, oldest first. */
  commits: string[];
  clean: boolean;
  /** Paths that are not committed, untracked ones too; ignored ones not. */
  dirty: string[];
  /** A merge, rebase, ... that was begun and not ended. */
  unfinished: string | undefined;
  /** The committed change against the base. */
  diffStat: { files: number; insertions: number; deletions: number };
  /** The files of that change. */
  paths: string[];
}

/** A work tree of the depot, kept and reused from item to item: that is the fast way to a clean tree. */
export class Worktree {
  readonly depot: Depot;
  readonly name: string;
  readonly path: string;
  /** Git in this tree, pinned to its entry in the depot whatever an agent does to the `.git` file. */
  readonly git: Git;
  readonly entry: Entry;

  private constructor(depot: Depot, name: string) {
    this.depot = depot;
    this.name = name;
    this.path = join(depot.folder, name);
    const gitDir = join(depot.gitDir, 'worktrees', name);
    this.entry = { path: this.path, gitDir, view: depot.viewFor(name).folder };
    this.git = new Git(this.path, { gitDir, workTree: this.path, commonDir: depot.ownView });
  }

  /**
   * The worktree of that name: made if it is new, repaired if it is damaged; what is in it stays. A folder that was
   * deleted comes back as git's index last had it.
   */
  static async ensure(depot: Depot, name: string): Promise<Worktree> {
    if (!/^[a-z0-9][a-z0-9-]{0,63}$/.test(name)) {
      throw new HarnessError(
        'usage',
        `${JSON.stringify(name)} is not a name for a worktree; use a-z, 0-9 and -`,
      );
    }
    const worktree = new Worktree(depot, name);
    await worktree.#mend();
    return worktree;
  }

  /**
   * Writes what git would write for a new worktree, and again what is missing: no `git worktree add`, which fails when several run
   * at once, and nothing that agents could have changed is believed.
   */
  async #mend(): Promise<void> {
    mendView(this.depot.gitDir, this.depot.viewFor(this.name));
    const isEmpty = mendEntry(this.entry, await this.depot.target());
    if (isEmpty && existsSync(join(this.entry.gitDir, 'index')))
      await this.git.run(['checkout-index', '--all', '--force'], { ok: [0, 1, 128] });
  }

  /** Whether nothing was ever checked out here, so that there is nothing to lose. */
  get isUnused(): boolean {
    return (
      !existsSync(join(this.entry.gitDir, 'index')) && readdirSync(this.path).every((name) => name === '.git')
    );
  }

  /**
   * Makes the tree clean at a commit id, on a new branch there, and verifies it; ignored files (dependencies, caches) stay.
   * What was in it is gone afterwards: rescue first. Throws a HarnessError if the branch exists already.
   */
  async begin(branch: string, commit: string): Promise<void> {
    const ref = `refs/heads/${branch}`;
    if ((await this.depot.resolve(ref)) !== undefined) {
      throw new HarnessError('failed', `the branch ${branch} exists already in ${this.depot.gitDir}`);
    }
    await this.#reach(verifyCommitId(commit), branch);
  }

  /**
   * Makes the tree clean on the branch of an attempt that is gone on with, at the commit id that it ended with; where the branch
   * is somewhere else meanwhile, that is kept under a name of its own. Rescue first, as for `begin`.
   */
  async resume(branch: string, commit: string): Promise<void> {
    const ref = `refs/heads/${branch}`;
    const id = verifyCommitId(commit);
    const tip = await this.depot.resolve(ref);
    if (tip === undefined) await this.depot.swap(ref, NOTHING, id);
    else if (tip !== id)
      await this.depot.transact([`update ${foreignRef(tip)} ${tip}`, `update ${ref} ${id} ${tip}`]);
    await this.#reach(id, branch, 'old');
  }

  /** Makes the tree clean at a commit id, on no branch: for trees in which checks run. */
  async detach(commit: string): Promise<void> {
    await this.#reach(verifyCommitId(commit), undefined);
  }

  async #reach(commit: string, branch: string | undefined, kind: 'new' | 'old' = 'new'): Promise<void> {
    await this.#mend();
    await this.unlock();
    dropUnfinished(this.entry);
    await this.depot.disown(this.name);
    noteOwn(this.entry, branch === undefined ? undefined : `refs/heads/${branch}`, commit);
    // Before git makes it: whoever looks at the refs in between would take a branch that it does not know away.
    if (branch !== undefined) this.depot.own(`refs/heads/${branch}`, commit, this);
    const isFast = existsSync(join(this.entry.gitDir, 'index')) && (await this.#switch(commit, branch, kind));
    if (!isFast || !(await this.#isAt(commit, branch))) await this.#rebuild(commit, branch);
    await include(this);
  }

  /** The fast way: git touches the files that differ. False if it could not. */
  async #switch(commit: string, branch: string | undefined, kind: 'new' | 'old'): Promise<boolean> {
    const isNew = branch !== undefined && kind === 'new';
    const where = isNew ? ['--no-track', '-c', branch, commit] : ['--detach', commit];
    const options = { ok: [0, 1, 128], timeoutMs: COPY_TIMEOUT_MS };
    if (!(await unhide(this.git))) return false;
    const switched = await this.git.run(['switch', '--quiet', '--discard-changes', ...where], options);
    // Onto an old branch only by its name: what it would be switched to by a name could have moved.
    if (switched.code === 0 && branch !== undefined && !isNew) await this.#takeBranch(branch, commit);
    return switched.code === 0 && (await this.git.run(['clean', '-ffdq'], options)).code === 0;
  }

  /** The sure way: from no index at all, ignored files too if nothing less helps. */
  async #rebuild(commit: string, branch: string | undefined): Promise<void> {
    const options = { timeoutMs: COPY_TIMEOUT_MS };
    // Detached first: a reset must never move the branch of an earlier attempt.
    await this.git.run(['update-ref', '--no-deref', 'HEAD', commit]);
    for (const clean of ['-ffdq', '-ffdqx']) {
      rmSync(join(this.entry.gitDir, 'index'), { force: true });
      await this.git.run(['reset', '--quiet', '--hard', commit, '--'], options);
      await this.git.run(['clean', clean], { ...options, ok: [0, 1] });
      if (branch !== undefined) await this.#takeBranch(branch, commit);
      if (await this.#isAt(commit, branch)) return;
    }
    const { dirty } = await this.status();
    const what = `${this.path} does not get clean at ${commit.slice(0, 12)}: ${dirty.slice(0, 3).join(', ')}`;
    throw new HarnessError('failed', `${what}; look at line endings, filters and rights of these files`);
  }

  async #takeBranch(branch: string, commit: string): Promise<void> {
    const ref = `refs/heads/${branch}`;
    if ((await this.depot.resolve(ref)) !== commit) await this.depot.swap(ref, NOTHING, commit);
    await this.git.run(['symbolic-ref', 'HEAD', ref]);
  }

  async #isAt(commit: string, branch: string | undefined): Promise<boolean> {
    const now = await this.status();
    return now.head === commit && now.branch === branch && now.dirty.length === 0;
  }

  /** Removes lock files that a killed git left. Throws a HarnessError if somebody still holds one. */
  async unlock(): Promise<void> {
    await dropStaleLocks(this.entry);
  }

  /** HEAD, branch and uncommitted paths as git sees them. */
  async status(): Promise<ReturnType<typeof parseStatus>> {
    dropForeign(this.entry);
    return parseStatus((await this.git.run(STATUS)).stdout);
  }

  /** What is true of an attempt on `branch` that was begun at the commit id `base`. */
  async facts(branch: string, base: string): Promise<TreeFacts> {
    const tip = await this.depot.resolve(`refs/heads/${branch}`);
    const from = verifyCommitId(base);
    const [now, commits, stat] = await Promise.all([
      this.status(),
      tip === undefined ? '' : this.depot.git.text(['rev-list', '--reverse', tip, `^${from}`, '--']),
      tip === undefined ? '' : this.depot.git.text([...NUMSTAT, from, tip, '--']),
    ]);
    return {
      head: now.head,
      branch: now.branch,
      onBranch: now.branch === branch && now.head === tip,
      tip,
      commits: commits.split('\n').filter((id) => id !== ''),
      clean: now.dirty.length === 0,
      dirty: now.dirty,
      unfinished: unfinishedIn(this.entry),
      ...parseNumstat(stat),
    };
  }
}

const NUMSTAT = ['diff', '--numstat', '-z', '--no-renames', '--no-ext-diff', '--no-textconv'];
