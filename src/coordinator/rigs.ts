import { existsSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import type { Config } from '../config.ts';
import { HarnessError } from '../errors.ts';
import { rigName } from '../home.ts';
import type { Home } from '../home.ts';
import { Depot } from '../worktree/depot.ts';
import { inspectRig } from '../worktree/rig.ts';
import type { Rig } from '../worktree/rig.ts';
import type { RigWorks } from './run.ts';

/**
 * The rigs of a home: the configured ones, else the repository one is in. Each is looked at, and what cannot be worked
 * with is refused with one sentence.
 */
export async function rigsOf(home: Home, config: Config): Promise<Rig[]> {
  const configured = Object.entries(config.rigs);
  if (configured.length === 0) {
    if (home.repository === undefined) {
      throw new HarnessError(
        'usage',
        `no repository to work on: ${home.configFile} names no rigs, and this is not in a git repository; go to one, or add rigs there`,
      );
    }
    const name = rigName(home.repository);
    const { path } = await inspectRig(home.repository, { isKnown: hasDepot(home, name) });
    return [{ name, path, target: 'harness/integration', checks: [] }];
  }
  const rigs: Rig[] = [];
  for (const [name, { path, ...settings }] of configured) {
    const folder = path === undefined ? home.repository : resolve(baseOf(home), path);
    if (folder === undefined) {
      throw new HarnessError(
        'config',
        `${home.configFile}: rigs.${name}.path is missing; say where the repository is`,
      );
    }
    const inspected = await inspectRig(folder, { isKnown: hasDepot(home, name) });
    const { setup, ...rest } = settings;
    rigs.push({ name, path: inspected.path, ...rest, ...(setup !== undefined && { setup }) });
  }
  return rigs;
}

const hasDepot = (home: Home, rig: string): boolean =>
  existsSync(join(home.folder, 'worktrees', rig, 'depot.git'));

/** What relative paths in the configuration start from: the repository, or the home. */
const baseOf = ({ configFile }: Home): string => {
  const folder = dirname(configFile);
  return basename(folder) === '.harness' ? dirname(folder) : folder;
};

/** Opens the depots of the rigs, cloning those that are new. */
export async function openRigs(rigs: readonly Rig[], worktrees: string): Promise<Map<string, RigWorks>> {
  const works = new Map<string, RigWorks>();
  for (const rig of rigs) {
    const depot = await Depot.open(rig, join(worktrees, rig.name), { sole: true });
    works.set(rig.name, { rig, depot, passed: new Set(), attempts: await depot.attempts() });
  }
  return works;
}
