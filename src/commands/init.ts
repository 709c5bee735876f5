import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { SCHEMA_FILE } from '../config-files.ts';
import { makeFolder } from '../durable.ts';
import { codeOf, EXIT, HarnessError, messageOf } from '../errors.ts';
import { rigName } from '../home.ts';
import type { Home } from '../home.ts';
import { CHECKS_AT_INIT, contextOf, lookWith } from './doctor.ts';
import type { Named } from './doctor.ts';
import { ask, introduce } from './init/ask.ts';
import type { Proposal } from './init/ask.ts';
import { configText } from './init/config-text.ts';
import type { Detected, Found } from './init/detect.ts';
import { lookAt, troublesWith } from './init/look.ts';
import { given, outcomeLines } from './init/outcome.ts';
import type { Outcome } from './init/outcome.ts';
import { homeOf, openQueue, printJson, readConfig, stateOf } from './invocation.ts';
import type { Invocation } from './invocation.ts';

export interface InitOptions {
  yes?: boolean;
  setup?: string;
  check: string[];
  agents?: number;
}

const DEFAULT_AGENTS = 3;

/**
 * `harness init`: writes the configuration of the repository one is in and makes its home outside. Where there is a
 * configuration, nothing is changed. Returns the exit code: 0, 3 if something stands in the way of a run, 130 after ^C.
 */
export async function init(invocation: Invocation, options: InitOptions): Promise<number> {
  const home = homeOf(invocation);
  if (existsSync(home.configFile)) return tell(invocation, await setUp(invocation, home));
  const { repository } = home;
  if (repository === undefined) {
    throw new HarnessError('usage', `${invocation.cwd} is not in a git repository; go to the one to work on`);
  }
  verifyAnswerable(invocation, options);
  const detected = lookAt(repository);
  const answers = await answersTo(invocation, options, { home, detected });
  if (!answers) {
    process.stderr.write('\nnothing was written\n');
    return EXIT.interrupted;
  }
  makeHome(home);
  const created = writeConfig(home, repository, answers);
  const done = await setUp(invocation, home);
  if (!created) return tell(invocation, done);
  const { setup, checks } = answers;
  return tell(invocation, {
    ...done,
    setup: setup ?? null,
    checks,
    created,
    notes: detected.notes,
  });
}

function verifyAnswerable({ json }: Invocation, { yes }: InitOptions): void {
  if (yes || json || (process.stdin.isTTY && process.stderr.isTTY)) return;
  const what = 'harness init asks on a terminal, and this is none';
  throw new HarnessError(
    'usage',
    `${what}; say --yes to take what it finds, --setup and --check to say otherwise`,
  );
}

/** What was found, unless options or the person say otherwise; undefined if the person leaves. */
function answersTo(
  { json }: Invocation,
  options: InitOptions,
  { home, detected }: { home: Home; detected: Detected },
): Proposal | undefined | Promise<Proposal | undefined> {
  const proposal = {
    setup: options.setup === undefined ? joined(detected.setup) : given(options.setup),
    checks: options.check.length > 0 ? options.check.map(given) : detected.checks,
    agents: options.agents ?? DEFAULT_AGENTS,
  };
  if (options.yes || json) return proposal;
  introduce(home.configFile, detected);
  return ask(proposal);
}

/** Several set-ups as one command line. */
function joined(found: readonly Found[]): Found | undefined {
  if (found.length < 2) return found[0];
  const commands = found.map(({ command }) => (command.startsWith('cd ') ? `(${command})` : command));
  return { command: commands.join(' && '), why: found.map(({ why }) => why).join(', ') };
}

/** Writes the file; false if somebody else has in the meantime. */
function writeConfig({ configFile, folder }: Home, repository: string, answers: Proposal): boolean {
  const isHome = dirname(configFile) === folder;
  const path = isHome ? relative(folder, repository) || '.' : undefined;
  const agents = answers.agents === DEFAULT_AGENTS ? undefined : answers.agents;
  const text = configText({ ...answers, rig: rigName(repository), path, isHome, agents }, SCHEMA_FILE);
  try {
    mkdirSync(dirname(configFile), { recursive: true });
    writeFileSync(configFile, text, { flag: 'wx' });
    return true;
  } catch (cause) {
    if (codeOf(cause) === 'EEXIST' && existsSync(configFile)) return false;
    const what = `${configFile}: cannot be written (${messageOf(cause)})`;
    throw new HarnessError('environment', `${what}; make it writable, or name another home with --home`, {
      cause,
    });
  }
}

function makeHome(home: Home): void {
  openQueue(home);
  for (const folder of [stateOf(home), join(home.folder, 'worktrees')]) makeFolder(folder);
}

/** Makes what is missing of the home and looks around; to be repeated at will. */
async function setUp(invocation: Invocation, home: Home): Promise<Outcome> {
  const config = await readConfig(home, invocation.env);
  makeHome(home);
  const context = await contextOf(invocation);
  const [rig] = Object.values(config.rigs);
  const commands = rig ? [...(rig.setup === undefined ? [] : [rig.setup]), ...rig.checks] : [];
  const findings =
    home.repository === undefined ? [] : await troublesWith(home.repository, commands, invocation.env);
  for (const check of CHECKS_AT_INIT) findings.push(...(await lookWith(check, context)));
  return {
    config: home.configFile,
    home: home.folder,
    created: false,
    setup: rig?.setup === undefined ? null : given(rig.setup),
    checks: (rig?.checks ?? []).map(given),
    notes: [],
    findings,
    next: isBlocked(findings) ? 'harness doctor' : 'harness queue add "what is to be done"',
  };
}

const isBlocked = (findings: readonly Named[]) => findings.some(({ is }) => is === 'error');

function tell({ json }: Invocation, outcome: Outcome): number {
  if (json) printJson(outcome);
  else for (const line of outcomeLines(outcome)) process.stdout.write(`${line}\n`);
  return isBlocked(outcome.findings) ? EXIT.environment : EXIT.ok;
}
