import { existsSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder } from '../durable.ts';
import { HarnessError, messageOf } from '../errors.ts';
import { createDepot } from './clone.ts';
import { COPY_TIMEOUT_MS, FETCH, Git } from './git.ts';
import { Mutex } from './mutex.ts';
import { ATTEMPT_REFS, attemptIn, BASE_REF, NOTHING, TARGET, TARGET_REF, verifyCommitId } from './refs.ts';
import { commonDirOf, inspectRig } from './rig.ts';
import type { Rig } from './rig.ts';

/**
 * The harness' own bare repository of a rig. All worktrees, branches and refs of agents hang off it; the user's
 * repository is only read here.
 */
export class Depot {
  readonly rig: Rig;
  /** The folder with the depot and the worktrees of this rig. */
  readonly folder: string;
  readonly gitDir: string;
  readonly git: Git;
  /** For what must not run twice at once: adding and removing worktrees, fetching, configuring. */
  readonly mutex: Mutex;
  /** The folder with the refs and objects of the user's repository. */
  readonly commonDir: string;

  private constructor(rig: Rig, folder: string, commonDir: string, mutex: Mutex) {
    this.rig = rig;
    this.folder = folder;
    this.gitDir = join(folder, 'depot.git');
    this.git = new Git(this.gitDir, { gitDir: this.gitDir });
    this.mutex = mutex;
    this.commonDir = commonDir;
  }

  /**
   * Opens the depot in `folder` (`worktrees/<rig>`), and makes it on first use: a local clone by hard links, the branch
   * checked out in the user's repository recorded as base. `sole` says that the caller is the only coordinator, and so
   * may remove the mutex of a dead one. Throws HarnessError('usage' | 'environment').
   */
  static async open(rig: Rig, folder: string, { sole = false } = {}): Promise<Depot> {
    if (rig.target !== TARGET) {
      throw new HarnessError(
        'usage',
        `rig ${rig.name}: target ${rig.target} is not supported yet; use ${TARGET}`,
      );
    }
    makeFolder(folder);
    const place = realpathSync(folder); // as processes that work there see it
    const mutex = new Mutex(join(place, 'depot.lock'));
    if (sole) mutex.clear();
    const gitDir = join(place, 'depot.git');
    if (!existsSync(gitDir)) {
      const facts = await inspectRig(rig.path);
      await mutex.hold(() => createDepot(facts, place));
    }
    const commonDir = await commonDirOf(new Git(rig.path));
    const depot = new Depot(rig, place, commonDir, mutex);
    if ((await depot.resolve(TARGET_REF)) === undefined) {
      throw new HarnessError(
        'environment',
        `${gitDir} is not a whole depot; move it away to have it made anew`,
      );
    }
    return depot;
  }

  /** The user's base branch, recorded when the rig was first used. */
  baseBranch(): Promise<string> {
    return this.git.text(['config', '--get', 'harness.base']);
  }

  /** Fetches the user's base branch and returns its commit id. Reads the user's repository only. */
  async fetchBase(): Promise<string> {
    const ref = `refs/heads/${await this.baseBranch()}`;
    const users = new Git(this.commonDir, { gitDir: this.commonDir });
    const there = await users.run(['rev-parse', '--verify', '--quiet', `${ref}^{commit}`], {
      ok: [0, 1, 128],
    });
    if (there.code !== 0) {
      const what = `the base branch ${ref.slice('refs/heads/'.length)} is gone from ${this.rig.path}`;
      throw new HarnessError('failed', `${what}; bring it back`);
    }
    const id = there.stdout.trim();
    if (id === (await this.resolve(BASE_REF))) return id;
    await this.mutex.hold(() =>
      this.git.run([...FETCH, this.commonDir, `+${ref}:${BASE_REF}`], { timeoutMs: COPY_TIMEOUT_MS }),
    );
    return (await this.resolve(BASE_REF)) ?? id;
  }

  /** The commit id that the target branch has now. */
  async target(): Promise<string> {
    return this.git.text(['rev-parse', '--verify', `${TARGET_REF}^{commit}`]);
  }

  /** The commit id of a name; undefined if there is no such name. */
  async resolve(name: string): Promise<string | undefined> {
    const args = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`];
    const found = await this.git.run(args, { ok: [0, 1, 128] });
    return found.code === 0 ? found.stdout.trim() : undefined;
  }

  /** The tree id of a commit. */
  async treeOf(commit: string): Promise<string> {
    return this.git.text(['rev-parse', '--verify', `${verifyCommitId(commit)}^{tree}`]);
  }

  /** Whether a commit is part of the history of another (a commit is part of its own). */
  async isAncestor(commit: string, of: string): Promise<boolean> {
    const ids = [verifyCommitId(commit), verifyCommitId(of)];
    return (await this.git.run(['merge-base', '--is-ancestor', ...ids], { ok: [0, 1] })).code === 0;
  }

  /**
   * Moves a ref from one commit id to another; `from` NOTHING: it must be new, `to` NOTHING: it is deleted.
   * False if it is not (any more) at `from`.
   */
  swap(ref: string, from: string, to: string): Promise<boolean> {
    if (to === NOTHING) return this.transact([`delete ${ref} ${from}`]);
    return this.transact([from === NOTHING ? `create ${ref} ${to}` : `update ${ref} ${to} ${from}`]);
  }

  /**
   * Changes several refs at once, or none: lines of `git update-ref --stdin`, all with the value that is expected. False if one
   * of them has another value. `why` goes into the logs of the refs.
   */
  async transact(lines: string[], why = 'harness'): Promise<boolean> {
    const args = ['update-ref', '--create-reflog', '-m', why, '--stdin'];
    const done = await this.git.run(args, { input: `${lines.join('\n')}\n`, ok: [0, 128] });
    if (done.code === 0) return true;
    if (/cannot lock ref/.test(done.stderr)) return false;
    throw new HarnessError('failed', `git update-ref in ${this.gitDir}: ${messageOf(done.stderr)}`);
  }

  /** The highest attempt of each item that a branch or a rescue remembers. */
  async attempts(): Promise<Map<string, number>> {
    const refs = await this.git.text(['for-each-ref', '--format=%(refname)', ...ATTEMPT_REFS]);
    const highest = new Map<string, number>();
    for (const { item, attempt } of refs.split('\n').flatMap((ref) => attemptIn(ref) ?? [])) {
      highest.set(item, Math.max(attempt, highest.get(item) ?? 0));
    }
    return highest;
  }
}
