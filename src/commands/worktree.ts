import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand } from '../command.ts';
import type { Config } from '../config.ts';
import { takeLock } from '../coordinator/lock.ts';
import { rigsOf } from '../coordinator/rigs.ts';
import { livingRun } from '../coordinator/run-file.ts';
import { commandEnvironment } from '../environment.ts';
import { HarnessError } from '../errors.ts';
import { sizeText } from '../size.ts';
import { Depot } from '../worktree/depot.ts';
import { bytesOf } from '../worktree/disk.ts';
import type { Rig } from '../worktree/rig.ts';
import { surroundings } from '../worktree/surroundings.ts';
import { removeTree, treesIn } from '../worktree/trees.ts';
import type { Worktree } from '../worktree/worktree.ts';
import { homeOf, printJson, readConfig, stateOf } from './invocation.ts';
import type { Invocation } from './invocation.ts';
import { tableLines, terminalCells } from './table.ts';

/** What lies beside the work trees of a rig, and what it is. */
const BESIDES = { 'depot.git': 'depot', '.warm': 'copies', '.kept': 'kept', '.tmp': 'temporary' } as const;

/** `harness worktree list`: every work tree of the home, what it is for and what it takes on the disk. */
export async function listTrees(invocation: Invocation): Promise<void> {
  const { folder, rigs } = await rigsWithDepot(invocation);
  const found: {
    rig: string;
    name: string;
    use: string;
    branch: string | null;
    bytes: number;
    path: string;
  }[] = [];
  for (const { name: rig } of rigs) {
    const place = join(folder, rig);
    for (const tree of await treesIn(place)) found.push({ rig, ...tree, branch: tree.branch ?? null });
    for (const [name, use] of Object.entries(BESIDES)) {
      const path = join(place, name);
      if (existsSync(path)) found.push({ rig, name, use, branch: null, bytes: await bytesOf(path), path });
    }
  }
  if (invocation.json) return printJson(found);
  if (found.length === 0) return void process.stderr.write('no work trees yet\n');
  const rows = found.map(({ rig, name, use, branch, bytes }) => [
    rig,
    name,
    use,
    sizeText(bytes),
    branch ?? '',
  ]);
  const sum = sizeText(found.reduce((total, { bytes }) => total + bytes, 0));
  process.stdout.write(
    `${tableLines([['rig', 'tree', 'for', 'size', 'branch'], ...rows], terminalCells()).join('\n')}\n`,
  );
  process.stderr.write(`${sum} in all; harness worktree clean removes the trees, work is saved before\n`);
}

/** `harness worktree clean`: removes all work trees; what is not committed in them is saved, and depots stay. */
export async function cleanTrees(invocation: Invocation): Promise<void> {
  const { folder, rigs, config } = await rigsWithDepot(invocation);
  const state = stateOf(homeOf(invocation));
  if (rigs.length > 0 && (livingRun(state) || !takeLock(join(state, 'lock.db'))))
    throw new HarnessError('failed', 'agents work in these trees now; end the run first with harness drain');
  const before = await bytesOf(folder);
  const removed: string[] = [];
  const left: string[] = [];
  for (const rig of rigs) {
    const depot = await Depot.open(rig, join(folder, rig.name), { sole: true });
    for (const { name, path } of await treesIn(depot.folder)) {
      const isGone = await removeTree(depot, name, (tree) => tearDown(invocation, config, { rig, tree }));
      (isGone ? removed : left).push(path);
    }
    rmSync(join(depot.folder, '.warm'), { recursive: true, force: true });
  }
  const freed = before - (await bytesOf(folder));
  if (invocation.json) return printJson({ removed, left, freedBytes: freed });
  process.stdout.write(`removed ${removed.length} work trees, ${sizeText(freed)}\n`);
  for (const path of left) process.stderr.write(`left ${path}: it has changes that belong to no attempt\n`);
}

/** Runs the command of the rig for that; one that fails is told and does not stop the removal. */
async function tearDown(
  { env }: Invocation,
  config: Config,
  { rig, tree }: { rig: Rig; tree: Worktree },
): Promise<void> {
  if (rig.teardown === undefined) return;
  const done = await runCommand(rig.teardown, {
    cwd: tree.path,
    env: { ...commandEnvironment(env, config.agent.env), ...surroundings(tree.path) },
    marker: `teardown.${process.pid}.${tree.name}`,
    timeoutMs: config.timeouts.setup,
  });
  if (done.code !== 0) process.stderr.write(`teardown failed in ${tree.path}: ${done.output.slice(-500)}\n`);
}

async function rigsWithDepot(invocation: Invocation) {
  const home = homeOf(invocation);
  const config = await readConfig(home, invocation.env);
  const folder = join(home.folder, 'worktrees');
  const rigs = await rigsOf(home, config);
  return { folder, config, rigs: rigs.filter(({ name }) => existsSync(join(folder, name, 'depot.git'))) };
}
