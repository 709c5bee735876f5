import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { livingRun } from '../../coordinator/run-file.ts';
import { folderOf, markerOf, processes } from '../../process.ts';
import type { ProcessView } from '../../process.ts';
import { parseName } from '../../queue/name.ts';
import { ok, warning } from './check.ts';
import type { Check, Finding } from './check.ts';

/** Processes and claims of runs that do not live any more. */
export const leftovers: Check = {
  name: 'leftovers',
  look({ home }) {
    const run = home && livingRun(join(home.folder, 'state'));
    const found = [...abandoned(processes()).map(inWords), ...(home && !run ? claimsIn(home.folder) : [])];
    if (found.length > 0) return found;
    return [ok(run ? `none; run ${run.run} is at work (pid ${run.pid})` : 'none, and no run')];
  },
};

/** What is left of one run. */
interface Abandoned {
  run: string;
  pids: number[];
  /** The home of the run, where it can be told from the folders that the processes work in. */
  home: string | undefined;
}

interface Marked extends ProcessView {
  run: string;
  home: string | undefined;
}

/**
 * Marked processes whose run is known to be dead, by its home's own record; where the home cannot be told, those that
 * nobody started any more. Other homes' living runs are none of our business.
 */
export function abandoned(all: readonly ProcessView[]): Abandoned[] {
  const marked = all.flatMap((one): Marked[] => {
    const run = one.pid === process.pid ? undefined : markerOf(one.pid)?.split('.')[0];
    return run === undefined || run === 'doctor'
      ? []
      : [{ ...one, run, home: homeAround(folderOf(one.pid)) }];
  });
  const runs = Map.groupBy(marked, ({ run }) => run);
  return [...runs].flatMap(([run, group]): Abandoned[] => {
    const home = group.find((one) => one.home !== undefined)?.home;
    const isDead = home === undefined ? isOrphaned(group) : livingRun(join(home, 'state'))?.run !== run;
    return isDead ? [{ run, pids: group.map(({ pid }) => pid), home }] : [];
  });
}

/** Whether all that started processes of a group has ended, so that the first process of the machine took them over. */
function isOrphaned(group: readonly Marked[]): boolean {
  const inGroup = new Set(group.map(({ pid }) => pid));
  return group.filter(({ parent }) => !inGroup.has(parent)).every(({ parent }) => parent === 1);
}

/** The home that a folder lies in, by the record that each run leaves there. */
function homeAround(folder: string | undefined): string | undefined {
  if (folder === undefined || dirname(folder) === folder) return undefined;
  return existsSync(join(folder, 'state', 'run.json')) ? folder : homeAround(dirname(folder));
}

function inWords({ run, pids, home }: Abandoned): Finding {
  const list = pids.join(' ');
  if (home !== undefined) {
    const what = `${pids.length} processes of the dead run ${run} in ${home} (pids ${list})`;
    return warning(what, `start harness parallel --home ${home}, which ends them`);
  }
  const what = `${pids.length} processes of run ${run}, which nobody looks after (pids ${list})`;
  return warning(what, `look at them (ps -fp '${list}') and end them if they are of no use`);
}

/** Items that a run took and never gave back. The queue is only looked at, and not made where there is none. */
function claimsIn(folder: string): Finding[] {
  const claimed = join(folder, 'queue', 'claimed');
  if (!existsSync(claimed)) return [];
  const leases = readdirSync(claimed).filter((name) => parseName('claimed', name) !== undefined);
  if (leases.length === 0) return [];
  const what = `${leases.length} items are claimed by a run that does not live any more`;
  return [warning(what, 'start harness parallel, which saves their work and gives them back')];
}
