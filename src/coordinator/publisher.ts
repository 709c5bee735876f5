import { messageOf } from '../errors.ts';
import { publish } from '../worktree/publish.ts';
import { TARGET_REF } from '../worktree/refs.ts';
import type { RigWorks, Run } from './run.ts';
import { verifyCommit } from './work.ts';

/** How often what others published is taken in before it is left for the next time. */
const TRIES = 5;

/**
 * Brings the target out to the user's repository after each landing. Where somebody else published there meanwhile (the
 * user, another home), that is checked and taken into the target first, so that both are kept. What is refused is a
 * problem, and tried again with the next landing.
 */
export class Publisher {
  #run: Run;
  #done: () => void;
  #underWay = 0;
  #last: Promise<unknown> = Promise.resolve();
  #refused = new Map<string, string>();

  /** `done` is called whenever an attempt to publish has ended. */
  constructor(run: Run, done: () => void) {
    this.#run = run;
    this.#done = done;
  }

  get busy(): boolean {
    return this.#underWay > 0;
  }

  /** Publishes a rig's target once `first` has happened and what was begun before has ended. */
  publish(works: RigWorks, abort: AbortSignal, first: Promise<unknown> = Promise.resolve()): void {
    this.#underWay++;
    const before = this.#last;
    this.#last = this.#outcome(works, abort, Promise.all([first, before])).then((refused) => {
      this.#underWay--;
      this.#note(works.rig.name, refused);
      this.#done();
    });
  }

  async #outcome(works: RigWorks, abort: AbortSignal, first: Promise<unknown>): Promise<string | undefined> {
    try {
      await first;
      for (let tried = 0; tried < TRIES && !abort.aborted; tried++) {
        const result = await publish(works.depot);
        if ('published' in result) return undefined;
        if ('refused' in result) return result.refused;
        const objection = await this.#takeIn(works, result.ahead, abort);
        if (objection !== undefined) return objection;
      }
      return abort.aborted ? undefined : `${TARGET_REF} in ${works.rig.path} keeps moving`;
    } catch (error) {
      return messageOf(error);
    }
  }

  /** Merges what others published into the target, after the checks of the rig; says why not if it cannot be. */
  async #takeIn(works: RigWorks, commit: string, abort: AbortSignal): Promise<string | undefined> {
    const { depot, rig } = works;
    const item = { title: `what others published to ${rig.target}`, checks: [] };
    const result = await verifyCommit(this.#run, works, { item, commit, spare: 'spare-publish', abort });
    const theirs = `${rig.target} in ${rig.path} was moved to ${commit.slice(0, 12)} by somebody else`;
    if (result.is === 'conflict')
      return `${theirs}, which conflicts with what landed here in ${result.files.join(', ')}`;
    if (result.is === 'failed')
      return abort.aborted ? undefined : `${theirs}; merged, ${result.command} fails`;
    if (result.is === 'contained') return undefined;
    // Lost to a landing: the next round merges with that.
    if (await depot.swap(TARGET_REF, result.target, result.merge)) this.#run.tell({ is: 'taken-in', commit });
    return undefined;
  }

  #note(rig: string, refused: string | undefined): void {
    const before = this.#refused.get(rig);
    if (refused === undefined) this.#refused.delete(rig);
    else this.#refused.set(rig, refused);
    if (refused !== undefined && refused !== before)
      this.#run.tell({ is: 'publish-refused', reason: `${rig}: ${refused}` });
  }

  /** What needs a person. */
  problems(): string[] {
    return [...this.#refused].map(([rig, why]) => `${rig} is not published: ${why}`);
  }
}
