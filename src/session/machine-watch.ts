import type { SessionSetup } from './launch.ts';
import type { ToolProcesses } from './tools.ts';
import { excessOf, tempExcess, usageOf } from './usage-watch.ts';

/** Holds what runs in a turn against the limits of the machine. */
export class MachineWatch {
  /** Why the session's processes use more than they may, if they do or did. */
  excess: string | undefined;
  #setup: Pick<SessionSetup, 'limits' | 'env'>;
  #processes: ToolProcesses;
  #end: () => void;

  /** `end` ends the session. */
  constructor(setup: Pick<SessionSetup, 'limits' | 'env'>, processes: ToolProcesses, end: () => void) {
    this.#setup = setup;
    this.#processes = processes;
    this.#end = end;
  }

  /** What the session's processes hold in memory now, in bytes. */
  get memory(): number {
    this.#processes.look();
    return usageOf(this.#processes.all).memory;
  }

  /** Tools that eat the machine are killed at once; where that did not help it is the CLI itself, and the session is ended. */
  look(): void {
    const { limits, env } = this.#setup;
    if (!limits) return;
    const excess = excessOf(usageOf(this.#processes.all), limits) ?? tempExcess(env.TMPDIR, limits);
    if (excess === undefined) return;
    if (this.excess === undefined) this.#processes.kill();
    else this.#end();
    this.excess ??= excess;
  }
}
