import { createHash } from 'node:crypto';
import { existsSync, mkdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { readSmallFile, replaceFile } from '../durable.ts';

/** Ports below those that systems give out by themselves. */
const FIRST_PORT = 10_000;
const PORTS_A_TREE = 10;
const TREES_A_HOME = 100;
const HOMES = 22;

/**
 * What is a work tree's alone besides its files: a block of ports (`HARNESS_PORT` and the following, `HARNESS_PORTS` of them) and a
 * folder for temporary files. `place` is the work tree, `worktrees/<rig>/<name>`. Every tree of a home gets another block, and
 * keeps it.
 */
export function surroundings(place: string): Record<string, string> {
  const rig = dirname(place);
  const temporary = join(rig, '.tmp', basename(place));
  mkdirSync(temporary, { recursive: true, mode: 0o700 });
  return {
    TMPDIR: temporary,
    HARNESS_PORT: String(portOf(dirname(rig), `${basename(rig)}/${basename(place)}`)),
    HARNESS_PORTS: String(PORTS_A_TREE),
  };
}

function portOf(worktrees: string, tree: string): number {
  const file = join(worktrees, 'ports.json');
  const blocks = readBlocks(file);
  let block = blocks[tree];
  if (block === undefined) {
    const taken = new Set(Object.values(blocks));
    block = Array.from({ length: TREES_A_HOME }, (_, at) => at).find((at) => !taken.has(at)) ?? 0;
    replaceFile(file, JSON.stringify({ ...blocks, [tree]: block }));
  }
  const home = createHash('sha256').update(worktrees).digest().readUInt32BE() % HOMES;
  return FIRST_PORT + (home * TREES_A_HOME + block) * PORTS_A_TREE;
}

function readBlocks(file: string): Record<string, number> {
  try {
    const read: unknown = existsSync(file) ? JSON.parse(readSmallFile(file, 1 << 20) ?? '') : {};
    const pairs = Object.entries(typeof read === 'object' && read !== null ? read : {});
    return Object.fromEntries(pairs.filter(([, block]) => Number.isInteger(block)));
  } catch {
    return {}; // it is made anew
  }
}
