import { resolveConfig } from '../config.ts';
import type { Config, Layer } from '../config.ts';
import { readLayers } from '../config-files.ts';
import { EXIT, HarnessError, messageOf } from '../errors.ts';
import type { Home } from '../home.ts';
import { safeText } from '../text.ts';
import { agent } from './doctor/agent.ts';
import { error } from './doctor/check.ts';
import type { Check, Context, Finding } from './doctor/check.ts';
import { deathSignal, fence, rights, sandbox } from './doctor/confinement.ts';
import { disk } from './doctor/disk.ts';
import { fileSystem } from './doctor/file-system.ts';
import { leftovers } from './doctor/leftovers.ts';
import { machine } from './doctor/machine.ts';
import { place } from './doctor/place.ts';
import { git, node } from './doctor/programs.ts';
import { reclaim } from './doctor/reclaim.ts';
import { rigs } from './doctor/rigs.ts';
import { prompts } from './doctor/prompts.ts';
import { settings } from './doctor/settings.ts';
import { homeOf, printJson } from './invocation.ts';
import type { Invocation } from './invocation.ts';

/** All that is looked at, in the order in which it is told. */
const CHECKS: readonly Check[] = [
  node,
  git,
  settings,
  prompts,
  place,
  fileSystem,
  disk,
  rigs,
  agent,
  rights,
  sandbox,
  deathSignal,
  fence,
  machine,
  leftovers,
  reclaim,
];

/** What `harness init` says about the repository and the home it has just set up. */
export const CHECKS_AT_INIT: readonly Check[] = [place, rigs, rights];

/** A finding with the name of its check. */
export type Named = Finding & { check: string };

/**
 * `harness doctor`: looks at everything a run depends on and changes nothing. Returns the exit code: 0 if all is
 * well or there are warnings only, 3 if something stands in the way of a run.
 */
export async function doctor(invocation: Invocation): Promise<number> {
  const context = await contextOf(invocation);
  const found: Named[] = [];
  for (const check of CHECKS) {
    const findings = await lookWith(check, context);
    found.push(...findings);
    if (!invocation.json) for (const line of findings.flatMap(linesOf)) process.stdout.write(`${line}\n`);
  }
  const errors = found.filter(({ is }) => is === 'error').length;
  const warnings = found.filter(({ is }) => is === 'warning').length;
  if (invocation.json) printJson({ ok: errors === 0, errors, warnings, findings: found });
  else process.stdout.write(`${counted(errors, 'error')}, ${counted(warnings, 'warning')}\n`);
  return errors > 0 ? EXIT.environment : EXIT.ok;
}

/** The findings of a check; what it throws is one. */
export async function lookWith(check: Check, context: Context): Promise<Named[]> {
  try {
    return (await check.look(context)).map((finding) => ({ check: check.name, ...finding }));
  } catch (cause) {
    const todo = 'if that is no surprise, go on; else tell the makers of harness';
    return [{ check: check.name, ...error(`this could not be looked at: ${messageOf(cause)}`, todo) }];
  }
}

/** A finding as people read it: the word that matters first, then what to do on a line of its own. */
export function linesOf(finding: Named): string[] {
  const what = safeText(finding.what, { max: 1_000 });
  const line = `${finding.is.padEnd(7)}  ${finding.check.padEnd(9)}  ${what}`;
  return finding.is === 'ok' ? [line] : [line, `${' '.repeat(20)}-> ${safeText(finding.todo)}`];
}

const counted = (count: number, noun: string) => `${count} ${noun}${count === 1 ? '' : 's'}`;

/** What the checks look at: the home and its configuration, as far as there are any. */
export async function contextOf(invocation: Invocation): Promise<Context> {
  const { env, cwd } = invocation;
  const home = homeIfAny(invocation);
  const layers = await readLayers(home, env);
  const whole = tryToResolve(layers);
  if (!(whole instanceof HarnessError)) return { home, env, cwd, config: whole, problems: [] };
  const sound = tryToResolve(layers.filter(({ problems }) => problems.length === 0));
  const config = sound instanceof HarnessError ? resolveConfig([]) : sound;
  return { home, env, cwd, config, problems: whole.message.split('\n') };
}

function tryToResolve(layers: readonly Layer[]): Config | HarnessError {
  try {
    return resolveConfig(layers);
  } catch (cause) {
    if (cause instanceof HarnessError) return cause;
    throw cause;
  }
}

function homeIfAny(invocation: Invocation): Home | undefined {
  try {
    return homeOf(invocation);
  } catch (cause) {
    if (cause instanceof HarnessError && cause.trouble === 'usage') return undefined;
    throw cause;
  }
}
