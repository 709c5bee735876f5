import { existsSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder } from '../durable.ts';
import { HarnessError, messageOf } from '../errors.ts';
import { createDepot } from './clone.ts';
import { COPY_TIMEOUT_MS, FETCH, Git } from './git.ts';
import { Mutex } from './mutex.ts';
import { ownFileOf } from './entry.ts';
import { Guard } from './guard.ts';
import { ATTEMPT_REFS, attemptIn, BASE_REF, CHECKED_REF, isReserved, NOTHING } from './refs.ts';
import { TARGET_REF, verifyCommitId } from './refs.ts';
import { commonDirOf, inspectRig } from './rig.ts';
import type { Rig } from './rig.ts';
import { agentView, ownView, readShared } from './settings.ts';
import type { Shared } from './settings.ts';
import { mendView } from './view.ts';
import type { View } from './view.ts';

/** Who works on a branch: the worktree, and the view that its agent sees the depot through. */
export interface Owner {
  name: string;
  view: string;
}

interface Parts {
  rig: Rig;
  folder: string;
  commonDir: string;
  mutex: Mutex;
  shared: Shared;
  sole: boolean;
}

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
  /** How the coordinator sees the depot: all its git calls read settings from here and from nowhere else. */
  readonly ownView: string;
  readonly guard: Guard;
  /** What every reserved ref must be, as far as the coordinator set it. */
  readonly known = new Map<string, string>();
  /** Branches that an agent works on now. */
  readonly owners = new Map<string, Owner>();
  readonly #shared: Shared;
  readonly #views = new Map<string, View>();
  /** Whether this is the one coordinator of the depot. */
  readonly sole: boolean;
  #last: Promise<unknown> = Promise.resolve();

  private constructor({ rig, folder, commonDir, mutex, shared, sole }: Parts) {
    this.rig = rig;
    this.folder = folder;
    this.gitDir = join(folder, 'depot.git');
    this.ownView = join(this.gitDir, 'view');
    this.git = new Git(this.gitDir, { gitDir: this.ownView, commonDir: this.ownView });
    this.mutex = mutex;
    this.commonDir = commonDir;
    this.#shared = shared;
    this.sole = sole;
    this.guard = new Guard(this);
  }

  /**
   * Opens the depot in `folder` (`worktrees/<rig>`), and makes it on first use: a local clone by hard links, the branch
   * checked out in the user's repository recorded as base. `sole` says that the caller is the only coordinator, and so
   * may remove the mutex of a dead one. Throws HarnessError('usage' | 'environment').
   */
  static async open(rig: Rig, folder: string, { sole = false } = {}): Promise<Depot> {
    makeFolder(folder);
    const place = realpathSync(folder); // as processes that work there see it
    const mutex = new Mutex(join(place, 'depot.lock'));
    if (sole) mutex.clear();
    const gitDir = join(place, 'depot.git');
    if (!existsSync(gitDir)) {
      const facts = await inspectRig(rig.path);
      await mutex.hold(() => createDepot(facts, rig.target, place));
    }
    const commonDir = await commonDirOf(new Git(rig.path));
    const shared = await readShared(new Git(rig.path), gitDir);
    const depot = new Depot({ rig, folder: place, commonDir, mutex, shared, sole });
    mendView(gitDir, ownView(depot.ownView, shared));
    const refs = existsSync(join(gitDir, 'refs')) ? await depot.listRefs() : new Map<string, string>();
    if (!refs.has(TARGET_REF)) {
      throw new HarnessError(
        'environment',
        `${gitDir} is not a whole depot; move it away to have it made anew`,
      );
    }
    if (sole) await depot.#begin(refs);
    return depot;
  }

  /** From here on the refs are this coordinator's; a target that somebody moved while none ran is put back. */
  async #begin(refs: Map<string, string>): Promise<void> {
    for (const [ref, id] of refs) if (isReserved(ref)) this.known.set(ref, id);
    const [target = '', checked] = [refs.get(TARGET_REF), refs.get(CHECKED_REF)];
    if (checked === undefined) await this.swap(CHECKED_REF, NOTHING, target);
    else if (checked !== target) {
      this.known.set(TARGET_REF, checked);
      await this.guard.look();
    }
  }

  /** The view of the agent in a worktree. */
  viewFor(worktree: string): View {
    const folder = join(this.gitDir, 'views', worktree);
    const view =
      this.#views.get(worktree) ??
      agentView(folder, this.#shared, ownFileOf(join(this.gitDir, 'worktrees', worktree)));
    this.#views.set(worktree, view);
    return view;
  }

  /** All views in use: the agents' with the names of their worktrees, and the coordinator's own without one. */
  views(): { name: string | undefined; view: View }[] {
    const agents = [...this.#views].map(([name, view]) => ({ name, view }));
    return [{ name: undefined, view: ownView(this.ownView, this.#shared) }, ...agents];
  }

  /** Notes that an agent works on a branch from now on: it alone moves it. */
  own(ref: string, commit: string, { name, entry }: { name: string; entry: { view: string } }): void {
    this.known.set(ref, commit);
    this.owners.set(ref, { name, view: entry.view });
  }

  /** Notes that the agent of a worktree is done with its branch: from now on it stays where it is. */
  async disown(name: string): Promise<void> {
    for (const [ref, owner] of this.owners) {
      if (owner.name !== name) continue;
      const tip = await this.resolve(ref);
      this.owners.delete(ref);
      if (tip === undefined) this.known.delete(ref);
      else this.known.set(ref, tip);
    }
  }

  /** All refs with their ids. */
  async listRefs(): Promise<Map<string, string>> {
    const text = await this.git.text(['for-each-ref', '--format=%(refname) %(objectname)']);
    const pairs = text.split('\n').filter((line) => line !== '');
    return new Map(pairs.map((line) => line.split(' ') as [string, string]));
  }

  /** Runs one after the other what changes or compares refs. */
  inOrder<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#last.then(work);
    this.#last = mine.catch(() => undefined);
    return mine;
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
    await this.take(id);
    await this.inOrder(() => this.transactNow([`update ${BASE_REF} ${id}`], 'harness: fetch'));
    return id;
  }

  /** Copies a commit of the user's repository with all that it needs; its id is enough, no ref changes. */
  async take(id: string): Promise<void> {
    // A repository gives out commits that no ref of it has only if its side of the line is told so.
    const serve = '--upload-pack=git -c uploadpack.allowAnySHA1InWant=true upload-pack';
    const args = [...FETCH, serve, '--', this.commonDir, verifyCommitId(id)];
    await this.mutex.hold(() => this.git.run(args, { timeoutMs: COPY_TIMEOUT_MS }));
  }

  /**
   * The commit id that the target branch has: for the coordinator the one that it landed itself, whatever somebody else wrote
   * there.
   */
  async target(): Promise<string> {
    const known = this.sole ? this.known.get(TARGET_REF) : undefined;
    if (known !== undefined) return known;
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
  transact(lines: string[], why = 'harness'): Promise<boolean> {
    return this.inOrder(async () => {
      if (await this.transactNow(lines, why)) return true;
      // Perhaps somebody who must not had moved it: then it is put back, and the caller's next try works.
      if (this.sole) await this.guard.lookNow();
      return false;
    });
  }

  /** The same for who holds the order already. */
  async transactNow(lines: string[], why: string): Promise<boolean> {
    const args = ['update-ref', '--create-reflog', '-m', why, '--stdin'];
    const all = [...lines, ...lines.flatMap((line) => twin(line) ?? [])];
    const done = await this.git.run(args, { input: `${all.join('\n')}\n`, ok: [0, 128] });
    if (done.code === 0) {
      for (const line of all) this.#note(line);
      return true;
    }
    if (/cannot lock ref/.test(done.stderr)) return false;
    throw new HarnessError('failed', `git update-ref in ${this.gitDir}: ${messageOf(done.stderr)}`);
  }

  #note(line: string): void {
    const [verb, ref = '', id = ''] = line.split(' ');
    if (verb === 'delete') this.known.delete(ref);
    else if (verb !== 'verify') this.known.set(ref, id);
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

/** What is moved together with the target: the note that this value was checked. Leaves alone what only verifies. */
function twin(line: string): string | undefined {
  const [verb, ref, id] = line.split(' ');
  return ref === TARGET_REF && (verb === 'update' || verb === 'create')
    ? `update ${CHECKED_REF} ${id}`
    : undefined;
}
