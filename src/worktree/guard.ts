import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { readSmallFile } from '../durable.ts';
import type { Depot, Owner } from './depot.ts';
import { CHECKED_REF, foreignRef, isReserved, TARGET_REF } from './refs.ts';
import { parseSettings } from './settings.ts';
import { mendView } from './view.ts';
import type { Change } from './view.ts';

/** Something that was changed by somebody who must not; it has been put back. */
interface Foul {
  /** In words, for the record and for people. */
  what: string;
  /** Whether it can have been an accident that harmed nobody (a test suite that runs `git init` or `git config`). */
  isHarmless: boolean;
  /** The worktrees whose agent may have done it: one, where that is certain. */
  suspects: string[];
}

/** Settings that tools write in passing and that run nothing. */
const HARMLESS_SETTINGS =
  /^(user|author|committer|branch|remote|pull|push|init|advice|color|rerere|column)\.|^core\.(bare|worktree|filemode|autocrlf|eol|ignorecase|logallrefupdates|repositoryformatversion)$/;

/**
 * Compares a depot with what it must be and puts it back: refs of others and of the coordinator, and every view with its settings,
 * hooks and attributes. Knows who may have done it: whose view it is, whose log has the move, else who was in a turn since the last look.
 */
export class Guard {
  readonly #depot: Depot;
  #turns = new Set<string>();
  #sinceLook = new Set<string>();
  #found: Foul[] = [];

  constructor(depot: Depot) {
    this.#depot = depot;
  }

  /** The agent of a worktree begins a turn. */
  enter(worktree: string): void {
    this.#turns.add(worktree);
    this.#sinceLook.add(worktree);
  }

  /** The agent of a worktree is in no turn (any more), whatever became of it. */
  quit(worktree: string): void {
    this.#turns.delete(worktree);
  }

  /** The turn is over: looks, and returns what was found since the last call, for whomever it was. */
  async leave(worktree: string): Promise<Foul[]> {
    await this.look();
    this.#turns.delete(worktree);
    this.#sinceLook.delete(worktree);
    const mine = this.#found.filter(({ suspects }) => suspects.includes(worktree));
    this.#found = this.#found.filter((foul) => !mine.includes(foul));
    return mine;
  }

  /** What nobody could be asked about: found while no agent was in a turn. */
  unclaimed(): Foul[] {
    const nobodys = this.#found.filter(({ suspects }) => !suspects.some((name) => this.#turns.has(name)));
    this.#found = this.#found.filter((foul) => !nobodys.includes(foul));
    return nobodys;
  }

  /** Compares and puts back. Nothing of the coordinator's own moves a ref meanwhile. */
  look(): Promise<void> {
    return this.#depot.inOrder(() => this.lookNow());
  }

  /** The same for who holds the order already. */
  async lookNow(): Promise<void> {
    const suspects = [...this.#sinceLook];
    for (const { name, view } of this.#depot.views()) {
      for (const change of mendView(this.#depot.gitDir, view)) {
        const own = name === undefined ? suspects : [name];
        this.#found.push(await this.#describe(change, view.files[change.file], own));
      }
    }
    this.#dropFiles();
    await this.#mendRefs(suspects);
    this.#sinceLook = new Set(this.#turns);
  }

  async #describe({ file, found }: Change, wanted: string | undefined, suspects: string[]): Promise<Foul> {
    if (file !== 'config' || found === undefined || wanted === undefined) {
      // A stray `git init` brings its samples along, a fetch may make a `shallow`.
      const isGitsOwn = ['HEAD', 'packed-refs', 'shallow'].includes(file) || file.endsWith('.sample');
      return { what: `${file} of the repository was changed`, isHarmless: isGitsOwn, suspects };
    }
    const [now, before] = [await this.#settings(found), await this.#settings(wanted)];
    if (now === undefined) return { what: 'the settings were made unreadable', isHarmless: false, suspects };
    const names = [...new Set([...Object.keys(now), ...Object.keys(before ?? {})])].filter(
      (name) => now[name] !== before?.[name],
    );
    const isHarmless = names.every((name) => HARMLESS_SETTINGS.test(name));
    return { what: `settings of the repository were changed: ${names.join(', ')}`, isHarmless, suspects };
  }

  async #settings(text: string): Promise<Record<string, string> | undefined> {
    // Without includes: they would be read from wherever an agent says.
    const args = ['config', '--file', '-', '--no-includes', '--list', '-z'];
    const read = await this.#depot.git.run(args, { input: text, ok: [0, 1, 128] });
    return read.code === 128 ? undefined : parseSettings(read.stdout);
  }

  /** Files of the depot itself that would change what all see of its history. */
  #dropFiles(): void {
    for (const name of ['objects/info/alternates', 'shallow', 'info/grafts']) {
      const file = join(this.#depot.gitDir, name);
      if (!existsSync(file)) continue;
      rmSync(file, { force: true, recursive: true });
      const suspects = [...this.#sinceLook];
      this.#found.push({ what: `${name} was made`, isHarmless: false, suspects });
    }
  }

  async #mendRefs(suspects: string[]): Promise<void> {
    const { known, owners, sole } = this.#depot;
    if (!sole) return; // somebody else knows what they must be
    const before = new Map([...owners].map(([ref, owner]) => [ref, ownMoves(owner, ref).length]));
    const actual = await this.#depot.listRefs();
    for (const ref of new Set([...actual.keys(), ...known.keys()])) {
      if (!isReserved(ref)) continue;
      const [is, should] = [actual.get(ref), known.get(ref)];
      const owner = owners.get(ref);
      if (owner) {
        // Its agent may delete it (that is its own loss) and move it, meanwhile too; an emptied log proves nothing.
        const moves = ownMoves(owner, ref).slice(Math.max(0, (before.get(ref) ?? 0) - 1));
        const tip = moves.at(-1);
        if (is === undefined || tip === undefined || moves.includes(is)) continue;
        if (!(await this.#put(ref, is, tip))) continue;
      } else if (is === should || !(await this.#put(ref, is, should))) continue;
      const who = this.#moversOf(ref, is) ?? suspects;
      const others = who.filter((name) => name !== owner?.name);
      this.#found.push({ what: inWords(ref, is, should), isHarmless: false, suspects: others });
    }
  }

  /** The worktrees whose own log says that this ref was moved to this id; undefined if none does. */
  #moversOf(ref: string, id: string | undefined): string[] | undefined {
    if (id === undefined) return undefined;
    const movers = [...this.#depot.views()].flatMap(({ name, view }) => {
      const file = join(view.folder, 'logs', ref);
      return name !== undefined && ids(file).includes(id) ? [name] : [];
    });
    return movers.length === 0 ? undefined : movers;
  }

  /** Puts a ref back; what stood there is kept under a name of its own. */
  async #put(ref: string, is: string | undefined, should: string | undefined): Promise<boolean> {
    const lines = is === undefined ? [] : [`update ${foreignRef(is)} ${is}`];
    if (should === undefined) lines.push(`delete ${ref} ${is}`);
    else lines.push(is === undefined ? `create ${ref} ${should}` : `update ${ref} ${should} ${is}`);
    return this.#depot.transactNow(lines, 'harness: put back');
  }
}

function inWords(ref: string, is: string | undefined, should: string | undefined): string {
  const name = ref === TARGET_REF || ref === CHECKED_REF ? `${ref} (the target)` : ref;
  if (is === undefined) return `${name} was deleted`;
  return should === undefined ? `${name} was made` : `${name} was moved to ${is.slice(0, 12)}`;
}

/** The commit ids that an agent itself moved its branch to, oldest first: git writes them into the log of its view. */
export const ownMoves = ({ view }: Pick<Owner, 'view'>, ref: string): string[] =>
  ids(join(view, 'logs', ref));

/** A log of more moves, in bytes, proves nothing; neither does a FIFO or a link in its place, which is not waited for. */
const MOST_LOG = 16 << 20;

function ids(file: string): string[] {
  let text: string;
  try {
    text = readSmallFile(file, MOST_LOG) ?? '';
  } catch {
    return [];
  }
  return text.split('\n').flatMap((line) => /^[0-9a-f]+ ([0-9a-f]{40,64}) /.exec(line)?.[1] ?? []);
}
