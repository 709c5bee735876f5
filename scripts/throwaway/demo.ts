import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { ITEMS } from './items.ts';
import { git, makeRepository, runTests } from './repository.ts';
import { complaints, landings } from './verdict.ts';
import type { Entry } from './verdict.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const HARNESS = join(ROOT, 'src/harness.cjs');

const USAGE = `scripts/demo [--agent stand-in|claude] [--agents N] [--keep]
  Lands eight work items on a throwaway repository, by N agents at a time (3).
  --agent claude  the real Claude Code CLI with your login, instead of the stand-in that calls no model
  --keep          leaves the throwaway folder for you to look at`;

interface Stage {
  folder: string;
  repository: string;
  /** What every harness command gets: everything that it keeps is below the folder. */
  env: NodeJS.ProcessEnv;
}

function makeStage(agent: string): Stage {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'harness-demo-')));
  const repository = join(folder, 'pocket-tools');
  makeRepository(repository);
  const { HARNESS_HOME: _, ...outside } = process.env;
  const env: NodeJS.ProcessEnv = {
    ...outside,
    PATH: [dirname(process.execPath), process.env.PATH].join(delimiter),
    XDG_STATE_HOME: join(folder, 'state'),
  };
  if (agent === 'stand-in') {
    // The real CLI needs the user's own home for its login; the stand-in needs nothing of it.
    env.HOME = join(folder, 'home');
    mkdirSync(env.HOME);
    env.HARNESS_AGENT_COMMAND = JSON.stringify([process.execPath, join(ROOT, 'dist/stand-in.js')]);
  } else {
    delete env.HARNESS_AGENT_COMMAND;
  }
  return { folder, repository, env };
}

/** Runs a harness command in the throwaway repository and returns what it printed. */
function harness({ repository, env }: Stage, ...args: string[]): string {
  const run = spawnSync(process.execPath, [HARNESS, ...args], {
    cwd: repository,
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (run.status !== 0) throw new Error(`harness ${args.slice(0, 2).join(' ')} ended with ${run.status}`);
  return run.stdout;
}

function addItems(stage: Stage, agent: string): void {
  for (const { id, title, task, check, markers } of ITEMS) {
    const body = agent === 'stand-in' ? `${task}\n\n${markers}` : task;
    harness(stage, 'queue', 'add', title, '--id', id, '--check', check, '--body', body, '--json');
  }
}

/** Runs the agents until the queue is empty, on this terminal; ^C reaches them as well, and we wait for their end. */
async function runAgents({ repository, env }: Stage, agents: string): Promise<number> {
  process.on('SIGINT', () => undefined);
  const args = [HARNESS, 'parallel', '--agents', agents, '--until-empty'];
  const child = spawn(process.execPath, args, { cwd: repository, env, stdio: 'inherit' });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code) => resolve(code ?? 1));
  });
}

function report(stage: Stage, entries: readonly Entry[]): void {
  console.log('\nWhat happened:');
  for (const { id, title } of ITEMS) {
    const { place = 'missing', attempt = 0 } = entries.find((entry) => entry.id === id) ?? {};
    console.log(
      `  ${place.padEnd(8)} ${id.padEnd(16)} ${title}${attempt > 1 ? ` (attempt ${attempt})` : ''}`,
    );
  }
  if (landings(stage.repository).length === 0) return;
  console.log(`\n${git(stage.repository, 'log', '--oneline', '--graph', 'main..harness/integration')}`);
}

function whatNext(stage: Stage, keep: boolean): string {
  if (!keep) return 'The throwaway folder is removed; --keep leaves it for you to look at.';
  return `Look at it:
  cd ${stage.repository}
  git log --graph harness/integration     what the agents landed; main is as it was
  XDG_STATE_HOME=${stage.env.XDG_STATE_HOME} ${HARNESS} queue show csv-fields
  rm -rf ${stage.folder}                  when you are done`;
}

/** Plays the whole story on a stage; true when everything landed as promised. */
async function play(stage: Stage, agent: string, agents: string): Promise<boolean> {
  const started = performance.now();
  const before = runTests(stage.repository);
  console.log(
    agent === 'stand-in'
      ? 'Agent: the stand-in, which makes prepared edits; no model is called (--agent claude runs the real one).'
      : 'Agent: the real Claude Code CLI, with your login.',
  );
  console.log(
    `Repository: ${stage.repository}; ${before.failed} of its ${before.failed + before.passed} tests fail.`,
  );
  addItems(stage, agent);
  console.log(`Queue: ${ITEMS.length} work items, each with its own check.\n`);
  const code = await runAgents(stage, agents);
  if (code > 1) {
    console.error(`The run ended early, with exit code ${code}.`);
    return false;
  }
  const entries = JSON.parse(harness(stage, 'queue', 'list', '--json')) as Entry[];
  report(stage, entries);
  const wrong = complaints(stage.repository, join(stage.folder, 'result'), entries);
  for (const sentence of wrong) console.error(`Wrong: ${sentence}.`);
  if (wrong.length > 0) return false;
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`\nEvery item landed once, and every test passes on harness/integration, after ${seconds} s.`);
  return code === 0;
}

/** The options, or undefined where they make no sense. */
function readOptions() {
  const options = {
    agent: { type: 'string', default: 'stand-in' },
    agents: { type: 'string', default: '3' },
    keep: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  } as const;
  try {
    const { values } = parseArgs({ options });
    return ['stand-in', 'claude'].includes(values.agent) ? values : undefined;
  } catch {
    return undefined;
  }
}

async function main(): Promise<number> {
  const options = readOptions();
  if (options === undefined || options.help) {
    console.error(USAGE);
    return options ? 0 : 2;
  }
  const { agent, agents, keep } = options;
  const stage = makeStage(agent);
  try {
    const good = await play(stage, agent, agents);
    console.log(whatNext(stage, keep));
    return good ? 0 : 1;
  } finally {
    if (!keep) rmSync(stage.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

process.exitCode = await main();
