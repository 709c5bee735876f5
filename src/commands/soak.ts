import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { cpus, platform, release, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { randomBetween, wallMs } from '../clock.ts';
import { makeFolder } from '../durable.ts';
import { EXIT } from '../errors.ts';
import { reportLines, reportOf } from '../soak/report.ts';
import type { Setting } from '../soak/report.ts';
import { canMount, isOnSmallDisk, markSmallDisk, onSmallDisk } from '../soak/small-disk.ts';
import { Soak } from '../soak/soak.ts';
import { SoakWorld } from '../soak/world.ts';
import { printJson } from './invocation.ts';
import type { Invocation } from './invocation.ts';

/** What the command line says. */
export interface SoakFlags {
  minutes: number;
  seed?: number;
  agents: number;
}

/**
 * `harness soak`: a day of agents in a quarter of an hour, in a folder of its own under the temporary folder, with faults by
 * a seed. Needs nothing but this program and git; calls no model. Returns the exit code: 0 if everything held.
 */
export async function soak({ json, env }: Invocation, flags: SoakFlags): Promise<number> {
  const isInside = isOnSmallDisk(env);
  const given = env.HARNESS_SOAK_FOLDER;
  const root = given && isInside ? given : realpathSync(mkdtempSync(join(tmpdir(), 'harness-soak-')));
  try {
    if (!isInside && canMount(root)) return await onSmallDisk(root);
    if (isInside) markSmallDisk(root);
    const setting = settingOf(flags, { env, isInside, root });
    const folder = join(root, 'world');
    makeFolder(folder);
    say(
      `seed ${setting.seed}: harness soak --minutes ${flags.minutes} --seed ${setting.seed} repeats the faults`,
    );
    const soaked = await new Soak({ ...setting, folder, env, say }).run();
    const report = reportOf(soaked, setting);
    if (json) printJson(report);
    else for (const line of reportLines(report)) process.stdout.write(`${line}\n`);
    return report.passed ? EXIT.ok : EXIT.failed;
  } finally {
    if (!isInside) rmSync(root, { recursive: true, force: true, maxRetries: 5 });
  }
}

const say = (text: string): void => void process.stderr.write(`${text}\n`);

function settingOf(
  { minutes, seed, agents }: SoakFlags,
  { env, isInside, root }: { env: Invocation['env']; isInside: boolean; root: string },
): Setting {
  const world = new SoakWorld({ folder: root, agents, leak: 0, env });
  const without = [
    ...(isInside ? [] : ['full disks: this user may not mount a small file system (unshare -Urm)']),
    ...(world.canStepClock ? [] : ['steps of the clock: libfaketime is not installed']),
  ];
  const [cpu] = cpus();
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`;
  return {
    minutes,
    seed: seed ?? randomBetween(1, 999_999),
    agents,
    leak: Number(env.HARNESS_SOAK_LEAK) || 0,
    machine: `${cpus().length} x ${cpu?.model.trim() ?? 'unknown'}, ${memory}, ${platform()} ${release()}, Node.js ${process.version}`,
    at: new Date(wallMs()).toISOString(),
    version: env.HARNESS_VERSION ?? '0.1.0',
    without,
  };
}
