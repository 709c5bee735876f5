import { sleep } from '../clock.ts';
import type { Diary } from './diary.ts';
import type { LongTools } from './long-tools.ts';
import type { MachineWatch } from './machine-watch.ts';
import type { ToolProcesses } from './tools.ts';
import type { TurnEnd } from './turn.ts';

/** How often the processes that tools started are noted while a turn runs, in ms. */
const LOOK_MS = 2_000;

interface Watched {
  processes: ToolProcesses;
  longTools: LongTools;
  diary: Diary;
  machine: MachineWatch;
  /** Learns what the turn has cost so far. */
  askCost(): void;
}

/** While a turn runs: notes who descends from the CLI, so that orphans are known after it is gone, and stops hung tools. */
export async function watchTurn(turn: Promise<TurnEnd>, watched: Watched): Promise<void> {
  const { processes, longTools, diary, machine } = watched;
  const over = new AbortController();
  void turn.then((end) => {
    diary.turnEnded(end);
    over.abort();
  });
  while (!over.signal.aborted) {
    await sleep(LOOK_MS, over.signal);
    processes.look();
    machine.look();
    watched.askCost();
    for (const tool of await longTools.look(diary.tools)) diary.stopped(tool);
  }
}
