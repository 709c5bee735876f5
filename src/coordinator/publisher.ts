import { monotonicMs } from '../clock.ts';
import { messageOf } from '../errors.ts';
import { publish } from '../worktree/publish.ts';
import type { Published } from '../worktree/publish.ts';
import { push } from '../worktree/push.ts';
import { BASE_REF, TARGET_REF } from '../worktree/refs.ts';
import type { RigWorks, Run } from './run.ts';
import { verifyCommit } from './checks.ts';

/** How often what others published is taken in before it is left for the next time. */
const TRIES = 5;

/** What a rig exchanges with the user's repository, one exchange after the other. */
interface Exchange {
  /** Ends when the last one that was asked for has ended. */
  last: Promise<unknown>;
  waiting: number;
  endedMs: number;
  /** Why it did not work; undefined if it did. */
  refused: string | undefined;
  /** Why what a branch has was not taken in, by its name: while neither it nor the target moves, neither does the answer. */
  objections: Map<string, Objection>;
}

interface Objection {
  commit: string;
  target: string;
  why: string;
}

interface Side {
  works: RigWorks;
  objections: Map<string, Objection>;
  abort: AbortSignal;
}

/**
 * Keeps the target and the user's repository together: what the user commits to the base is merged into the target, and the
 * target is brought out after each landing and every now and then. Where somebody else published there meanwhile (the user, another
 * home), that is taken into the target first, so that both are kept. All of it is checked like a landing. What is refused is a
 * problem that people see, and tried again.
 */
export class Publisher {
  #run: Run;
  #done: () => void;
  #exchanges = new Map<string, Exchange>();

  /** `done` is called whenever an exchange has ended. */
  constructor(run: Run, done: () => void) {
    this.#run = run;
    this.#done = done;
  }

  get busy(): boolean {
    return [...this.#exchanges.values()].some(({ waiting }) => waiting > 0);
  }

  /** Rigs that were not looked at for `everyMs`, or not yet. */
  due(everyMs: number): string[] {
    const now = monotonicMs();
    return [...this.#run.rigs.keys()].filter((name) => {
      const exchange = this.#exchanges.get(name);
      return !exchange || (exchange.waiting === 0 && now - exchange.endedMs >= everyMs);
    });
  }

  /** Rigs whose first exchange of this run has not ended: work on them would begin on an old target. */
  get unready(): string[] {
    return [...this.#run.rigs.keys()].filter((name) => (this.#exchanges.get(name)?.endedMs ?? 0) === 0);
  }

  /** Exchanges with a rig's repository once `first` has happened and what was begun before has ended. */
  publish(works: RigWorks, abort: AbortSignal, first: Promise<unknown> = Promise.resolve()): void {
    const fresh = {
      last: Promise.resolve(),
      waiting: 0,
      endedMs: 0,
      refused: undefined,
      objections: new Map(),
    };
    const exchange: Exchange = this.#exchanges.get(works.rig.name) ?? fresh;
    this.#exchanges.set(works.rig.name, exchange);
    exchange.waiting++;
    const before = exchange.last;
    exchange.last = Promise.all([first, before])
      .then(() => this.#exchange({ works, objections: exchange.objections, abort }))
      .catch((error: unknown) => messageOf(error))
      .then((refused) => {
        exchange.waiting--;
        this.#note(works.rig.name, exchange, refused);
        exchange.endedMs = monotonicMs();
        this.#done();
      });
  }

  /** One exchange; says why not all of it worked. Of two reasons the one about publishing counts. */
  async #exchange(side: Side): Promise<string | undefined> {
    const { works } = side;
    const fromBase = await this.#takeBase(side).catch((error: unknown) => messageOf(error));
    const { publish: how = 'branch', remote = 'origin' } = works.rig;
    if (how === 'none') return fromBase;
    const refused =
      (await this.#bringOut(side, () => publish(works.depot))) ??
      (how === 'push' ? await this.#bringOut(side, () => push(works.depot, remote)) : undefined);
    return refused ?? fromBase;
  }

  async #bringOut(side: Side, out: () => Promise<Published>): Promise<string | undefined> {
    const { abort } = side;
    const { rig } = side.works;
    // Once in any case: what landed shows in the user's repository, also when the run is stopped right then.
    for (let tried = 0; tried < TRIES && (tried === 0 || !abort.aborted); tried++) {
      const result = await out();
      if ('published' in result) return undefined;
      if ('refused' in result) return result.refused;
      const theirs = `${rig.target} in ${rig.path} was moved to ${result.ahead.slice(0, 12)} by somebody else`;
      const objection = await this.#takeIn(side, { commit: result.ahead, what: theirs, name: rig.target });
      if (objection !== undefined) return objection;
    }
    return abort.aborted ? undefined : `${rig.target} in ${rig.path} keeps moving`;
  }

  /** Brings what the user committed to the base into the target; nothing to do is known by the ids alone. */
  async #takeBase(side: Side): Promise<string | undefined> {
    const { works } = side;
    const { depot } = works;
    const before = depot.known.get(BASE_REF);
    const commit = await depot.fetchBase();
    const target = await depot.target();
    const name = await depot.baseBranch();
    const isRewritten =
      before !== undefined && before !== commit && !(await depot.isAncestor(before, commit));
    if (isRewritten) {
      const what = `${name} in ${works.rig.path} was rewritten; what it dropped is still part of ${works.rig.target}`;
      this.#run.tell({ is: 'trouble', what });
    }
    if (commit === target || (await depot.isAncestor(commit, target))) return undefined;
    const what = `${name} in ${works.rig.path} is at ${commit.slice(0, 12)}`;
    return this.#takeIn(side, { commit, what, name });
  }

  /** Merges what others committed into the target, after the checks of the rig; says why not if it cannot be. */
  async #takeIn(
    { works, objections, abort }: Side,
    { commit, what, name }: { commit: string; what: string; name: string },
  ): Promise<string | undefined> {
    const { depot } = works;
    const item = { title: `Merge ${name} into ${works.rig.target}`, checks: [] };
    for (let tried = 0; tried < TRIES; tried++) {
      const known = objections.get(name);
      if (known?.commit === commit && known.target === (await depot.target())) return known.why;
      const result = await verifyCommit(this.#run, works, {
        item,
        commit,
        spare: 'spare-publish',
        isUrgent: true,
        abort,
      });
      if (abort.aborted || result.is === 'contained') return undefined;
      if (result.is !== 'passed') {
        const why =
          result.is === 'conflict'
            ? `which conflicts with what landed here in ${result.files.join(', ')}; merge the two yourself`
            : `and merged with what landed here, ${result.command} fails`;
        objections.set(name, { commit, target: result.target, why: `${what}, ${why}` });
        return `${what}, ${why}`;
      }
      // Lost to a landing: the next round merges with that.
      if (!(await depot.swap(TARGET_REF, result.target, result.merge))) continue;
      this.#run.tell({ is: 'taken-in', commit, from: name });
      return undefined;
    }
    return `${what}; the target keeps moving, it is tried again`;
  }

  #note(rig: string, exchange: Exchange, refused: string | undefined): void {
    const before = exchange.refused;
    exchange.refused = refused;
    if (refused !== undefined && refused !== before)
      this.#run.tell({ is: 'publish-refused', rig, reason: `${rig}: ${refused}` });
    // What was refused in the run before is not known here.
    const isNews = before !== undefined || exchange.endedMs === 0;
    if (refused === undefined && isNews) this.#run.tell({ is: 'publish-mended', rig });
  }

  /** What needs a person. */
  problems(): string[] {
    return [...this.#exchanges].flatMap(([rig, { refused }]) =>
      refused === undefined ? [] : [`${rig}: ${refused}`],
    );
  }
}
