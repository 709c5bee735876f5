import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { median } from '../row.ts';
import { timed } from './ground.ts';

const PROGRAM = join(import.meta.dirname, '../../../src/harness.cjs');
const ROUNDS = 40;

/** Milliseconds of `harness queue add` as a whole process, beside an empty script. */
export function commandLine(folder: string): { addMs: number; emptyMs: number } {
  const empty = join(folder, 'empty.cjs');
  const home = join(folder, 'home');
  writeFileSync(empty, '');
  mkdirSync(home);
  const env = { ...process.env, HARNESS_HOME: home };
  const run = (...args: string[]) => {
    const { status, stderr } = spawnSync(process.execPath, args, { cwd: folder, env, encoding: 'utf8' });
    if (status !== 0) throw new Error(stderr);
  };
  const add = () => run(PROGRAM, 'queue', 'add', 'Fix the login');
  add();
  const [adds, empties]: number[][] = [[], []];
  for (let n = 0; n < ROUNDS; n++) {
    adds?.push(timed(add));
    empties?.push(timed(() => run(empty)));
  }
  return { addMs: median(adds ?? []), emptyMs: median(empties ?? []) };
}
