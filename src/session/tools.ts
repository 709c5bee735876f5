import { descendantsOf, isAlive, processes } from '../process.ts';
import type { ProcessIdentity, ProcessView } from '../process.ts';
import { remaining, sweep } from '../stop.ts';
import type { Belongings } from '../stop.ts';
import type { SessionSetup } from './launch.ts';

/** The processes that a session's tools started, as far as they were seen: they stay known when their parent is gone. */
export class ToolProcesses {
  #leader: ProcessIdentity;
  #marker: string;
  #folder: Pick<Belongings, 'folder'>;
  #seen = new Map<number, ProcessIdentity>();

  constructor(leader: ProcessIdentity, setup: Pick<SessionSetup, 'marker' | 'cwd' | 'ownFolder'>) {
    this.#leader = leader;
    this.#marker = setup.marker;
    this.#folder = setup.ownFolder ? { folder: { path: setup.cwd, since: leader.start } } : {};
  }

  /** Notes who descends from the CLI now; forgets who has ended. */
  look(): void {
    for (const [pid, one] of this.#seen) if (!isAlive(one)) this.#seen.delete(pid);
    for (const one of descendantsOf(this.#leader.pid)) this.#seen.set(one.pid, one);
  }

  /** The CLI and what descends from it, or did when it was last looked. */
  get all(): ProcessIdentity[] {
    return [this.#leader, ...this.#seen.values()];
  }

  /** Kills what tools run, at once: they are about to take the machine along. The CLI and its MCP servers stay. */
  kill(): void {
    const groups = new Map(processes().map((one) => [one.pid, one.group]));
    for (const one of this.#seen.values()) {
      if (groups.get(one.pid) !== this.#leader.pid && isAlive(one)) process.kill(one.pid, 'SIGKILL');
    }
  }

  /** Everything that belongs to the session: marked, seen, or in the CLI's process group (an MCP server may hide its environment). */
  belongings(): Belongings & { known: ProcessIdentity[] } {
    const group = processes().filter((one) => one.group === this.#leader.pid);
    return { marker: this.#marker, ...this.#folder, known: [...this.#seen.values(), ...group] };
  }

  /**
   * Ends what tools left running. The CLI and its MCP servers stay: those are in its process group, while each Bash tool
   * is in a group of its own (observed with 2.1.329). Returns what could not be ended.
   */
  async sweepTools(): Promise<ProcessView[]> {
    this.look();
    const all = processes();
    const group = all.filter((one) => one.group === this.#leader.pid);
    const servers = group.filter((one) => one.pid !== this.#leader.pid);
    const kept = [...group, ...servers.flatMap((one) => descendantsOf(one.pid, all))];
    const spare = new Set(kept.map((one) => one.pid));
    const tools = { marker: this.#marker, ...this.#folder, known: [...this.#seen.values()], spare };
    return remaining(tools).length === 0 ? [] : sweep(tools);
  }
}
