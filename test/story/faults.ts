import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Sandbox } from './sandbox.ts';

/** A moment in the coordinator's life: before or after it calls git with these words. */
export interface Moment {
  when: 'before' | 'after';
  /** A part of git's arguments and of what it reads with --stdin, joined by spaces. */
  git: string;
}

/**
 * Has the coordinator killed at the given moments, one after the other, each once: puts a `git` in front of the real
 * one that ends its parent by SIGKILL. Git itself survives, as it does when somebody kills the coordinator by hand.
 */
export function killAt(box: Sandbox, moments: readonly Moment[]): void {
  const real = execFileSync('sh', ['-c', 'command -v git'], { env: box.env, encoding: 'utf8' }).trim();
  const folder = join(box.root, 'faults');
  mkdirSync(folder);
  const rules = moments.map(({ when, git }, n) => {
    const isItsTurn = n === 0 ? '' : `-d "$here/${n - 1}" -a `;
    const first = when === 'after' ? 'run "$@"' : ':';
    return `
if [ ${isItsTurn} ! -e "$here/${n}" ]; then case " $* $input " in *'${git}'*)
  ${first}; mkdir "$here/${n}" && kill -KILL $PPID; exit 137;;
esac; fi`;
  });
  const script = `#!/bin/sh
real=${real}; here=${folder}; input=
grep -qz '^coordinate$' /proc/$PPID/cmdline || exec "$real" "$@"
case " $* " in *' --stdin '*) input=$(cat);; esac
run() { if [ "$input" ]; then echo "$input" | "$real" "$@"; else "$real" "$@"; fi; }
${rules.join('\n')}
if [ "$input" ]; then run "$@"; exit; fi
exec "$real" "$@"
`;
  const bin = join(box.root, 'bin');
  mkdirSync(bin);
  writeFileSync(join(bin, 'git'), script, { mode: 0o755 });
  box.env.PATH = `${bin}:${box.env.PATH}`;
}

/** How many of the moments have come. */
export const killed = (box: Sandbox): number => readdirSync(join(box.root, 'faults')).length;
