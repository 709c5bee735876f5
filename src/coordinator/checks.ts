import { monotonicMs } from '../clock.ts';
import { runCommand } from '../command.ts';
import type { CommandResult } from '../command.ts';
import { commandEnvironment } from '../environment.ts';
import type { Rig } from '../worktree/rig.ts';
import { LOCK_FILES, setUp } from '../worktree/set-up.ts';
import type { SetUp } from '../worktree/set-up.ts';
import { surroundings } from '../worktree/surroundings.ts';
import { verify } from '../worktree/verify.ts';
import type { Worktree } from '../worktree/worktree.ts';
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
function runIn(run: Run, wanted: Command): Promise<CommandResult> {
  const { command, folder, marker, abort, timeoutMs, isUrgent = false, waited } = wanted;
  const since = monotonicMs();
  const work = () => {
    waited?.(monotonicMs() - since);
    return runCommand(command, {
      cwd: folder,
      env: { ...commandEnvironment(run.env, run.config.agent.env), ...surroundings(folder) },
      // Not the agent's own marker: what is left of a command is swept, the agent's session is not.
      marker: `${marker}.command`,
      ownFolder: true,
      timeoutMs: timeoutMs ?? run.config.timeouts.setup,
      signal: abort,
    });
  };
  return run.slots.run(work, { isUrgent, abort });
}

/** How a tree of the rig is set up, if it is. */
const setUpOf = ({ setup, inputs, warm }: Rig): SetUp | undefined =>
  setup === undefined ? undefined : { command: setup, inputs: inputs ?? LOCK_FILES, warm: warm ?? [] };

/** Sets an agent's tree up, where that is needed. */
export async function setUpHere(
  run: Run,
  rig: Rig,
  { worktree, ...how }: Pick<Command, 'marker' | 'abort' | 'waited'> & { worktree: Worktree },
): Promise<{ command: string; result: CommandResult } | undefined> {
  const wanted = setUpOf(rig);
  if (!wanted) return undefined;
  const { command } = wanted;
  const result = await setUp(worktree, wanted, () => runIn(run, { ...how, command, folder: worktree.path }));
  return result && { command, result };
}

/** What a merge is made for: an item, or (without an id) what others published. */
interface Verifiable {
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
    setup: setUpOf(rig),
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
