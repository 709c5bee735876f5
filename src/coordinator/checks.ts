import { monotonicMs } from '../clock.ts';
import { runCommand } from '../command.ts';
import type { CommandResult } from '../command.ts';
import { commandEnvironment } from '../environment.ts';
import { verify } from '../worktree/verify.ts';
import type { RigWorks, Run } from './run.ts';

interface Command {
  command: string;
  folder: string;
  /** Whose it is; every command gets one of its own from that. */
  marker: string;
  abort: AbortSignal;
  timeoutMs?: number;
  /** All others wait for it. */
  isUrgent?: boolean;
  /** Told how long it waited for its turn, in ms. */
  waited?: (ms: number) => void;
}

/** Runs a set-up command or check in its turn: agents' code, so with the commands' environment, a marker and a limit. */
export function runIn(run: Run, wanted: Command): Promise<CommandResult> {
  const { command, folder, marker, abort, timeoutMs, isUrgent = false, waited } = wanted;
  const since = monotonicMs();
  const work = () => {
    waited?.(monotonicMs() - since);
    return runCommand(command, {
      cwd: folder,
      env: commandEnvironment(run.env, run.config.agent.env),
      // Not the agent's own marker: what is left of a command is swept, the agent's session is not.
      marker: `${marker}.command`,
      ownFolder: true,
      timeoutMs: timeoutMs ?? run.config.timeouts.setup,
      signal: abort,
    });
  };
  return run.slots.run(work, { isUrgent, abort });
}

/** What a merge is made for: an item, or (without an id) what others published. */
export interface Verifiable {
  id?: string;
  title: string;
  checks: readonly string[];
}

interface Verification extends Pick<Command, 'abort' | 'isUrgent' | 'waited'> {
  item: Verifiable;
  commit: string;
  /** Name of the spare worktree that the checks run in. */
  spare: string;
}

/** Brings a commit together with the target as it is now, and runs the set-up and the checks on the result in a spare worktree. */
export function verifyCommit(
  run: Run,
  works: RigWorks,
  { item, commit, spare, ...how }: Verification,
): ReturnType<typeof verify> {
  const { rig, depot, passed } = works;
  return verify(depot, passed, {
    item,
    commit,
    spare,
    strategy: rig.strategy ?? 'merge',
    setup: rig.setup,
    checks: [...rig.checks, ...item.checks],
    run: (command, folder, kind) =>
      runIn(run, {
        ...how,
        command,
        folder,
        marker: `${run.id}.${spare}`,
        timeoutMs: run.config.timeouts[kind],
      }),
    flaky: (command) => run.tell({ is: 'flaky', command, ...(item.id !== undefined && { item: item.id }) }),
  });
}
