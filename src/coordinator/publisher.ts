import { messageOf } from '../errors.ts';
import { publish } from '../worktree/publish.ts';
import type { RigWorks, Run } from './run.ts';

/** Brings the target out to the user's repository after each landing; what is refused is a problem, and tried again with the next. */
export class Publisher {
  #run: Run;
  #done: () => void;
  #underWay = 0;
  #refused = new Map<string, string>();

  /** `done` is called whenever an attempt to publish has ended. */
  constructor(run: Run, done: () => void) {
    this.#run = run;
    this.#done = done;
  }

  get busy(): boolean {
    return this.#underWay > 0;
  }

  /** Starts publishing a rig's target once `first` has happened. */
  publish(works: RigWorks, first: Promise<unknown> = Promise.resolve()): void {
    this.#underWay++;
    void this.#outcome(works, first).then((refused) => {
      this.#underWay--;
      this.#note(works.rig.name, refused);
      this.#done();
    });
  }

  async #outcome(works: RigWorks, first: Promise<unknown>): Promise<string | undefined> {
    try {
      await first;
      const result = await publish(works.depot);
      return 'refused' in result ? result.refused : undefined;
    } catch (error) {
      return messageOf(error);
    }
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
