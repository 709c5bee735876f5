import { spawn } from 'node:child_process';
import { findProgram } from '../program.ts';

/** What keeps a machine from sleeping for as long as the program after it runs: on Linux with systemd, on macOS. */
const KEEPERS: readonly (readonly [program: string, ...args: string[]])[] = [
  ['systemd-inhibit', '--what=sleep:idle', '--who=harness', '--why=agents are working', '--mode=block'],
  ['caffeinate', '-i'],
];

/**
 * Asks the machine not to sleep until the returned function is called, or this process is gone: what is kept running is a `cat`
 * that reads from us. Where there is no such program, or it refuses, nothing happens but a note.
 */
export function stayAwake(env: Record<string, string | undefined>, note: (text: string) => void): () => void {
  const keeper = KEEPERS.find(([program]) => findProgram(program, env) !== undefined);
  if (!keeper) return () => undefined;
  const [program, ...args] = keeper;
  const child = spawn(program, [...args, 'cat'], {
    cwd: '/',
    env: { PATH: env.PATH ?? '', DBUS_SESSION_BUS_ADDRESS: env.DBUS_SESSION_BUS_ADDRESS ?? '' },
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  let isOver = false;
  child.on('error', (error) => note(`${program} cannot be started: ${error.message}; the machine may sleep`));
  child.on('exit', (code) => {
    if (!isOver) note(`${program} ended with exit code ${code}; the machine may sleep`);
  });
  child.stdin?.on('error', () => undefined);
  child.unref();
  return () => {
    isOver = true;
    child.stdin?.end();
  };
}
