import { createHash } from 'node:crypto';
import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { readSmallFile } from './durable.ts';
import { HarnessError } from './errors.ts';

/** Where a queue, its worktrees and its state live. */
export interface Home {
  /** The folder with `queue/`, `worktrees/`, `state/`. */
  folder: string;
  /** The configuration file that counts, whether or not it exists. */
  configFile: string;
  /** The root of the user's repository that one is in, if any: the rig when none is configured. */
  repository?: string;
}

interface Whereabouts {
  /** The value of `--home`. */
  home?: string | undefined;
  env: Record<string, string | undefined>;
  cwd: string;
}

/**
 * Finds the home: `--home`, `HARNESS_HOME`, the nearest `config.yaml` that says `home: .`, else the folder outside
 * that belongs to the git repository one is in. Throws HarnessError('usage') where there is none of these.
 */
export function findHome({ home, env, cwd }: Whereabouts): Home {
  const repository = findRepository(cwd);
  const inside = repository ? { repository: repository.root } : {};
  const named = home ?? (env.HARNESS_HOME || undefined);
  if (named !== undefined) {
    const folder = resolve(cwd, named);
    return { folder, configFile: join(folder, 'config.yaml'), ...inside };
  }
  const own = upwards(cwd).find((folder) => saysHome(join(folder, 'config.yaml')));
  if (own !== undefined) return { folder: own, configFile: join(own, 'config.yaml') };
  if (!repository) {
    throw new HarnessError(
      'usage',
      `${cwd} is not in a git repository; go to one, or name a home with --home DIR or HARNESS_HOME`,
    );
  }
  return {
    folder: outsideHome(repository.commonDir, repository.root, env),
    configFile: join(repository.root, '.harness', 'config.yaml'),
    ...inside,
  };
}

/** The home of a repository: outside of it, since test runners and compilers find what lies inside. */
function outsideHome(commonDir: string, root: string, env: Whereabouts['env']): string {
  const state = env.XDG_STATE_HOME || join(env.HOME || homedir(), '.local', 'state');
  const real = realpathSync(commonDir);
  const hash = createHash('sha256').update(real).digest('hex').slice(0, 8);
  const name = basename(basename(real) === '.git' ? dirname(real) : root).replaceAll(/[^\w.-]+/g, '-');
  return join(state, 'harness', `${name}-${hash}`);
}

const upwards = (folder: string): string[] =>
  dirname(folder) === folder ? [folder] : [folder, ...upwards(dirname(folder))];

/** Whether a config.yaml is ours. Folders above may hold one of another program: huge, a link, or not readable. */
function saysHome(file: string): boolean {
  try {
    return /^home:\s*["']?\.["']?\s*(#.*)?$/m.test(readSmallFile(realpathSync(file), 1 << 20) ?? '');
  } catch {
    return false;
  }
}

/** The work tree and the common git folder of the repository that a folder (which exists) is in, without starting git. */
export function findRepository(cwd: string): { root: string; commonDir: string } | undefined {
  for (const root of upwards(realpathSync(cwd))) {
    const dot = join(root, '.git');
    const stat = statSync(dot, { throwIfNoEntry: false });
    if (stat?.isDirectory()) return { root, commonDir: dot };
    if (!stat?.isFile()) continue;
    const pointer = /^gitdir: (.+)$/m.exec(readFileSync(dot, 'utf8'))?.[1];
    if (pointer === undefined) continue;
    const gitDir = resolve(root, pointer);
    const common = join(gitDir, 'commondir');
    if (!existsSync(gitDir)) continue;
    return {
      root,
      commonDir: existsSync(common) ? resolve(gitDir, readFileSync(common, 'utf8').trim()) : gitDir,
    };
  }
  return undefined;
}

/** What a repository is called in a home unless the configuration names it: its folder in a-z, 0-9 and -. */
export function rigName(repository: string): string {
  const name = basename(repository)
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '');
  return name.slice(0, 40) || 'rig';
}
